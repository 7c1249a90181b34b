"""Bytes of requests and frames (RFC 6455, RFC 7692): the client's to send, the server's to read."""

import collections
import json
import os
import struct
import zlib

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
# What the server answers to the key below (RFC 6455 §1.3).
ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
HEAD = {"Host": "localhost", "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Protocol": "chatrelay.v1"}
DEFLATE = "permessage-deflate; client_max_window_bits"


def request(line="GET /ws HTTP/1.1", **changes):
    """An upgrade request, with fields changed (underscores are hyphens), or left out where the value is None."""
    fields = HEAD | {name.replace("_", "-"): value for name, value in changes.items()}
    return "\r\n".join([line, *(f"{n}: {v}" for n, v in fields.items() if v is not None), "", ""]).encode("latin-1")


def frame(opcode, payload=b"", fin=True, masked=True, reserved=0, length=None, key=None):
    """One frame. `length` is what its header claims, where that is not the payload's own; `key` masks it, not a random one."""
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
    return head + key + _mask(payload, key)


def _mask(payload, key):
    repeated = (key * (len(payload) // 4 + 1))[:len(payload)]
    return (int.from_bytes(payload, "big") ^ int.from_bytes(repeated, "big")).to_bytes(len(payload), "big")


def command(type, **fields):
    """A command of the chat, as one frame."""
    return frame(TEXT, json.dumps({"type": type, **fields}, ensure_ascii=False).encode())


def deflate(data):
    """A message's payload as permessage-deflate sends it (RFC 7692 §7.2.1)."""
    stream = zlib.compressobj(wbits=-15)
    return (stream.compress(data) + stream.flush(zlib.Z_SYNC_FLUSH))[:-4]


def inflate(data):
    return zlib.decompressobj(wbits=-15).decompress(data + b"\x00\x00\xff\xff")


class FrameReader:
    """Takes the server's bytes, and gives its frames: whole, unmasked, without reserved bits but that of compression."""

    def __init__(self):
        self.buffer, self._frames = b"", collections.deque()

    def next(self):
        """The next frame: opcode, payload, and whether it came compressed; None where more bytes are needed."""
        if not self._frames:
            self._parse()
        return self._frames.popleft() if self._frames else None

    @property
    def is_empty(self):
        return not self.buffer and not self._frames

    def _parse(self):
        buffer, start = self.buffer, 0
        while len(buffer) >= start + 2:
            first, size, begin = buffer[start], buffer[start + 1], start + 2
            assert first & 0xB0 == 0x80, f"a frame that is not whole or has reserved bits: {buffer[start:start + 20]!r}"
            assert size < 0x80, "the server masks a frame"
            if size >= 126:
                length = 2 if size == 126 else 8
                if len(buffer) < begin + length:
                    break
                size, begin = int.from_bytes(buffer[begin:begin + length], "big"), begin + length
            if len(buffer) < begin + size:
                break
            payload, start = buffer[begin:begin + size], begin + size
            is_compressed = bool(first & 0x40)
            self._frames.append((first & 0x0F, inflate(payload) if is_compressed else payload, is_compressed))
        self.buffer = buffer[start:]
