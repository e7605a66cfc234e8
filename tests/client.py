"""A browser's side of djust's protocol, over real HTTP and a real TCP WebSocket."""

import asyncio
import json
import re
import ssl
import struct
import time
import uuid
from typing import Any
from urllib.parse import urlsplit

import httpx
import websockets

TIMEOUT = 20  # seconds that one answer may take
ANSWERS = ("patch", "html_update", "noop", "error")


class Browser:
    """One visitor: cookies, the page last fetched, and at most one open socket.

    `base` is where the TCP connection goes, for example http://127.0.0.1:8000; `host` is the site that the
    visitor believes to be on, for example https://example.com, and defaults to `base`.
    """

    def __init__(
        self,
        base: str,
        host: str | None = None,
        headers: dict[str, str] | None = None,
        tls: ssl.SSLContext | None = None,
    ):
        self.base, self.host, self.headers, self.tls = base, host or base, headers or {}, tls
        self.http = httpx.AsyncClient(
            base_url=base, headers=self._site_headers(), timeout=TIMEOUT, verify=tls or True,
            event_hooks={"request": [self._believe_in_the_host]},
        )  # fmt: skip
        self.socket: websockets.ClientConnection | None = None
        self.frames: list[str] = []  # all that the socket has received, in order
        self.upload_configs: dict[str, Any] = {}  # what the mounted view asks of uploads, by slot
        self.page = ""
        self.path = "/"
        self._ref = 0

    @property
    def host_name(self) -> str:
        return self.host.partition("://")[2]

    def _site_headers(self) -> dict[str, str]:
        return {**self.headers, "Host": self.host_name}

    def _cookies(self) -> str:
        return "; ".join(f"{cookie.name}={cookie.value}" for cookie in self.http.cookies.jar)

    async def _believe_in_the_host(self, request: httpx.Request) -> None:
        request.extensions["sni_hostname"] = urlsplit(self.host).hostname
        # A site of HTTPS sets secure cookies, which httpx keeps back from the plain connection of the tests.
        if cookies := self._cookies():
            request.headers["Cookie"] = cookies

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
        server = urlsplit(self.base)
        # Host comes from the address: as a further header it would be sent twice, which gunicorn refuses.
        self.socket = await websockets.connect(
            f"{server.scheme.replace('http', 'ws')}://{self.host_name}/ws/live/",
            host=server.hostname, port=server.port, ssl=self.tls, origin=origin or self.host,
            additional_headers=self.headers | {"Cookie": self._cookies()}, max_size=None, ping_interval=None,
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
        # Not by wait_for: before Python 3.12, it may take a caller's own timeout for an answer, and lose it.
        async with asyncio.timeout(timeout):
            frame = await self.socket.recv()
        self.frames.append(frame)
        return json.loads(self.frames[-1])

    async def shows(self, text: str, timeout: float = TIMEOUT) -> None:
        """Wait until a frame has brought the text; it may have come already."""
        deadline = time.monotonic() + timeout
        while not any(text in frame for frame in self.frames):
            try:
                await self.receive(max(0.01, deadline - time.monotonic()))
            except TimeoutError:
                last = "\n".join(frame[:500] for frame in self.frames[-3:])
                raise AssertionError(f"{text!r} has not come; the last frames:\n{last}") from None

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
        frame = await self.until("mount", "error")
        self.upload_configs = frame.get("upload_configs", {})
        return frame

    async def open(self, path: str) -> dict[str, Any]:
        """Fetch a page, connect and mount its view: what a browser does for each visit."""
        response = await self.get(path)
        assert response.status_code == 200, f"{path} answered {response.status_code}"
        await self.connect()
        frame = await self.mount(re.search(r'dj-view="([^"]+)"', self.page)[1])
        assert frame["type"] == "mount", frame
        return frame

    async def event(self, name: str, timeout: float = TIMEOUT, **params: Any) -> dict[str, Any]:
        """Send an event and return the frame that answers it; an error is answered without its number."""
        self._ref += 1
        await self.send(type="event", event=name, params=params, ref=self._ref)
        while True:
            frame = await self.until(*ANSWERS, timeout=timeout)
            if frame["type"] == "error" or frame.get("ref") == self._ref:
                return frame

    async def upload(self, slot: str, name: str, content: bytes) -> dict[str, Any]:
        """Send a file in chunks of the size that the view asks for; return the last frame about it."""
        ref, chunk = uuid.uuid4(), self.upload_configs[slot]["chunk_size"]
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
