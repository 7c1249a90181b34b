"""nginx/html as the package chatrelay: npm installs it, tsc accepts its types and refuses wrong use, and Node runs it."""

import json
import os
import re
import shutil
import subprocess
from importlib.resources import files
from pathlib import Path

import pytest
from patience import scaled
from website import REPOSITORY

HTML = REPOSITORY / "nginx" / "html"
TYPES = HTML / "chatrelay.d.ts"
#: A Node that a test tool brings.
NODE = str(files("playwright").joinpath("driver", "node"))
#: That of the machine, if it is new enough, and that one, without and with a WebSocket of its own.
NODES = {"machine": ["node"], "without": [NODE, "--no-experimental-websocket"], "with": [NODE]}


def run(*command, **options):
    return subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=scaled(60), **options)


def tool(name):
    return shutil.which(name) or pytest.skip(f"{name} is missing")


def version_of(node):
    """The major version of a Node, 0 without one."""
    return int(run(node, "--version").stdout[1:].partition(".")[0]) if shutil.which(node) else 0


def ws():
    """Debian's package ws, a class of WebSockets for a Node without one."""
    wrapper = Path("/usr/share/nodejs/ws/wrapper.mjs")
    return wrapper if wrapper.exists() else pytest.skip("the Debian package node-ws is missing")


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A folder of a user, with the package in node_modules."""
    folder = tmp_path_factory.mktemp("project")
    (folder / "package.json").write_text('{"name": "user", "type": "module", "private": true}')
    (folder / "node_modules").mkdir()
    (folder / "node_modules" / "chatrelay").symlink_to(HTML)
    return folder


def test_the_package_has_the_version_of_the_program(chatrelay):
    package = json.loads((HTML / "package.json").read_text())
    assert package["version"] == run(chatrelay, "--version").stdout.strip() and package["license"] == "MIT"
    assert "dependencies" not in package


def test_npm_installs_it_without_the_page(tmp_path):
    npm = tool("npm")
    environment = os.environ | {"npm_config_cache": str(tmp_path / "cache"), "npm_config_offline": "true", "npm_config_audit": "false", "npm_config_fund": "false"}
    packed = json.loads(run(npm, "pack", "--json", HTML, cwd=tmp_path, env=environment).stdout)[0]
    names = {file["path"] for file in packed["files"]}
    assert names == {"package.json", "chatrelay.js", "chatrelay.d.ts", *(f"chatrelay/{path.name}" for path in (HTML / "chatrelay").iterdir())}
    (tmp_path / "user").mkdir()
    done = run(npm, "install", tmp_path / packed["filename"], cwd=tmp_path / "user", env=environment)
    assert done.returncode == 0, done.stderr
    script = 'import("chatrelay").then(({ ChatRelay }) => console.log(typeof ChatRelay))'
    assert run(NODE, "--input-type=module", "-e", script, cwd=tmp_path / "user").stdout == "function\n"


def test_tsc_accepts_the_types_and_refuses_wrong_use(project):
    shutil.copy(REPOSITORY / "Tests" / "System" / "library_use.ts", project)
    done = run(tool("tsc"), "--strict", "--noEmit", "--exactOptionalPropertyTypes", "--noUncheckedIndexedAccess", "--noImplicitOverride", "--target", "es2022",
               "--module", "node16", "--moduleResolution", "node16", "--lib", "es2022,dom", "library_use.ts", cwd=project)
    assert done.returncode == 0, done.stdout


# The public names of the package as it runs: of the module, and of its classes.
NAMES = """
import * as chatrelay from "chatrelay";
const { ChatRelay, Room } = chatrelay;
const chat = new ChatRelay({ url: "ws://localhost/ws", WebSocket: class {} });
const names = (object) => object === EventTarget.prototype || object === Object.prototype ? [] :
    [...Object.getOwnPropertyNames(object), ...names(Object.getPrototypeOf(object))];
