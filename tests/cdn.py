"""A stand-in for the CDN of each cloud, with the buckets behind it."""

import ssl
from pathlib import Path

import httpx

from tests import rendering
from tests.client import TIMEOUT
from tests.matrix import FIRST, only, resolve
from tests.services import AWS, Google, Nginx, free_port, self_signed

# It shows static files as the project's own stand-in does.
SHOWING = (
    rendering.project_of(resolve(FIRST | only("tier=production"))) / "deploy/local/nginx/cdn.conf.template"
)
SERVER = """
server {
    listen 443 ssl;
    ssl_certificate     ${CERTIFICATE};
    ssl_certificate_key ${KEY};
    include conf.d/site/*.conf;
}
"""
# moto as R2: it refuses what boto3 appends to an upload unless told not to.
R2 = """
server {
    listen 80;
    location / {
        if ($http_x_amz_sdk_checksum_algorithm) { return 501; }
        client_max_body_size 0;
        proxy_pass ${BUCKETS};
        proxy_set_header Host $http_host;
    }
}
"""


class CDN(Nginx):
    """nginx with TLS before the static bucket; `variables` is what a site needs to use both."""

    def __init__(self, folder: Path, cloud: str, buckets: AWS | Google):
        folder.mkdir()
        self.cloud, self.buckets = cloud, buckets
        port, r2_port = free_port(), free_port()
        certificate, key = self_signed(folder, "localhost")
        self.trusted = folder / "trusted.pem"
        others = [buckets.variables[name] for name in ("REQUESTS_CA_BUNDLE",) if name in buckets.variables]
        self.trusted.write_text("".join(Path(file).read_text() for file in (certificate, *others)))
        self.own = {"CDN_DOMAIN": f"localhost:{port}", "SSL_CERT_FILE": str(self.trusted)}
        self.r2 = f"http://127.0.0.1:{r2_port}"
        template = folder / "cdn.conf.template"
        template.write_text(SERVER + (R2 if cloud == "self-hosted" else ""))
        variables = {
            "BUCKETS": f"http://127.0.0.1:{buckets.port}",
            "STATIC_BUCKET": buckets.variables["STATIC_BUCKET"],
            "CERTIFICATE": certificate,
            "KEY": key,
        }
        super().__init__(folder, template, SHOWING, variables=variables, ports={80: r2_port, 443: port})

    def client(self) -> httpx.AsyncClient:
        """Return an HTTP client for the CDN, and for the addresses of files in the buckets."""
        trusted = ssl.create_default_context(cafile=self.trusted)
        proxy = self.buckets.variables.get("HTTPS_PROXY")
        google = {"all://*.googleapis.com": httpx.AsyncHTTPTransport(proxy=proxy, verify=trusted)}
        return httpx.AsyncClient(verify=trusted, mounts=google if proxy else {}, timeout=TIMEOUT)

    @property
    def variables(self) -> dict[str, str]:
        given = self.buckets.variables
        if self.cloud != "self-hosted":
            return given | self.own
        return self.own | {
            "STATIC_BUCKET": given["STATIC_BUCKET"],
            "MEDIA_BUCKET": given["MEDIA_BUCKET"],
            "R2_ENDPOINT_URL": self.r2,
            "R2_ACCESS_KEY_ID": given["AWS_ACCESS_KEY_ID"],
            "R2_SECRET_ACCESS_KEY": given["AWS_SECRET_ACCESS_KEY"],
        }
