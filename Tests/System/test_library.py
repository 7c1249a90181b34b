"""The package chatrelay against a fake server: promises, rooms, destroy(), signals, signed tokens, wrong arguments. And in a worker."""

import base64
import json

import pytest
from page_object import browser  # noqa: F401  (a fixture)
from page_server import FakeServer, fake_server, hello, lobby_server, message, resume  # noqa: F401  (fixtures)
from patience import Deadline
from test_page_invalid import thrown
from website import Site

# track(promise) records what comes of it in `results`.
TRACK = """() => {
    window.results = [];
    window.lobby = chat.room("lobby");
    window.track = (promise) => {
        const index = results.push(null) - 1;
        promise.then((value) => { results[index] = { value }; }, (error) => {
            results[index] = { code: error.code, message: error.message, name: error.name, id: error.id, closeCode: error.closeCode };
        });
    };
}"""


@pytest.fixture
def tracked(lobby_server):
    server = lobby_server(user=2)
    server.page.evaluate(TRACK)
    return server


def start(server, *calls):
    """Starts calls whose promises are tracked."""
    for call in calls:
        server.page.evaluate(f"() => {{ track({call}); }}")


def results(server):
    server.settle()
    return server.page.evaluate("results")


def commands(server, count):
    """The next commands that the client has sent."""
    deadline = Deadline(20)
    server.until(lambda: len(server.received[-1]) >= count or not deadline.left)
    received, server.received[-1][:] = list(server.received[-1]), []
    assert len(received) == count, received
    return received


def test_the_promise_of_a_message_is_kept_by_its_event(tracked):
    start(tracked, "lobby.send('One')", "chat.promises.sendPrivate('Bob', 'Two', { re: 1 })", "chat.promises.edit(3, 'New')", "chat.promises.remove(4)",
          "chat.promises.react(5, '👍')")
    sent = commands(tracked, 5)
    for command, seq in zip(sent, range(6, 11)):
        assert command["type"] != "private" or command["re"] == 1
        tracked.send(type="message", seq=seq + 90, id=command["id"], room="lobby", user=9, text="Of another user", at=0, **{"from": "Eve"})
        tracked.send(type="ack", id=command["id"], seq=seq)
    assert [(each["value"]["type"], each["value"]["own"]) for each in results(tracked) if each["value"]["type"] != "deleted"] == [
        ("message", True), ("private", True), ("edited", True), ("reaction", True)]
    # A gap: the message comes in a page of history. And one that was deleted since.
    start(tracked, "lobby.send('Six')", "chat.promises.send('lobby', 'Seven')")
    six, = commands(tracked, 1)
    tracked.history(message(20, "Ada", user=2, id=six["id"], text="Six"), room="lobby", gap=True)
    seven, = commands(tracked, 1)
    tracked.send(type="ack", id=seven["id"], seq=21, deleted=True)
    assert results(tracked)[5]["value"]["seq"] == 20 and results(tracked)[6]["code"] == "deleted"


def test_the_promise_of_a_message_is_broken_with_the_reason(tracked):
    start(tracked, "lobby.send('One')", "lobby.send('x'.repeat(9000))", "chat.promises.edit(3, 'x'.repeat(9000))", "chat.promises.remove(4)")
    one, remove = commands(tracked, 2)
    tracked.send(type="error", code="try-again", id=remove["id"], message="Not now.")
    tracked.send(type="error", code="muted", id=one["id"], message="You are muted.")
    found = results(tracked)
    assert [each and each["code"] for each in found] == ["muted", "text-too-long", "text-too-long", None]
    assert found[0] == {"code": "muted", "message": "You are muted.", "name": "ChatRelayError", "id": one["id"], "closeCode": None}
    tracked.run("discard(chat.pending[0].id)")
    # The time-out does not give up the message. A discarded one is given up, and so does the end of the connection.
    start(tracked, "lobby.send('Two', { timeout: 500 })", "lobby.send('Three')", "lobby.send('Four', { timeout: Infinity })")
    tracked.advance(600)
    two = results(tracked)[4]
    assert two["code"] == "timeout" and two["id"] in [each["id"] for each in tracked.run("pending")]
    tracked.page.evaluate("chat.discard(chat.pending.find(({ text }) => text === 'Three').id)")
    tracked.close(4201)
    tracked.wait("last[1].state === 'closed'")
    assert [(each["code"], each.get("closeCode")) for each in tracked.page.evaluate("results")[5:]] == [("discarded", None), ("closed", 4201)]


