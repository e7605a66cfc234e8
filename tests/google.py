"""Google Cloud as far as a site of GKE sees it: the metadata server, signatures by IAM, and Cloud Storage.

`python -m tests.google PORT FOLDER` prints the variables that the site is to be given, as one line of JSON,
and serves. The site believes to speak to Google by TLS: its proxy answers for every host itself. Buckets are
those of gcp-storage-emulator.
"""

import hashlib
import hmac
import json
import runpy
import ssl
import sys
from functools import partial
from http.server import ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from gcp_storage_emulator.handlers.buckets import create_bucket
from gcp_storage_emulator.storage import Storage

from tests.rendering import TEMPLATE
from tests.services import self_signed

HOST = "storage.googleapis.com"
STATIC_BUCKET, MEDIA_BUCKET = "site-static", "site-media"
# What the project's own stand-in is made of, which believes everybody.
# Run and not imported, which would leave byte code in the template.
local = SimpleNamespace(**runpy.run_path(str(TEMPLATE / "deploy/local/google/server.py")))
ACCOUNT = local.ACCOUNT


class Handler(local.Handler):
    """The project's stand-in, which here wants the account's token, and signatures that are right."""

    public, private = STATIC_BUCKET, MEDIA_BUCKET
    tls: ssl.SSLContext

    def do_CONNECT(self) -> None:  # noqa: N802
        """Become the host that is asked for: the following requests of this connection are for it."""
        self.send_response_only(200)
        self.end_headers()
        self.connection = self.tls.wrap_socket(self.connection, server_side=True)
        self.rfile = self.connection.makefile("rb")
        self.wfile = self.connection.makefile("wb", 0)
        self.close_connection = False

    def parse_request(self) -> bool:
        parsed = super().parse_request()
        if parsed and self.path.startswith("http://"):
            self.path = "/" + self.path.split("/", 3)[3]
        return parsed

    def finish(self) -> None:
        super().finish()
        self.connection.close()

    def do_GET(self) -> None:  # noqa: N802
        url = urlsplit(self.path)
        bucket = url.path[1:].partition("/")[0]
        # What the machine asks for itself, and what browsers do.
        open_to_all = url.path in local.METADATA or url.path == "/" or url.path.endswith("/token")
        if open_to_all or bucket in (self.public, self.private) or self.is_the_site():
            super().do_GET()

    def do_POST(self) -> None:  # noqa: N802
        if self.is_the_site():
            super().do_POST()

    def do_DELETE(self) -> None:  # noqa: N802
        if self.is_the_site():
            super().do_DELETE()

    def is_the_site(self) -> bool:
        known = self.headers["Authorization"] == f"Bearer {local.TOKEN}"
        if not known:
            self.send_error(401)
        return known

    def is_signed(self) -> bool:
        """Check a signed address as https://cloud.google.com/storage/docs/authentication/signatures says."""
        url = urlsplit(self.path)
        query = dict(parse_qsl(url.query))
        signature = query.pop("X-Goog-Signature", "")
        canonical = "\n".join(
            ["GET", quote(url.path), urlencode(sorted(query.items()), quote_via=quote, safe=""),
             f"host:{HOST}", "", "host", "UNSIGNED-PAYLOAD"]
        )  # fmt: skip
        scope = "/".join(query.get("X-Goog-Credential", "").split("/")[1:])
        text = "\n".join(
            [
                "GOOG4-RSA-SHA256",
                query.get("X-Goog-Date", ""),
                scope,
                hashlib.sha256(canonical.encode()).hexdigest(),
            ]
        )
        return hmac.compare_digest(hmac.digest(local.KEY, text.encode(), "sha256").hex(), signature)


def main(port: str, folder: str) -> None:
    certificate, key = Path(folder) / "certificate.pem", Path(folder) / "key.pem"
    if not certificate.exists():  # whoever trusts it does so over a restart
        self_signed(Path(folder), "*.googleapis.com")
    Handler.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    Handler.tls.load_cert_chain(certificate, key)
    storage = Storage(use_memory_fs=True)
    for bucket in (STATIC_BUCKET, MEDIA_BUCKET):
        create_bucket(bucket, storage)
    server = ThreadingHTTPServer(("127.0.0.1", int(port)), partial(Handler, storage))
    here = f"127.0.0.1:{port}"
    variables = {
        "STATIC_BUCKET": STATIC_BUCKET,
        "MEDIA_BUCKET": MEDIA_BUCKET,
        "GCE_METADATA_HOST": here,
        "GCE_METADATA_IP": here,
        "HTTP_PROXY": f"http://{here}",  # the emulator links downloads so
        "HTTPS_PROXY": f"http://{here}",
        "NO_PROXY": "127.0.0.1,localhost",
        "REQUESTS_CA_BUNDLE": str(certificate),
    }
    print(json.dumps(variables), flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
