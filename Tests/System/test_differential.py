"""The same random bytes through the daemon's WebSocket code (the echo server, Tests/Echo) and through wsproto (PyPI): both give
the same messages, and refuse the same streams with the same close code.

A stream is a few frames, most of them valid, of which some bytes are then changed. Zeroes follow it: no client may send a frame
with such a header, so both implementations judge each stream to its end.
"""

import os
import random
import socket

import pytest
from wsproto.connection import Connection as WSProto
from wsproto.connection import ConnectionType
from wsproto.events import BytesMessage, CloseConnection, Ping, Pong, TextMessage
from wsproto.extensions import PerMessageDeflate

from client import BINARY, CLOSE, PING, PONG, TEXT, Connection, deflate, frame
from test_autobahn import echo, serve_echo  # noqa: F401

STREAMS = 100_000 if os.environ.get("CHATRELAY_ALL") else 1_500
OFFER = "permessage-deflate; server_no_context_takeover; client_no_context_takeover"
TEXTS = ["", "a", "Hello", "Zoë", "你好", "🦦" * 20, "x" * 125, "y" * 126, "z" * 700]
CODES = [0, 999, 1000, 1001, 1003, 1004, 1005, 1006, 1007, 1011, 1014, 1015, 1016, 2999, 3000, 4999, 5000, 65535]