const members = (object) => [...new Set(names(object))].filter((name) => name !== "constructor").sort();
console.log(JSON.stringify({ "": Object.keys(chatrelay).sort(), ChatRelay: members(chat), Room: members(chat.room("lobby")), ChatRelayPromises: members(chat.promises) }));
"""


def declared(types, name):
    """The members of a class or an interface in the declarations, and those without documentation."""
    body, = re.findall(rf"^export (?:class|interface) {name}\b[^{{]*{{\n(.*?)^}}", types, re.M | re.S)
    members = re.findall(r"^    (?:get )?(?:readonly )?(\w+)\b[^\n]*", body, re.M)
    documented = re.findall(r"\*/\n    (?:get )?(\w+)", body)
    ours = {each for each in members if each not in ("private", "constructor", "addEventListener", "removeEventListener")}
    return sorted(ours), sorted(ours - set(documented))


def test_everything_public_is_declared_and_documented(project):
    (project / "names.js").write_text(NAMES)
    done = run(NODE, "names.js", cwd=project)
    assert done.returncode == 0, done.stderr
    types = TYPES.read_text()
    for name, members in json.loads(done.stdout).items():
        if name == "":
            assert sorted(re.findall(r"^export (?:class|const) (\w+)", types, re.M)) == members
        else:
            assert declared(types, name) == (members, []), name
    # All events that the library emits.
    emitted = set(re.findall(r'case "([a-z-]+)":', (HTML / "chatrelay" / "session.js").read_text())) - {"error"}
    events = re.findall(r'^    "?([a-z-]+)"?: \w', "".join(re.findall(r"^export interface \w+Events [^{]*{\n(.*?)^}", types, re.M | re.S)), re.M)
    assert emitted <= set(events) and len(events) == len(set(events))
    options = set(re.findall(r"^    (\w+)\?:", re.search(r"^export interface ChatRelayOptions {\n(.*?)^}", types, re.M | re.S)[1], re.M))
    constructor = re.search(r"    constructor\({(.*?)} = {}\)", (HTML / "chatrelay" / "client.js").read_text(), re.S)[1]
    assert options == set(re.findall(r"\b(url|socket|name|label|rooms|token|storage|WebSocket)\b(?= =|,)", constructor))


# Prints what an import leaves, and what the library says without a WebSocket. Then two clients talk.
TALK = """
const globals = () => Object.getOwnPropertyNames(globalThis).sort().join();
const before = [globals(), process.listenerCount("exit"), process.getActiveResourcesInfo().filter((each) => each === "Timeout").length];
const { ChatRelay } = await import("chatrelay");
const after = [globals(), process.listenerCount("exit"), process.getActiveResourcesInfo().filter((each) => each === "Timeout").length];
const url = process.argv[2];
const { WebSocket } = globalThis.WebSocket ? globalThis : await import(process.argv[3]);
let refused = "";
if (!globalThis.WebSocket) try { new ChatRelay({ url }); } catch (error) { refused = error.message; }
let place = "";
try { new ChatRelay({ WebSocket }); } catch (error) { place = error.message; }
const kept = new Map();
const storage = { get: (key) => kept.get(key), set: (key, value) => value === undefined ? kept.delete(key) : kept.set(key, value), keys: (prefix) => [...kept.keys()].filter((key) => key.startsWith(prefix)).sort() };
const ada = new ChatRelay({ url, name: "Ada", rooms: ["lobby"], WebSocket, storage });
const bob = new ChatRelay({ url, name: "Bob", rooms: ["lobby"], WebSocket });
const heard = new Promise((resolve) => bob.room("lobby").addEventListener("message", ({ detail }) => resolve(detail.text)));
ada.connect();
await bob.promises.connect();
await ada.room("lobby").send("Hello, Bob");
const { messages } = await bob.room("lobby").history({ limit: 5 });
const found = await ada.promises.search("hello", { room: "lobby" });
const who = await bob.room("lobby").who();
const note = await ada.promises.sendPrivate(bob.user, "Psst");
const edited = await ada.promises.edit(messages[0].seq, "Hello, Bob!");
const attic = await ada.room("attic").join({ create: true });
const rooms = await ada.promises.list();
const refusedJoin = await bob.room("cellar").join().catch(({ code }) => code);
const refusedSend = await bob.room("attic").history().catch(({ code }) => code);
const topic = await bob.room("lobby").setTopic({ topic: "Tea" });
const status = await bob.promises.setStatus("Out");
const devices = await bob.promises.devices();
const gone = await ada.promises.remove(messages[0].seq);
// Nothing listens there: no error that nobody handles.
const nowhere = new ChatRelay({ url: "ws://127.0.0.1:1/ws", WebSocket });
const timeout = await nowhere.promises.connect({ timeout: 300 }).catch(({ code }) => code);
console.log(JSON.stringify({
    leaves: before.join() === after.join(), refused, place, heard: await heard, history: messages.map(({ text }) => text), found: found.messages.length,
    who: who.names, to: note.to, edited: edited.text, attic: attic.room, rooms: rooms.rooms.map(({ room }) => room), refusedJoin, refusedSend, topic: topic.topic,
    status: status.status, devices: devices.devices.length, gone: gone.message === messages[0].seq, timeout, kept: [...kept.keys()],
}));
// Without a destroyed client, Node would not end.
for (const chat of [ada, bob, nowhere]) chat.destroy();
"""

@pytest.mark.parametrize("node", NODES)
def test_it_runs_in_node(project, site, node):
    if version_of(NODES[node][0]) < 20:
        pytest.skip("this machine has no Node 20")
    (project / "client.js").write_text(TALK)
    done = run(*NODES[node], "client.js", site.url.replace("http", "ws") + "/ws", ws(), cwd=project)
    assert done.stdout and done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert (answer["refused"] == "") == (node == "with" or version_of(NODES[node][0]) >= 22 and node == "machine")
    if answer["refused"]:
        assert "There is no WebSocket here" in answer["refused"] and "the package ws" in answer["refused"]
    assert "Give the url of the chat" in answer.pop("place")
    del answer["refused"]
    assert answer == {
        "leaves": True, "heard": "Hello, Bob", "history": ["Hello, Bob"], "found": 1, "who": ["Ada", "Bob"], "to": "Bob", "edited": "Hello, Bob!", "attic": "attic",
        "rooms": ["attic", "lobby"], "refusedJoin": "no-such-room", "refusedSend": "not-in-room", "topic": "Tea", "status": "Out", "devices": 1, "gone": True,
        "timeout": "timeout", "kept": ["token"]}


SIGNED = """
import { createHmac } from "node:crypto";
import { ChatRelay } from "chatrelay";
const [url, secret, ws] = process.argv.slice(2);
const { WebSocket } = globalThis.WebSocket ? globalThis : await import(ws);
const encode = (data) => Buffer.from(JSON.stringify(data)).toString("base64url");
function sign(claims) {
    const text = `${encode({ alg: "HS256" })}.${encode(claims)}`;
    return `${text}.${createHmac("sha256", secret).update(text).digest("base64url")}`;
}
// The server accepts a token for a minute longer. The first one ends in seven seconds, and the next lasts.
const ends = [-53, 3600];
let asked = 0;
const token = async () => sign({ sub: "site-7", name: "Ada", exp: Math.floor(Date.now() / 1000) + ends[Math.min(asked++, 1)] });
const ada = new ChatRelay({ url, token, WebSocket, rooms: ["lobby"] });
const bob = new ChatRelay({ url, name: "Bob", WebSocket, rooms: ["lobby"] });
const states = [];
ada.addEventListener("state", ({ detail: { state, code, retryAt } }) => states.push([state, code, retryAt && Math.round((retryAt - Date.now()) / 100)]));
const next = (target, type) => new Promise((resolve) => target.addEventListener(type, ({ detail }) => resolve(detail), { once: true }));
const first = await ada.promises.connect();
await bob.promises.connect();
await bob.room("lobby").who();
const signal = next(bob.room("lobby"), "signal");
ada.signal("lobby", { cursor: [1, 2] });
const { from, data } = await signal;
while (!states.some(([state]) => state === "offline")) await next(ada, "state");
const missed = next(ada.room("lobby"), "message");
await bob.room("lobby").send("While you were away");
const { text } = await missed;
const again = await ada.promises.connect();
const refused = new ChatRelay({ url, token: () => "no.token.this", WebSocket });
const reason = new Promise((resolve) => refused.addEventListener("state", ({ detail }) => { if (detail.reason) resolve(detail.reason); }));
refused.connect();
console.log(JSON.stringify({ name: first.name, same: first.user === again.user, asked, states, from, data, text, reason: await reason, token: ada.token ?? "none" }));
for (const chat of [ada, bob, refused]) chat.destroy();
"""


def test_signed_tokens_and_signals_with_the_daemon(project, chatrelay, sites, tmp_path):
    if "--token-key" not in run(chatrelay, "serve", "--help").stdout:
        pytest.skip("this program has no signed tokens")
    secret = "0123456789abcdef" * 4
    key = tmp_path / "token.key"
    key.write_text(secret)
    key.chmod(0o640)
    site = sites("--token-key", key, "--identity", "token")
    (project / "signed.js").write_text(SIGNED)
    done = run(NODE, "signed.js", site.url.replace("http", "ws") + "/ws", secret, ws(), cwd=project)
    assert done.stdout, done.stderr
    answer = json.loads(done.stdout)
    assert answer.pop("states") == [["connecting", None, None], ["online", None, None], ["offline", 4001, 0], ["connecting", None, None], ["online", None, None]]
    assert answer.pop("reason")
    assert answer == {"name": "Ada", "same": True, "asked": 2, "from": "Ada", "data": {"cursor": [1, 2]}, "text": "While you were away", "token": "none"}
