"""A wire between a worker and its database that can swallow everything, as a dead network does.

Nothing is refused or reset: the kernel drops what comes in on the wire's sockets before it is
acknowledged, so that only time tells either side.
"""

import ctypes
import socket
import struct
import threading
from contextlib import contextmanager, suppress

ATTACH_FILTER, DETACH_FILTER = 26, 27
DROP_ALL = ctypes.create_string_buffer(struct.pack("HBBI", 0x06, 0, 0, 0))
PROGRAM = struct.pack("HP", 1, ctypes.addressof(DROP_ALL))
RESET = struct.pack("ii", 1, 0)


class Wire:
    """Takes connections on `port` and passes them on to another port of this machine."""

    def __init__(self, target):
        self._target, self._ends, self._is_dead = target, [], False
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port = self._door.getsockname()[1]
        threading.Thread(target=self._take, daemon=True).start()

    def turn_to(self, target):
        """New connections go to another port; those that are there stay."""
        self._target = target

    def swallow(self):
        """From here on nothing gets through, and nobody is told; new connections neither."""
        self._is_dead = True
        for end in (self._door, *self._ends):
            with suppress(OSError):
                end.setsockopt(socket.SOL_SOCKET, ATTACH_FILTER, PROGRAM)

    def close(self):
        for end in (self._door, *self._ends):
            with suppress(OSError):
                end.setsockopt(socket.SOL_SOCKET, DETACH_FILTER, 0)
            with suppress(OSError):
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            end.close()

    def _take(self):
        with suppress(OSError):  # the door is closed at the end
            while True:
                near, _ = self._door.accept()
                try:
                    far = socket.create_connection(("127.0.0.1", self._target))
                except ConnectionRefusedError:
                    near.close()
                    continue
                self._ends += [near, far]
                for ends in ((near, far), (far, near)):
                    threading.Thread(target=self._pass_on, args=ends, daemon=True).start()

    def _pass_on(self, source, sink):
        with suppress(OSError):  # who is killed with something unread resets the connection
            while some := source.recv(65_536):
                if self._is_dead:
                    return
                sink.sendall(some)
        if not self._is_dead:
            with suppress(OSError):
                sink.shutdown(socket.SHUT_WR)


@contextmanager
def wire_to(port):
    wire = Wire(port)
    try:
        yield wire
    finally:
        wire.close()