def test_requests_wait_for_their_turn_and_their_room(fake_server):
    server = fake_server(name="Ada", rooms=["lobby"])
    server.wait_for_connections(1)
    server.page.evaluate(TRACK)
    start(server, "lobby.history({ limit: 5 })", "lobby.history({ before: 9 })", "chat.promises.search('tw')", "lobby.who()")
    server.expect(hello(name="Ada", rooms=["lobby"]))
    server.welcome(user=2)  # with the page of the room's newest messages, which is no answer
    history, search = sorted(commands(server, 2), key=lambda each: each["type"])
    assert history["limit"] == 5 and search["text"] == "tw"
    server.send(type="found", text="tw", messages=[], more=False)
    server.history(message(7), room="lobby", before=history["before"])
    assert commands(server, 1) == [{"type": "history", "room": "lobby", "before": 9}]
    server.send(type="error", code="muted", room="lobby", message="That was the typing.")
    server.send(type="error", code="rate-limited", room="lobby", retry=700, message="Too fast.")
    server.settle()
    server.advance(600)
    assert server.received[-1] == []
    server.advance(100)
    assert {"type": "history", "room": "lobby", "before": 9} in commands(server, 2), "beside a presence, which may have been what was refused"
    server.reconnect()  # the answer is lost
    server.welcome_back()
    assert commands(server, 1) == [{"type": "history", "room": "lobby", "before": 9}]
    server.history(message(8), room="lobby", before=9)
    assert commands(server, 1) == [{"type": "who", "room": "lobby"}]
    server.send(type="error", code="not-in-room", room="lobby", message="You are not in the room.")
    first, second, search, who = results(server)
    assert [each["seq"] for each in first["value"]["messages"]] == [7] and "before" not in first["value"]
    assert [each["seq"] for each in second["value"]["messages"]] == [8]
    assert search["value"]["type"] == "found" and who["code"] == "not-in-room"


def test_requests_of_rooms_and_of_the_user(tracked):
    start(tracked, "chat.promises.join('attic', { create: true })", "chat.promises.list()", "lobby.setTopic({ topic: 'Tea' })", "chat.promises.who({ with: 'bob' })")
    assert sorted(commands(tracked, 4), key=lambda each: each["type"])[:2] == [{"type": "join", "room": "attic", "create": True}, {"type": "rooms"}]
    tracked.send(type="joined", room="attic", users=1)
    tracked.send(type="rooms", rooms=[], more=0)
    tracked.send(type="who", user=5, online=True, **{"with": "bob"})
    tracked.send(type="error", code="topic-fixed", id="another", message="…")
    found = results(tracked)
    assert [each and each["value"]["type"] for each in found] == ["joined", "rooms", None, "who"]
    start(tracked, "chat.room('attic').leave()", "chat.promises.rename('Eve')", "chat.promises.setStatus('Out')")
    assert [each["type"] for each in commands(tracked, 1)] == ["rename"], "the fake server answers `leave` itself"
    tracked.send(type="error", code="name-taken", message="…", proposal="Eve2")
    assert [each["type"] for each in commands(tracked, 1)] == ["presence"]
    tracked.send(type="presence", user=2, name="Ada", away=False, status="Out")
    tracked.send(type="topic", id="another", room="lobby", seq=9, title="", topic="Coffee", user=9)
    assert [each and each.get("code", "kept") for each in results(tracked)[2:]] == [None, "kept", "kept", "name-taken", "kept"]
    # Without a connection: a room is left at once, and the rest waits for the time-out.
    tracked.close(1001)
    tracked.wait("last[1].state === 'offline'")
    start(tracked, "lobby.history()", "lobby.leave()", "chat.promises.devices({ timeout: 50 })", "chat.promises.connect()")
    tracked.wait_for_connections(2)
    tracked.advance(100)
    tracked.until(lambda: tracked.received[-1])
    tracked.send(type="welcome", name="Ada", ledger="1ed9e000", seq=9, rooms=["lobby"], limits={})
    tracked.wait("results.slice(-3).every((each) => each)")
    left, devices, connected = tracked.page.evaluate("results.slice(-3)")
    assert left["value"]["room"] == "lobby" and devices["code"] == "timeout" and connected["value"]["seq"] == 9


