"""Runs cases of Autobahn|Testsuite against a WebSocket echo server, one at a time, and prints a line for each: its number, its
verdict, and the verdict on the end of the connection.

    autobahn_cases.py SOCKET|PORT PREFIX [PREFIX ...]

The suite is Python 2. Its cases are read from the installed package (PyPI: autobahntestsuite), never copied: as Latin-1, so that
each byte string becomes a text of the same code points, with the few idioms replaced that Python 3 does not know. They run
on the suite's own client library (PyPI: autobahn), whose protocol object gets the methods that the cases call. Each of its time
limits grows with the load of the machine.
"""

import os
import re
import sys
import types
from importlib.util import find_spec
from pathlib import Path

from autobahn.twisted.websocket import WebSocketClientFactory, WebSocketClientProtocol
from twisted.internet import reactor
from twisted.internet.endpoints import TCP4ClientEndpoint, UNIXClientEndpoint

from patience import scaled

SUITE = Path(find_spec("autobahntestsuite").submodule_search_locations[0])
IDIOMS = [(r"\bxrange\b", "range"), (r"\(object, Case, ?\)", "(Case,)"), (r"self\.payload\) / ", "self.payload) // "),
          ("binascii.b2a_hex", "repr"), (r"\bv\.validate\(([^()]*)\)", r'v.validate(\1.encode("latin-1"))'),
          (r"\.tostring\(\)", ".tobytes()"), ("(request|accept)NoContextTakeover", r"\1_no_context_takeover"),
          ("(request|accept)MaxWindowBits", r"\1_max_window_bits")]


def load(name):
    """A module of the suite, as Python 3 reads it."""
    source = (SUITE / "case" / f"{name}.py").read_text("latin-1")
    # Its self-tests are not needed, and print a lot.
    source = re.sub(r"^(def test_\w+|if __name__).*?(?=^\S|\Z)", "", source, flags=re.M | re.S)
    for pattern, replacement in IDIOMS:
        source = re.sub(pattern, replacement, source, flags=re.M)
    module = sys.modules[name] = types.ModuleType(name)
    exec(compile(source, name, "exec"), module.__dict__)
    return module


def cases():
    """All cases by number, without 9.9.1, which the suite itself omits."""
    resources = sys.modules["pkg_resources"] = types.ModuleType("pkg_resources")
    resources.resource_filename = lambda package, name: str(SUITE / name)
    # The suite compares events by their pickles, which differ between one text object twice and two equal ones.
    load("case").Case.compare = lambda self, one, other: one == other
    found = {}
    order = re.findall(r"^from (case(?!9_9)\w+) import", (SUITE / "case" / "__init__.py").read_text("latin-1"), re.M)
    for name in order:
        module = sys.modules.get(name) or load(name)
        listed = [case for value in vars(module).values() if isinstance(value, list) for case in value]
        for case in [*vars(module).values(), *listed]:
            if isinstance(case, type) and re.fullmatch(r"Case\d+(_\d+)+", case.__name__):
                found[tuple(map(int, case.__name__[4:].split("_")))] = case
    return found


def octets(payload):
    return payload.encode("latin-1") if isinstance(payload, str) else payload


class CaseClient(WebSocketClientProtocol):
    """The methods that the cases call, on the current version of the library."""

    connectionWasOpen = False
    createWirelog = False

    def __init__(self, case, done):
        super().__init__()
        self.done, self.txFrameStats = done, {}
        self.factory = types.SimpleNamespace(isServer=False)  # cases read it before they are connected
        self.case = case(self)
        # The compression cases expect bytes, all others texts of the same code points.
        self.isBytes = hasattr(case, "CLIENT_OFFERS")

    def onOpen(self):
        self.connectionWasOpen = True
        self.case.onOpen()

    def shown(self, payload):
        return payload if self.isBytes else payload.decode("latin-1")

    def onMessage(self, payload, isBinary):
        self.case.onMessage(self.shown(payload), isBinary)

    def onPing(self, payload):
        self.case.onPing(self.shown(payload))
        self.sendPong(payload)

    def onPong(self, payload):
        self.case.onPong(self.shown(payload))

    def onClose(self, wasClean, code, reason):
        self.case.onClose(wasClean, code, reason)

    def connectionLost(self, reason):
        super().connectionLost(reason)
        self.case.onConnectionLost(self.failedByMe)
        self.done(self.case)

    def sendFrame(self, opcode, payload="", payload_len=None, **options):
        self.txFrameStats[opcode] = self.txFrameStats.get(opcode, 0) + 1
        super().sendFrame(opcode, octets(payload), payload_len=payload_len, **options)

    def sendMessage(self, payload, isBinary=False, fragmentSize=None, sync=False):
        super().sendMessage(octets(payload), isBinary, fragmentSize, sync)

    def beginMessage(self, *arguments, **options):
        super().beginMessage(*arguments, **({"isBinary": False} | options))

    def sendMessageFrameData(self, payload, sync=False):
        return super().sendMessageFrameData(octets(payload), sync)

    def sendCloseFrame(self, code=None, reasonUtf8=None, isReply=False):
        super().sendCloseFrame(code, None if reasonUtf8 is None else octets(reasonUtf8), isReply)

    def enableWirelog(self, on):
        pass

    def later(self, delay, call):
        reactor.callLater(delay, lambda: self.state != self.STATE_CLOSED and call())

    def continueLater(self, delay, call, tag=None):
        self.later(delay, call)

    def killAfter(self, delay):
        self.later(scaled(delay), lambda: self._fail_connection())

    def closeAfter(self, delay):
        self.later(scaled(delay), lambda: self.sendClose())


class Suite:
    def __init__(self, where, prefixes):
        wanted = [tuple(map(int, prefix.split("."))) for prefix in prefixes]
        self.todo = [(number, case) for number, case in sorted(cases().items())
                     if any(number[:len(prefix)] == prefix for prefix in wanted)]
        self.where = where
        reactor.callWhenRunning(self.next)

    def next(self):
        if not self.todo:
            return reactor.stop()
        number, case = self.todo.pop(0)
        factory = WebSocketClientFactory("ws://localhost/ws")
        # The library gives a server one second to end a connection.
        factory.setProtocolOptions(failByDrop=False, openHandshakeTimeout=scaled(10), closeHandshakeTimeout=scaled(10),
                                   serverConnectionDropTimeout=scaled(10))

        def done(ended):
            print(".".join(map(str, number)), ended.behavior, "/", ended.behaviorClose, flush=True)
            reactor.callLater(0, self.next)

        def build(_):
            client = CaseClient(case, done)
            client.factory = factory
            return client

        factory.buildProtocol = build
        end = TCP4ClientEndpoint(reactor, "127.0.0.1", int(self.where)) if self.where.isdigit() \
            else UNIXClientEndpoint(reactor, self.where)
        end.connect(factory).addErrback(self.fail)

    def fail(self, failure):
        failure.printTraceback()
        os._exit(1)


if __name__ == "__main__":
    Suite(sys.argv[1], sys.argv[2:])
    reactor.run()
