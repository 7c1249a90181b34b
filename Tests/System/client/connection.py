"""One connection to the server: a blocking socket that can do everything wrong. Each wait has a limit."""

import json
import select
import socket
import struct
import urllib.parse

from client.frames import ACCEPT, CLOSE, DEFLATE, PING, PONG, TEXT, FrameReader, frame, request
from patience import Deadline, scaled

SECONDS = 10


class Closed(EOFError):
    """The server has ended the connection: `.code` and `.reason` of its close frame; 1006 and "" without one."""

    def __init__(self, code, reason):
        super().__init__(f"closed with {code} {reason}")
        self.code, self.reason = code, reason


class Refused(Exception):
    """The server has answered an upgrade request with an error: `.status`, `.fields`, `.body`."""

    def __init__(self, status, fields, body):
        super().__init__(f"refused with {status} {body}")
        self.status, self.fields, self.body = status, fields, body


def connect(where, source=None):
    """A connected socket, and the value of Host. `where` is the path of a Unix socket, an http:// URL, or a connected socket."""
    if not isinstance(where, str):
        return where, "localhost"
    if where.startswith("http://"):
        url = urllib.parse.urlsplit(where)
        made = socket.create_connection((url.hostname, url.port), scaled(SECONDS), source and (source, 0))
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return made, url.netloc
    made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    made.settimeout(scaled(SECONDS))
    try:
        made.connect(where)
    except BaseException:
        made.close()
        raise
    return made, "localhost"


class Connection:
    """A connection; upgraded, unless `upgrade` is False. `headers` go into the upgrade request, `source` is the address
    that it comes from. `seconds` is the limit of each wait on a quiet machine."""

    def __init__(self, where, upgrade=True, headers=(), source=None, compression=False):
        self.seconds = SECONDS
        self.socket, host = connect(where, source)
        self.socket.settimeout(scaled(SECONDS))
        self._reader = FrameReader()
        self.is_compressed = self.came_compressed = False
        if upgrade:
            try:
                offer = {"Sec-WebSocket-Extensions": DEFLATE} if compression else {}
                self.upgrade(**{"Host": host} | offer | dict(headers))
            except BaseException:
                self.close()
                raise

    def upgrade(self, **changes):
        """Sends an upgrade request (see `request`), which has to be accepted. Returns the fields of the answer."""
        self.send(request(**changes))
        status, fields, body = self.response()
        if status != 101:
            raise Refused(status, fields, body)
        assert fields["sec-websocket-accept"] == ACCEPT and fields["upgrade"].lower() == "websocket"
        self.is_compressed = "permessage-deflate" in fields.get("sec-websocket-extensions", "")
        self.fields = fields
        return fields

    def send(self, data):
        self.socket.sendall(data)

    def send_bytewise(self, data):
        """Sends byte by byte, as a slow network would."""
        for index in range(len(data)):
            self.send(data[index:index + 1])

    def response(self, body=True):
        """An HTTP response: its status, its fields by lower-case names, and its body (an answer to HEAD has none)."""
        while b"\r\n\r\n" not in self._reader.buffer:
            self._receive()
        head, _, self._reader.buffer = self._reader.buffer.partition(b"\r\n\r\n")
        lines = head.decode().split("\r\n")
        fields = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
        size = int(fields.get("content-length", 0)) if body else 0
        while len(self._reader.buffer) < size:
            self._receive()
        text, self._reader.buffer = self._reader.buffer[:size], self._reader.buffer[size:]
        return int(lines[0].split()[1]), fields, text.decode()

    def frame(self, deadline=None):
        """The next frame: its opcode and payload. `.came_compressed` says how it came."""
        while not (found := self._reader.next()):
            self._receive(deadline)
        opcode, payload, self.came_compressed = found
        return opcode, payload

    def event(self):
        """The next event: the JSON of a text message. Pings and pongs are passed over."""
        while True:
            if (event := self.decoded(*self.frame()))["type"]:
                return event

    @staticmethod
    def decoded(opcode, payload):
        """The event in a frame; an empty one for a ping or pong."""
        if opcode in (PING, PONG):
            return {"type": None}
        assert opcode == TEXT, (opcode, payload)
        return json.loads(payload)

    def until(self, type, **fields):
        """The next event of this type that carries these fields; those before it are passed over."""
        while True:
            event = self.event()
            if event.items() >= {"type": type, **fields}.items():
                return event

    def closed_with(self):
        """The code of the server's close frame; None without one in it. Frames before it are passed over. The close frame is
        answered, and then the server has to hang up."""
        while True:
            opcode, payload = self.frame()
            if opcode == CLOSE:
                break
        payload[2:].decode()  # RFC 6455 §5.5.1: the reason is UTF-8
        try:
            self.send(frame(CLOSE, payload[:2]))
        except (BrokenPipeError, ConnectionResetError):
            pass  # after a violation the server need not wait for the answer
        assert self.at_end()
        return struct.unpack(">H", payload[:2])[0] if payload else None

    def has_data(self):
        """Whether something of the server is here to be read."""
        return not self._reader.is_empty or self._is_readable(0)

    @property
    def is_between_frames(self):
        """Whether all that was received has been read, to the last byte of a frame."""
        return self._reader.is_empty

    def at_end(self):
        """Waits until the server hangs up; False where it sends something else."""
        try:
            self._receive()
        except (EOFError, ConnectionResetError):
            return self._reader.is_empty
        return False

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _receive(self, deadline=None):
        deadline = deadline or Deadline(self.seconds)
        while not self._is_readable(deadline.left):
            if not deadline.left:
                raise TimeoutError(f"nothing came within {deadline.seconds} s")
        data = self.socket.recv(262_144)
        if not data:
            raise EOFError(f"the server hung up after {self._reader.buffer!r}")
        self._reader.buffer += data

    def _is_readable(self, seconds):
        poll = select.poll()  # select(2) knows no descriptor above 1,023
        poll.register(self.socket, select.POLLIN)
        return bool(poll.poll(seconds * 1_000))
