"""What moto lacks of S3: addresses that are signed in their query, and a CDN that may read a bucket."""

import hmac
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, urlencode

from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

SIGNATURE = "X-Amz-Signature"
TIME = "%Y%m%dT%H%M%SZ"


class Signing:
    """WSGI middleware that turns both kinds of requests into such as moto checks by itself.

    A signed address must be right and in time, or it is answered with 403. It then counts as a request of the
    key that signed it. A request without any signature for an object of `public` counts as one of the CDN's.
    """

    def __init__(self, app: Callable, region: str, public: str, site: Credentials, cdn: Credentials):
        self.app, self.region, self.public, self.site, self.cdn = app, region, public, site, cdn

    def __call__(self, environ: dict, start_response: Callable) -> Iterable[bytes]:
        query = dict(parse_qsl(environ["QUERY_STRING"], keep_blank_values=True))
        if SIGNATURE in query:
            if not self.holds(environ, query):
                start_response("403 Forbidden", [("Content-Length", "0")])
                return []
            self.sign(environ, self.site)
        elif "HTTP_AUTHORIZATION" not in environ and environ["PATH_INFO"].startswith(f"/{self.public}/"):
            self.sign(environ, self.cdn)
        return self.app(environ, start_response)

    def holds(self, environ: dict, query: dict[str, str]) -> bool:
        signed_at = datetime.strptime(query["X-Amz-Date"], TIME).replace(tzinfo=UTC)
        seconds = int(query["X-Amz-Expires"])
        region = query["X-Amz-Credential"].split("/")[2]
        auth = S3SigV4QueryAuth(self.site, "s3", region, expires=seconds)
        signature = query.pop(SIGNATURE)
        request = AWSRequest(environ["REQUEST_METHOD"], f"{address(environ)}?{urlencode(query)}")
        request.context["timestamp"] = query["X-Amz-Date"]
        expected = auth.signature(auth.string_to_sign(request, auth.canonical_request(request)), request)
        in_time = datetime.now(UTC) < signed_at + timedelta(seconds=seconds)
        return in_time and hmac.compare_digest(signature, expected)

    def sign(self, environ: dict, key: Credentials) -> None:
        request = AWSRequest(environ["REQUEST_METHOD"], address(environ))
        S3SigV4Auth(key, "s3", self.region).add_auth(request)
        environ["QUERY_STRING"] = ""
        environ["REQUEST_URI"] = environ["RAW_URI"] = environ["PATH_INFO"]
        environ |= {
            f"HTTP_{name.upper().replace('-', '_')}": value for name, value in request.headers.items()
        }


def address(environ: dict) -> str:
    return f"http://{environ['HTTP_HOST']}{environ['PATH_INFO']}"
