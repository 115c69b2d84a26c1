"""Line: a TCP line to the sandbox that can be opened, cut and read, for systems that are reached over it."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from tests.acceptance.installation import Installation


class Line:
    """What went over the line towards the specialist systems, each connection for itself."""

    def __init__(self) -> None:
        self._sent: list[bytearray] = []

    @property
    def sent(self) -> list[bytes]:
        """By connection, because those of several deliveries are open at the same time."""
        return [bytes(each) for each in self._sent]

    def record(self) -> bytearray:
        """Where to write down what a new connection sends."""
        self._sent.append(bytearray())
        return self._sent[-1]

    @staticmethod
    def carry(near: socket.socket, far: socket.socket, record: bytearray | None = None) -> None:
        with near, far, suppress(OSError):
            while data := near.recv(65536):
                if record is not None:
                    record += data
                far.sendall(data)


@contextmanager
def an_open_line(installation: Installation) -> Iterator[Line]:
    """Open the line to the systems of Fürstenberg; it is dead again afterwards."""
    line = Line()
    sandbox = ("127.0.0.1", int(installation.url("sandbox").rpartition(":")[2]))
    with socket.create_server(("127.0.0.1", installation.line_port)) as listener:
        threading.Thread(target=_accept, args=(line, listener, sandbox), daemon=True).start()
        try:
            yield line
        finally:
            listener.shutdown(socket.SHUT_RDWR)


def _accept(line: Line, listener: socket.socket, sandbox: tuple[str, int]) -> None:
    with suppress(OSError):
        while True:
            near, _ = listener.accept()
            far = socket.create_connection(sandbox)
            for ends in ((near, far, line.record()), (far, near)):
                threading.Thread(target=line.carry, args=ends, daemon=True).start()
