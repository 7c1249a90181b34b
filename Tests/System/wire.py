"""A WebSocket client that can do everything wrong: it writes the bytes that a test names, and reads the answer."""

import os
import select
import socket
import struct
import time
import zlib

SECONDS = 10
TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10

HEAD = {"Host": "localhost", "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Protocol": "chatrelay.v1"}


def request(line="GET /ws HTTP/1.1", **changes):
    """An upgrade request, with fields changed (underscores are hyphens), or left out where the value is None."""
    fields = HEAD | {name.replace("_", "-"): value for name, value in changes.items()}
    return "\r\n".join([line, *(f"{n}: {v}" for n, v in fields.items() if v is not None), "", ""]).encode()


def frame(opcode, payload=b"", fin=True, masked=True, reserved=0, length=None, key=None):
    """One frame. `length` is what its head claims, where that is not the payload's own; `key` masks it, not a random one."""
    size = len(payload) if length is None else length
    mark = 0x80 if masked else 0
    head = bytes([(0x80 if fin else 0) | reserved << 4 | opcode])
    if size < 126:
        head += bytes([mark | size])
    elif size < 65536:
        head += bytes([mark | 126]) + struct.pack(">H", size)
    else:
        head += bytes([mark | 127]) + struct.pack(">Q", size)
    if not masked:
        return head + payload
    key = key or os.urandom(4)
    return head + key + bytes(byte ^ key[index % 4] for index, byte in enumerate(payload))


def deflate(data):
    """A message's payload as permessage-deflate has it (RFC 7692 §7.2.1)."""
    stream = zlib.compressobj(wbits=-15)
    return (stream.compress(data) + stream.flush(zlib.Z_SYNC_FLUSH))[:-4]


class Wire:
    """A raw connection to the Unix socket at `path`; upgraded, unless `upgrade` is False."""

    def __init__(self, path, upgrade=True):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.settimeout(SECONDS)
        self.socket.connect(path)
        self._read = b""
        if upgrade:
            self.send(request())
            status, _, _ = self.response()
            assert status == 101, status

    def send(self, data):
        self.socket.sendall(data)

    def send_each(self, data):
        """Sends byte by byte, as a slow network would."""
        for index in range(len(data)):
            self.send(data[index:index + 1])

    def response(self, body=True):
        """An HTTP response: its status, its fields by lower-case names, and its body (an answer to HEAD has none)."""
        head, self._read = self._until(b"\r\n\r\n")
        lines = head.decode().split("\r\n")
        fields = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
        text = self._take(int(fields.get("content-length", 0))) if body else b""
        return int(lines[0].split()[1]), fields, text.decode()

    def frame(self):
        """One frame from the server: its opcode and payload."""
        head = self._take(2)
        assert head[0] & 0xF0 == 0x80, f"a server of this protocol sends whole, plain frames, not {head!r}"
        assert head[1] < 0x80, "a server never masks"
        size = head[1]
        if size == 126:
            size, = struct.unpack(">H", self._take(2))
        elif size == 127:
            size, = struct.unpack(">Q", self._take(8))
        return head[0] & 0x0F, self._take(size)

    def closed_with(self):
        """The code of the server's close frame, which is answered, and after which it has to hang up at once; passes
        over what comes before it."""
        while True:
            opcode, payload = self.frame()
            if opcode == CLOSE:
                break
        payload[2:].decode()  # RFC 6455 §5.5.1: the reason is UTF-8
        try:
            self.send(frame(CLOSE, payload[:2]))
        except (BrokenPipeError, ConnectionResetError):
            pass  # after a violation it need not wait for the answer
        assert self.at_end()
        return struct.unpack(">H", payload[:2])[0] if payload else None

    def has_some(self):
        """Whether something of it has come."""
        return bool(self._read or select.select([self.socket], [], [], 0)[0])

    def at_end(self):
        """Waits for the server to hang up; False where something else comes."""
        try:
            return self._read == b"" and self.socket.recv(1) == b""
        except ConnectionResetError:
            return True

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _until(self, end):
        while end not in self._read:
            self._receive()
        head, _, rest = self._read.partition(end)
        return head, rest

    def _take(self, size):
        while len(self._read) < size:
            self._receive()
        taken, self._read = self._read[:size], self._read[size:]
        return taken

    def _receive(self):
        data = self.socket.recv(65536)
        if not data:
            raise EOFError(f"the server hung up after {self._read!r}")
        self._read += data


def wait_until(condition, timeout=SECONDS, what="it"):
    """Waits for something that can only be asked for again and again."""
    deadline = time.monotonic() + timeout
    while not (result := condition()):
        assert time.monotonic() < deadline, f"{what} did not come within {timeout} s"
        time.sleep(0.01)
    return result