def payload(chance):
    kind = chance.random()
    if kind < 0.7:
        return chance.choice(TEXTS).encode()
    if kind < 0.8:
        return chance.choice(TEXTS).encode() + chance.choice([b"\xff", b"\xe4\xbd", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xc0\xaf"])
    return chance.randbytes(chance.randrange(300))


def message(chance, compressed):
    """A message in up to four frames, with control frames between them."""
    data, reserved = payload(chance), 0
    if compressed and chance.random() < 0.6:
        data, reserved = deflate(data), 4
    cuts = sorted(chance.randrange(len(data) + 1) for _ in range(chance.choice([0, 0, 0, 1, 3])))
    pieces = [data[start:end] for start, end in zip([0, *cuts], [*cuts, len(data)])]
    result = b""
    for index, piece in enumerate(pieces):
        opcode = chance.choice([TEXT, TEXT, BINARY]) if index == 0 else 0
        result += frame(opcode, piece, fin=index == len(pieces) - 1, reserved=reserved if index == 0 else 0,
                        key=chance.randbytes(4))
        if chance.random() < 0.1:
            result += control(chance)
    return result


def control(chance):
    kind = chance.random()
    if kind < 0.9:
        return frame(chance.choice([PING, PONG]), chance.randbytes(chance.choice([0, 3, 125])),
                     key=chance.randbytes(4))
    body = chance.choice([b"", b"\x03", chance.choice(CODES).to_bytes(2, "big") + payload(chance)[:123]])
    return frame(CLOSE, body, key=chance.randbytes(4))


def odd(chance):
    """A frame that may be wrong: in its bits, or with its length in a longer form than needed."""
    if chance.random() < 0.2:
        data = chance.randbytes(chance.choice([0, 120, 125, 126, 300]))
        mark, size = chance.choice([(126, 2), (127, 8)])
        return bytes([0x80 | BINARY, 0x80 | mark]) + len(data).to_bytes(size, "big") + bytes(4) + data
    return frame(chance.randrange(16), payload(chance)[:chance.choice([10, 125, 700])], fin=chance.random() < 0.7,
                 masked=chance.random() < 0.9, reserved=chance.choice([0, 0, 0, 1, 2, 4]), key=chance.randbytes(4))


def stream(chance, compressed):
    frames = [chance.choices([message, lambda chance, _: control(chance), lambda chance, _: odd(chance)], [6, 2, 1])[0](
        chance, compressed) for _ in range(chance.randrange(1, 6))]
    data = bytearray(b"".join(frames))
    for _ in range(chance.choice([0, 0, 0, 1, 2])):
        # No change may make a valid length of eight bytes: the two have different limits for it.
        data[chance.randrange(len(data))] = chance.choice([0, 1, 0x7d, 0x7e, 0x80, 0x81, 0xc1, 0xff, chance.randrange(256)])
    return bytes(data) + bytes(14)


def cut(chance, data):
    """Up to four pieces, which the echo server may read together or one by one."""
    at = [0, *sorted(chance.randrange(len(data)) for _ in range(chance.choice([0, 1, 3]))), len(data)]
    return [data[start:end] for start, end in zip(at, at[1:])]


def by_wsproto(data, compressed):
    extension = PerMessageDeflate()
    if compressed:
        extension.accept(OFFER)
    connection = WSProto(ConnectionType.SERVER, [extension] if compressed else [])
    connection.receive_data(data)
    messages, parts = [], []
    for event in connection.events():
        if isinstance(event, (TextMessage, BytesMessage)):
            parts.append(event.data.encode() if isinstance(event, TextMessage) else event.data)
            if event.message_finished:
                messages.append((TEXT if isinstance(event, TextMessage) else BINARY, b"".join(parts)))
                parts = []
        elif isinstance(event, Ping):
            messages.append((PONG, bytes(event.payload)))
        elif isinstance(event, CloseConnection):
            code = int(event.code)
            return [*messages, (CLOSE, None if code == 1005 else code)]
        else:
            assert isinstance(event, Pong)
    return messages


def by_us(path, pieces, compressed):
    extensions = {"Sec-WebSocket-Extensions": OFFER} if compressed else {}
    messages = []
    with Connection(path, headers=extensions | {"Sec-WebSocket-Protocol": None}) as connection:
        for piece in pieces:
            connection.send(piece)
        connection.socket.shutdown(socket.SHUT_WR)
        while True:
            try:
                opcode, body = connection.frame()
            except (EOFError, ConnectionResetError):
                assert connection.is_between_frames, "the last frame is not whole"
                return messages
            if opcode == CLOSE:
                return [*messages, (CLOSE, int.from_bytes(body[:2], "big") if body else None)]
            messages.append((opcode, body))


def has_control_inside_of_compressed(data):
    at, is_inside = 0, False
    while at + 2 <= len(data):
        opcode, short = data[at] & 0x0F, data[at + 1] & 0x7F
        extended = {126: 2, 127: 8}.get(short, 0)
        if opcode >= 8 and is_inside:
            return True
        if opcode < 8:
            is_inside = not data[at] & 0x80 and (is_inside or bool(data[at] & 0x40))
        at += 6 + extended + (int.from_bytes(data[at + 2:at + 2 + extended], "big") if extended else short)
    return False


def is_known(data, ours, theirs, compressed):
    """Whether this difference is known: both may be right, or wsproto 1.3.2 is wrong."""
    at = next(index for index, pair in enumerate([*zip(ours, theirs), None]) if pair is None or pair[0] != pair[1])
    mine, other = (one[at] if at < len(one) else (CLOSE, "none") for one in (ours, theirs))
    codes = (mine[1], other[1]) if (mine[0], other[0]) == (CLOSE, CLOSE) else None
    # Our limits are 16 MiB for a message, and 512 times its compressed size; wsproto has none, and waits for the rest.
    if mine == (CLOSE, 1009):
        return compressed or other in [(CLOSE, "none"), (CLOSE, 1007)]
    # We refuse a header at the byte that makes it wrong, wsproto at its end.
    if codes == (1002, "none") and by_wsproto(data + bytes(14), compressed) == ours:
        return True
    # IANA has registered this code since RFC 6455, which allows that in §7.4.2.
    if codes == (1014, 1002):
        return True
    # We refuse a character at the byte that makes it wrong, wsproto at its end, and pings or other errors may come before that.
    # Neither gives the message.
    if mine == (CLOSE, 1007) and all(event == PONG or code in (1002, 1007) for event, code in theirs[at:]):
        return True
    if not compressed:
        return False
    # wsproto inflates each fragment as it comes, we the whole message, so wsproto finds errors earlier.
    if codes in [(1002, 1007), ("none", 1007)]:
        return True
    # wsproto accepts a deflate stream that ends inside of a block, which RFC 7692 §7.2.2 does not allow.
    if mine == (CLOSE, 1007) and other[0] in (TEXT, BINARY):
        return True
    # After a control frame between fragments wsproto forgets that the message is compressed (RFC 7692 §6.2).
    return has_control_inside_of_compressed(data)


@pytest.mark.timeout(3_600)
@pytest.mark.parametrize("compressed", [False, True], ids=["plain", "compressed"])
def test_both_give_the_same(echo, tmp_path, compressed):  # noqa: F811
    seed = os.environ.get("CHATRELAY_SEED", str(random.randrange(1_000_000)))
    print(f"CHATRELAY_SEED={seed}")
    chance = random.Random(seed)
    process = serve_echo(echo, f"{tmp_path}/socket")
    closed, known = set(), 0
    try:
        for number in range(STREAMS):
            data = stream(chance, compressed)
            ours = by_us(f"{tmp_path}/socket", cut(chance, data), compressed)
            theirs = by_wsproto(data, compressed)
            if ours != theirs:
                assert is_known(data, ours, theirs, compressed), f"stream {number}: {data.hex()}\n{ours}\n{theirs}"
                known += 1
            closed.add(ours[-1] if ours and ours[-1][0] == CLOSE else None)
    finally:
        process.kill()
        process.wait()
    # The streams have reached each outcome, and known differences were few.
    assert {(CLOSE, None), (CLOSE, 1002), (CLOSE, 1007)} <= closed and closed & {(CLOSE, code) for code in CODES}
    assert known < STREAMS / 10
