"""A browser's side of djust's protocol, over real HTTP and a real TCP WebSocket."""

import asyncio
import json
import re
import struct
import time
import uuid
from typing import Any
from urllib.parse import urlsplit

import httpx
import websockets

TIMEOUT = 20  # seconds that one answer may take
ANSWERS = ("patch", "html_update", "noop", "error")
CHUNK = 63 * 1024  # bytes; what the rendered project asks of the browser


class Browser:
    """One visitor: cookies, the page last fetched, and at most one open socket.

    `base` is where the TCP connection goes, for example http://127.0.0.1:8000; `host` is the site that the
    visitor believes to be on, for example https://example.com, and defaults to `base`.
    """

    def __init__(self, base: str, host: str | None = None, headers: dict[str, str] | None = None):
        self.base, self.host, self.headers = base, host or base, headers or {}
        self.http = httpx.AsyncClient(base_url=base, headers=self._site_headers(), timeout=TIMEOUT)
        self.socket: websockets.ClientConnection | None = None
        self.page = ""
        self.path = "/"
        self._ref = 0

    def _site_headers(self) -> dict[str, str]:
        return {**self.headers, "Host": self.host.partition("://")[2]}

    async def __aenter__(self) -> "Browser":
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self.disconnect()
        await self.http.aclose()

    async def get(self, path: str) -> httpx.Response:
        """Fetch a page and keep it as the one that a socket is opened for."""
        response = await self.http.get(path)
        self.path, self.page = path, response.text
        return response

    async def login(self, username: str, password: str) -> httpx.Response:
        """Sign in through the form; returns the answer to it, which redirects where it was accepted."""
        await self.get("/login/")
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', self.page)
        form = {"username": username, "password": password, "csrfmiddlewaretoken": token[1] if token else ""}
        return await self.http.post("/login/", data=form, headers={"Referer": f"{self.host}/login/"})

    async def connect(self, origin: str | None = None, **options: Any) -> dict[str, Any]:
        """Open the page's WebSocket and return the server's greeting."""
        cookies = "; ".join(f"{c.name}={c.value}" for c in self.http.cookies.jar)
        server = urlsplit(self.base)
        # Host comes from the address: as a further header it would be sent twice, which gunicorn refuses.
        self.socket = await websockets.connect(
            f"{server.scheme.replace('http', 'ws')}://{self.host.partition('://')[2]}/ws/live/",
            host=server.hostname, port=server.port, origin=origin or self.host,
            additional_headers=self.headers | {"Cookie": cookies}, max_size=None, ping_interval=None,
            open_timeout=TIMEOUT, **options,
        )  # fmt: skip
        return await self.receive()

    async def disconnect(self) -> None:
        if self.socket is not None:
            await self.socket.close()
            self.socket = None

    async def send(self, **message: Any) -> None:
        await self.socket.send(json.dumps(message))

    async def receive(self, timeout: float = TIMEOUT) -> dict[str, Any]:
        return json.loads(await asyncio.wait_for(self.socket.recv(), timeout))

    async def until(self, *types: str, timeout: float = TIMEOUT, **having: Any) -> dict[str, Any]:
        """Return the next frame of one of the types whose fields are as given; others are passed over."""
        deadline = time.monotonic() + timeout
        while True:
            frame = await self.receive(max(0.01, deadline - time.monotonic()))
            if frame["type"] in types and all(frame.get(name) == value for name, value in having.items()):
                return frame

    async def mount(self, view: str) -> dict[str, Any]:
        """Mount the view that the page was rendered by, as djust's script does after the page has loaded."""
        await self.send(
            type="mount", view=view, params={}, url=self.path, has_prerendered=True, client_timezone="UTC"
        )  # fmt: skip
        return await self.until("mount", "error")

    async def open(self, path: str) -> dict[str, Any]:
        """Fetch a page, connect and mount its view: what a browser does for each visit."""
        response = await self.get(path)
        assert response.status_code == 200, f"{path} answered {response.status_code}"
        await self.connect()
        frame = await self.mount(re.search(r'dj-view="([^"]+)"', self.page)[1])
        assert frame["type"] == "mount", frame
        return frame

    async def event(self, name: str, timeout: float = TIMEOUT, **params: Any) -> dict[str, Any]:
        """Send an event and return the frame that answers it."""
        self._ref += 1
        await self.send(type="event", event=name, params=params, ref=self._ref)
        return await self.until(*ANSWERS, timeout=timeout, ref=self._ref)

    async def upload(self, slot: str, name: str, content: bytes, chunk: int = CHUNK) -> dict[str, Any]:
        """Send a file in binary frames and return the last progress frame, whose status says how it went."""
        ref = uuid.uuid4()
        await self.send(
            type="upload_register", upload_name=slot, ref=str(ref),
            client_name=name, client_type="text/plain", client_size=len(content),
        )  # fmt: skip
        await self.until("upload_registered")
        for index, start in enumerate(range(0, len(content), chunk)):
            await self.socket.send(
                b"\x01" + ref.bytes + struct.pack(">I", index) + content[start : start + chunk]
            )
        await self.socket.send(b"\x02" + ref.bytes)
        while True:
            frame = await self.until("upload_progress", "error")
            if frame["type"] == "error" or frame.get("status") != "uploading":
                return frame
