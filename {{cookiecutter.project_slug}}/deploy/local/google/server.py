"""Google's metadata server, IAM and Cloud Storage for `make up`. Anybody may do all, but for reading uploads.

Buckets are those of gcp-storage-emulator, and kept on disk. Addresses are signed, and not checked.
"""

import base64
import hmac
import json
import os
import signal
import ssl
import subprocess
import sys
from functools import partial
from http.server import ThreadingHTTPServer
from pathlib import Path
from threading import Lock, Thread
from urllib.parse import parse_qs, unquote, urlsplit

from gcp_storage_emulator.exceptions import NotFound
from gcp_storage_emulator.handlers.buckets import create_bucket
from gcp_storage_emulator.server import RequestHandler
from gcp_storage_emulator.storage import Storage

PORT = int(os.environ.get("PORT", "9000"))
DATA, CA = Path("/data"), Path("/ca")
KNOWN = Path("/etc/ssl/certs/ca-certificates.crt")
KEY, TOKEN = b"local", "local"
ACCOUNT = "local@project.iam.gserviceaccount.com"
METADATA = {
    "/computeMetadata/v1/project/project-id": "project",
    "/computeMetadata/v1/universe/universe-domain": "googleapis.com",
    # By both names: whoever knows the account already asks for it by its own.
    **{
        f"/computeMetadata/v1/instance/service-accounts/{name}/": json.dumps({"email": ACCOUNT, "scopes": []})
        for name in ("default", ACCOUNT)
    },
}
# The headers of an answer, by what Cloud Storage calls them.
HEADERS = {
    "contentType": "Content-Type",
    "cacheControl": "Cache-Control",
    "contentDisposition": "Content-Disposition",
}
lock = Lock()  # the emulator writes one file for all objects


class Handler(RequestHandler):
    public = os.environ.get("STATIC_BUCKET")
    private = os.environ.get("MEDIA_BUCKET")

    def do_GET(self) -> None:  # noqa: N802
        url = urlsplit(self.path)
        bucket, _, name = url.path[1:].partition("/")
        if url.path in METADATA or url.path == "/":
            self.reply(METADATA.get(url.path, ""), **{"Metadata-Flavor": "Google"})
        elif url.path.endswith("/token"):
            self.reply(json.dumps({"access_token": TOKEN, "expires_in": 3600, "token_type": "Bearer"}))
        elif bucket == self.public or (bucket == self.private and self.is_signed()):
            self.send_object(bucket, unquote(name))
        elif bucket == self.private:
            self.send_error(403)
        else:
            super().do_GET()

    def do_POST(self) -> None:  # noqa: N802
        if urlsplit(self.path).path.endswith(":signBlob"):
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            signature = hmac.digest(KEY, base64.b64decode(body["payload"]), "sha256")
            self.reply(json.dumps({"keyId": "1", "signedBlob": base64.b64encode(signature).decode()}))
        else:
            with lock:
                super().do_POST()

    def do_DELETE(self) -> None:  # noqa: N802
        with lock:
            super().do_DELETE()

    def is_signed(self) -> bool:
        return "X-Goog-Signature" in parse_qs(urlsplit(self.path).query)

    def send_object(self, bucket: str, name: str) -> None:
        """Send an object as browsers get it, with the headers that are kept with it."""
        try:
            kept, content = self.storage.get_file_obj(bucket, name), self.storage.get_file(bucket, name)
        except NotFound:
            self.send_error(404)
        else:
            self.reply(content, **{HEADERS[key]: kept[key] for key in HEADERS if kept.get(key)})

    def reply(self, body: str | bytes, **headers: str) -> None:
        content = body.encode() if isinstance(body, str) else body
        default = "application/json" if str(body)[:1] == "{" else "text/plain"
        self.send_response(200)
        for name, value in {"Content-Type": default, "Content-Length": str(len(content)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)


def certificate(folder: Path) -> tuple[Path, Path]:
    """Make a certificate for IAM and its key, and `bundle.pem` of all whom the project is to trust."""
    own, key = folder / "own.pem", folder / "key.pem"
    if not key.exists():
        subject = ["-subj", "/CN=local", "-addext", "subjectAltName=DNS:iamcredentials.googleapis.com"]
        keys = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key]
        subprocess.run(  # noqa: S603
            ["openssl", "req", "-x509", "-days", "3650", *subject, *keys, "-out", own],  # noqa: S607
            check=True, capture_output=True,
        )  # fmt: skip
        (folder / "bundle.pem").write_bytes(KNOWN.read_bytes() + own.read_bytes())
    return own, key


def main() -> None:
    storage = Storage(data_dir=str(DATA))
    for bucket in (Handler.public, Handler.private):
        create_bucket(bucket, storage)
    iam, rest = (ThreadingHTTPServer(("", port), partial(Handler, storage)) for port in (443, PORT))
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(*certificate(CA))
    iam.socket = tls.wrap_socket(iam.socket, server_side=True)
    Thread(target=iam.serve_forever, daemon=True).start()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    rest.serve_forever()


if __name__ == "__main__":
    main()