def test_a_room_has_the_events_of_this_room(lobby_server):
    server = lobby_server()
    server.page.evaluate("""() => {
        window.heard = [];
        for (const name of ["lobby", "attic"]) {
            for (const type of ["message", "signal", "joined"]) chat.room(name).addEventListener(type, ({ detail }) => heard.push([name, type, detail.room]));
        }
    }""")
    assert server.page.evaluate("chat.room('lobby') === chat.room('lobby') && chat.room('lobby').isJoined && !chat.room('attic').isJoined")
    server.send(**message(5))
    server.send(type="joined", room="attic", users=1)
    server.send(type="signal", room="attic", user=9, data={"x": 1}, at=0, **{"from": "Bob"})
    server.settle()
    assert server.page.evaluate("heard") == [["lobby", "message", "lobby"], ["attic", "joined", "attic"], ["attic", "signal", "attic"]]


def test_a_signal_is_sent_once_and_never_kept(lobby_server):
    server = lobby_server()
    id = server.page.evaluate("chat.room('lobby').signal({ x: 1, y: [null] })")
    server.expect({"type": "signal", "id": id, "room": "lobby", "data": {"x": 1, "y": [None]}})
    server.expect()
    assert server.page.evaluate("chat.signal('attic', 1) === undefined") and server.received[-1] == []
    server.drop()
    assert server.page.evaluate("chat.signal('lobby', 1) === undefined")
    server.reconnect()
    server.welcome_back()
    assert server.received[-1] == []
    assert server.run("signal('lobby', 'é'.repeat(2047))")
    for data in ("null", "undefined", "() => 1", "'é'.repeat(2048)"):
        assert thrown(server, f"chat.signal('lobby', {data})") == "TypeError"


@pytest.fixture(scope="module")
def shared(browser, chatrelay):
    """One client for many wrong calls."""
    site = Site(chatrelay)
    context = browser.new_context()
    page = context.new_page()
    page.goto(site.url + "/no-such-page")
    server = FakeServer(page, name="Ada", rooms=["lobby"])
    server.wait_for_connections(1)
    server.until(lambda: server.received[-1])
    server.received[-1].clear()
    server.welcome()
    yield server
    context.close()
    site.stop()


@pytest.mark.parametrize("call", [
    "new chat.constructor(null)", "new chat.constructor({ url: 'ftp://localhost' })", "new chat.constructor({ rooms: 'lobby' })",
    "new chat.constructor({ name: 7 })", "new chat.constructor({ label: {} })", "new chat.constructor({ storage: {} })",
    "new chat.constructor({ token: 'abc' })", "new chat.constructor({ WebSocket: {} })",
    "chat.room('a room')", "chat.room()", "chat.isJoined('')", "chat.leave('a room')", "chat.typing()", "chat.who('a room')", "chat.who(null)", "chat.who({ user: 'Ada' })",
    "chat.read('lobby', 3)", "chat.read({ room: 'lobby' }, 0)", "chat.readUpTo({})", "chat.setTopic('lobby', {})", "chat.setTopic('lobby', { title: 7 })",
    "chat.history('lobby')", "chat.history({ room: 'a room' })", "chat.history({}, { limit: 101 })", "chat.history({}, { before: -1 })", "chat.search('')",
    "chat.search('x', { with: '' })", "chat.signOut({ device: 'x' })", "chat.signOut({ all: 1 })", "chat.become('short')", "chat.signIn({})", "chat.retry()",
    "chat.discard(7)", "chat.setAway()", "chat.setStatus(7)",
    "chat.promises.send('lobby', 'x', { timeout: -1 })", "chat.promises.send('lobby', 'x', { timeout: '5' })", "chat.promises.history({}, { limit: 0 })",
    "chat.promises.join('a room')", "chat.join('attic', { create: 1 })", "chat.promises.join('attic', { create: 'yes' })",
    "chat.promises.signOut({ device: 'x' })", "chat.signOut({ id: 7 })", "chat.signOut(5)", "chat.promises.signOut(null)", "chat.promises.leave()", "chat.promises.search(' ')", "chat.promises.who()", "chat.promises.rename('')",
    "chat.promises.setTopic('lobby')", "chat.room('lobby').send('')", "chat.room('lobby').read('3')"])
def test_a_wrong_argument_throws_where_it_is_given(shared, call):
    assert thrown(shared, call) == "TypeError"
    assert shared.received[-1] == [] and shared.run("pending") == [] and shared.run("rooms") == ["lobby"]


