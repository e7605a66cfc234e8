"""A name server with one answer to everything, which it says holds for long, as Docker's does."""

import socket
import struct
from threading import Thread

ANSWER = struct.Struct(">HHHIH4s")  # name, type, class, seconds it holds for, length, address
A, IN, SECONDS = 1, 1, 600


class Names:
    """Answers on a port of loopback while it is used as a context manager; `addresses` may be changed."""

    def __init__(self, *addresses: str):
        self.addresses = addresses
        self.answered = 0
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]

    def __enter__(self) -> "Names":
        Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.socket.sendto(b"", ("127.0.0.1", self.port))

    def _serve(self) -> None:
        with self.socket:
            while True:
                query, client = self.socket.recvfrom(512)
                if not query:
                    return
                self.socket.sendto(self._answer(query), client)
                self.answered += 1

    def _answer(self, query: bytes) -> bytes:
        question = query[12 : query.index(0, 12) + 5]
        header = struct.pack(">HHHHHH", int.from_bytes(query[:2]), 0x8180, 1, len(self.addresses), 0, 0)
        pointer = 0xC00C  # to the name in the question
        return header + question + b"".join(
            ANSWER.pack(pointer, A, IN, SECONDS, 4, socket.inet_aton(address)) for address in self.addresses
        )  # fmt: skip
