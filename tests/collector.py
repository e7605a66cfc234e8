"""A stand-in for Sentry and for a collector of OpenTelemetry: it keeps what is posted to it."""

import gzip
import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from tests.services import free_port


class Collector:
    """Listens on a port of its own; `environment` is what a site needs to report to it."""

    def __init__(self):
        self.posts: list[tuple[str, bytes]] = []  # path and content
        posts = self.posts

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                content = self.rfile.read(int(self.headers["Content-Length"]))
                zipped = self.headers.get("Content-Encoding") == "gzip"
                posts.append((self.path, gzip.decompress(content) if zipped else content))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *arguments: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", free_port()), Handler)
        address = f"127.0.0.1:{self.server.server_port}"
        self.environment = {
            "SENTRY_DSN": f"http://key@{address}/1",
            "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://{address}",
            "OTEL_BSP_SCHEDULE_DELAY": "200",  # milliseconds
        }

    def __enter__(self) -> "Collector":
        Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.server.shutdown()
        self.server.server_close()

    def spans(self) -> dict[str, Span]:
        """Return the last span of each name."""
        bodies = [body for path, body in self.posts if path == "/v1/traces"]
        return {
            span.name: span
            for request in map(ExportTraceServiceRequest.FromString, bodies)
            for resource in request.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        }

    def everything(self) -> str:
        """Return all that was posted, to look for what must not be in it."""
        return "\n".join(body.decode(errors="replace") for _, body in self.posts)

    def errors(self) -> list[dict]:
        """Return the errors of all envelopes that came as Sentry's SDK sends them."""
        envelopes = [body for path, body in self.posts if path == "/api/1/envelope/"]
        items = [json.loads(line) for body in envelopes for line in body.splitlines() if line]
        return [item for item in items if "exception" in item]