TOKENS = """async () => {
    const { ChatRelay } = await import("/chatrelay.js");
    chat.destroy();
    window.events = [];
    window.given = [];
    window.give = () => new Promise((resolve, reject) => given.push({ resolve, reject }));
    window.chat = new ChatRelay({ url: location.origin.replace("http", "ws") + "/test", token: () => give(), rooms: ["lobby"] });
    for (const type of ["state", "welcome", "message", "typing", "pending"]) chat.addEventListener(type, (event) => events.push([type, event.detail]));
    chat.connect();
}"""


def jwt(**claims):
    """A token whose signature nobody checks here."""
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in (b"{}", json.dumps(claims, ensure_ascii=False).encode(), b"x"))


def give(server, token):
    server.until(lambda: server.page.evaluate("given.length > 0"))
    server.page.evaluate("(token) => given.shift().resolve(token)", token)


def test_a_signed_token_is_fetched_for_each_connection(fake_server):
    server = fake_server()
    server.wait_for_connections(1)
    server.page.evaluate(TOKENS)
    server.wait_for_connections(2)
    first, second, third = (jwt(sub="ö-1", exp=n) for n in range(3))
    give(server, first)
    server.expect(hello(jwt=first, rooms=["lobby"]))
    server.welcome(user=2)
    assert server.page.evaluate("chat.token === undefined && !Object.keys(localStorage).some((key) => key.endsWith(' token'))")
    # It has expired: at once another one. The user has another name by now, and is the same.
    server.advance(10_000)
    server.close(4001)
    server.wait("last[1].state === 'offline'")
    server.advance(1)
    server.wait_for_connections(3)
    give(server, second)
    server.expect(hello(jwt=second, name="Ada", rooms=["lobby"], since=1, ledger="1ed9e000"))
    server.welcome(name="Eve", user=2, new=False)
    # A crash of the server.
    server.send(type="system", event="restart", again=1, ledger="1ed9e000", seq=1)
    give(server, third)
    server.expect(hello(jwt=third, name="Eve", rooms=["lobby"], since=1, ledger="1ed9e000", again=1))
    server.welcome(name="Eve", user=2, new=False)
    # The token of a lost connection is void; the site fails; the server refuses one.
    server.page.evaluate("Math.random = () => 0.001")
    server.reconnect()
    server.until(lambda: server.page.evaluate("given.length > 0"))
    server.drop()
    server.page.evaluate("window.late = given.shift()")
    server.run("connect()")
    server.wait_for_connections(5)
    server.page.evaluate("late.resolve('late')")
    server.until(lambda: server.page.evaluate("given.length > 0"))
    server.page.evaluate("given.shift().reject(new Error('The login has ended.'))")
    server.wait("last[1].reason === 'The login has ended.'")
    server.advance(1_000)
    server.wait_for_connections(6)
    give(server, first)
    server.until(lambda: server.received[-1])
    server.send(type="error", code="token-expired", message="The token has expired.")
    server.wait("last[1].reason === 'The token has expired.'")
    server.advance(1_000)
    server.wait_for_connections(7)
    # Another user: this client ends, and sends nothing that the first one wrote.
    give(server, jwt(sub="other", exp=9))
    server.until(lambda: server.received[-1])
    server.send(type="welcome", name="Bob", user=5, ledger="1ed9e000", seq=1, rooms=["lobby"], limits={})
    server.wait("last[1].code === 4299")
    assert [len(commands) for commands in server.received[3:5]] == [0, 0]


# Counts what a client leaves: timers, and listeners of the window and the document.
COUNTED = """() => {
    window.timers = new Set();
    for (const [start, stop] of [["setTimeout", "clearTimeout"], ["setInterval", "clearInterval"]]) {
        const [set, clear] = [window[start], window[stop]];
        window[start] = (action, ...rest) => {
            const id = set(() => { timers.delete(id); action(); }, ...rest);
            timers.add(id);
            return id;
        };
        window[stop] = (id) => { timers.delete(id); clear(id); };
    }
    window.listeners = new Set();
    for (const target of [window, document]) {
        const { addEventListener, removeEventListener } = target;
        target.addEventListener = function (type, action, options) {
            const key = [type, action];
            listeners.add(key);
            options?.signal?.addEventListener("abort", () => listeners.delete(key));
            addEventListener.call(target, type, action, options);
        };
        target.removeEventListener = function (type, action, options) {
            for (const key of listeners) if (key[0] === type && key[1] === action) listeners.delete(key);
            removeEventListener.call(target, type, action, options);
        };
    }
    window.fetches = 0;
    const { fetch } = window;
    window.fetch = (url, options) => {
        fetches += 1;
        return new Promise((resolve, reject) => options.signal.addEventListener("abort", () => { fetches -= 1; reject(options.signal.reason); }));
    };
}"""
NOTHING = {"timers": 0, "listeners": 0, "locks": 0, "fetches": 0, "sockets": 0}
LEFT = """(async () => {
    const { held, pending } = await navigator.locks.query();
    return { timers: timers.size, listeners: listeners.size, locks: held.length + pending.length, fetches, sockets: sockets.size };
})()"""


def test_destroy_leaves_nothing(fake_server):
    """Neither online, with all that can wait, nor while it connects or waits to connect."""
    server = fake_server()
    server.wait_for_connections(1)
    server.run("destroy()")
    server.page.evaluate(COUNTED)
    server.page.evaluate("""() => {
        window.sockets = new Set();
        window.Counted = class extends WebSocket {
            constructor(...all) { super(...all); sockets.add(this); this.addEventListener("close", () => sockets.delete(this)); }
            close(...all) { super.close(...all); sockets.delete(this); }
        };
    }""")
    server.page.evaluate(TOKENS.replace('rooms: ["lobby"]', 'rooms: ["lobby"], WebSocket: Counted, name: "Ada"').replace("token: () => give(), ", ""))
    server.wait_for_connections(2)
    server.until(lambda: server.received[-1])
    server.welcome(user=2)
    server.page.evaluate(TRACK)
    start(server, "lobby.send('One')", "lobby.history()", "chat.promises.join('attic')", "chat.promises.devices()", "chat.promises.connect()")
    server.run("read({ room: 'lobby' }, 1)")
    server.run("signIn({ link: 'AAAA-AAAA-AAAA-AAAA-AAAA' })")
    server.wait_for_connections(3)
    server.send(type="error", code="try-again", message="Not now.")
    assert server.page.evaluate("timers.size") > 5 and server.page.evaluate("listeners.size") > 3
    server.page.evaluate("() => { chat.destroy(); chat.destroy(); chat.close(); events.length = 0; }")
    server.until(lambda: server.page.evaluate(LEFT) == NOTHING)
    assert [each.get("code", "kept") for each in server.page.evaluate("results")] == ["destroyed"] * 4 + ["kept"]
    # For the next client.
    assert [each["text"] for each in server.run("pending")] == ["One"] and server.run("hasUnfinishedSignIn")
    for call in ("connect()", "send('lobby', 'x')", "join('attic')", "history()", "promises.connect()", "promises.history()", "room('lobby').send('x')"):
        assert thrown(server, f"chat.{call}") == "ChatRelayError"
    server.page.evaluate("dispatchEvent(new Event('online'))")
    assert server.page.evaluate("events") == [] and len(server.connections) == 3
    # One that never connects, and one that can't: why is being asked.
    server.page.evaluate("""async () => {
        const { ChatRelay } = await import("/chatrelay.js");
        const url = location.origin.replace("http", "ws");
        new ChatRelay({ url, WebSocket: Counted, socket: new Counted(url + "/ws", "chatrelay.v1") }).destroy();
        window.chat = new ChatRelay({ url: url + "/nothing", WebSocket: Counted });
        chat.connect();
    }""")
    server.until(lambda: server.page.evaluate("fetches") == 1)
    server.run("destroy()")
    server.until(lambda: server.page.evaluate(LEFT) == NOTHING)


WORKER = """
import { ChatRelay } from "./chatrelay.js";
const chat = new ChatRelay({ name: "Worker", rooms: ["lobby"] });
const lobby = chat.room("lobby");
chat.connect();
const { own } = await lobby.send("Hello from a worker");
const { messages } = await lobby.history({ limit: 1 });
chat.destroy();
postMessage([own, messages.map(({ text }) => text), chat.state.state, typeof document]);
"""


def test_it_runs_in_a_worker(browser, site):
    """Under the policy of the site."""
    (site.directory / "html" / "worker.js").write_text(WORKER)
    page = browser.new_page()
    page.goto(site.url + "/no-such-page")
    answer = page.evaluate("""() => new Promise((resolve, reject) => {
        const policy = trustedTypes.createPolicy("chatrelay-worker", { createScriptURL: (url) => url });
        const worker = new Worker(policy.createScriptURL("/worker.js"), { type: "module" });
        worker.onmessage = ({ data }) => resolve(data);
        worker.onerror = ({ message }) => reject(new Error(message ?? "The worker does not start."));
    })""")
    page.close()
    assert answer == [True, ["Hello from a worker"], "closed", "undefined"]
