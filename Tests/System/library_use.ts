// How programs use the package: compiled with the strictest settings, and never run. A line after @ts-expect-error must not compile.
import { ChatRelay, ChatRelayError, ROOM_NAME, Room, TOKEN } from "chatrelay";
import type { ChatEvent, ChatStorage, History, Message, Signal, State } from "chatrelay";

const kept = new Map<string, unknown>();
const storage: ChatStorage = {
    get: (key) => kept.get(key),
    set(key, value) { kept.set(key, value); },
    keys: (prefix) => [...kept.keys()].filter((key) => key.startsWith(prefix)).sort(),
};
class Socket {
    readyState = 0;
    onopen = null;
    onmessage = null;
    onclose = null;
    onerror = null;
    constructor(readonly url: string, readonly protocol: string) {}
    send(_: string) {}
    close() {}
}

const chat = new ChatRelay({
    url: "wss://chat.example.org/ws", name: "Ada", label: "A test", rooms: ["lobby"], storage, WebSocket: Socket,
    token: async () => (await Promise.resolve("a.b.c")),
});
new ChatRelay();
new ChatRelay({ url: new URL("ws://localhost/ws"), WebSocket, token: () => "a.b.c" });

chat.addEventListener("state", ({ detail }: ChatEvent<State>) => {
    if (detail.state === "offline" && detail.retryAt !== undefined) console.log(new Date(detail.retryAt), detail.reason);
});
chat.addEventListener("message", ({ detail: { seq, room, from, text, own, mentions = [] } }) => {
    const numbers: number[] = [seq, ...mentions];
    console.log(numbers, room.length, from, text.trim(), own === true);
}, { once: true, signal: new AbortController().signal });
chat.addEventListener("private", ({ detail }) => console.log(detail.to, detail.peer));
chat.addEventListener("signed-out", ({ detail }) => console.log(detail.devices.length));
chat.addEventListener("signal", { handleEvent({ detail }: ChatEvent<Signal>) { console.log(detail.data); } });
const heard = ({ detail }: ChatEvent<Message>) => console.log(detail.text);
const lobby: Room = chat.room("lobby");
lobby.addEventListener("message", heard);
lobby.removeEventListener("message", heard);

async function talk(): Promise<History> {
    await chat.promises.connect({ timeout: 5_000 });
    const { seq, id }: Message = await lobby.send("Hello", { re: 3, timeout: Infinity });
    await chat.promises.sendPrivate(7, "Psst", { name: "Bob" });
    await chat.promises.edit(seq, "Hello!");
    await chat.promises.react(seq, "👍", false);
    lobby.signal({ cursor: [1, 2] });
    const members = await lobby.who();
    const { online } = await chat.promises.who({ user: members.ids[0] ?? 1 });
    const found = await chat.promises.search("hello", { room: "lobby", limit: 10 });
    const texts: string[] = found.messages.map((message) => message.type === "private" ? message.to : message.room);
    console.log(id, online, texts, chat.state.state, chat.user?.toFixed(), chat.pending[0]?.status, ROOM_NAME.test("a"), TOKEN.source);
    return chat.promises.history({ user: 7 }, { before: seq });
}
talk().catch((error) => {
    if (error instanceof ChatRelayError && error.code === "timeout") chat.discard(error.id ?? "");
}).finally(() => chat.destroy());

const id: string = chat.send("lobby", "Hello");
const maybe: string | undefined = chat.setTopic("lobby", { title: "Lobby" });
const asked: boolean = chat.history({ room: "lobby" }, { limit: 5 }) && chat.history() && chat.who("lobby") && chat.list();
console.log(id, maybe, asked);

// @ts-expect-error an option that does not exist
new ChatRelay({ uri: "wss://chat.example.org/ws" });
// @ts-expect-error the rooms are a list
new ChatRelay({ rooms: "lobby" });
// @ts-expect-error a token is not given as it is, because it expires
new ChatRelay({ token: "a.b.c" });
// @ts-expect-error a token is a string
new ChatRelay({ token: async () => 7 });
// @ts-expect-error no such event
chat.addEventListener("mesage", () => {});
// @ts-expect-error a message has no such field
chat.addEventListener("message", ({ detail }) => detail.txt);
// @ts-expect-error an event of the client, not of a room
lobby.addEventListener("state", () => {});
// @ts-expect-error a room is no number
chat.send(7, "Hello");
// @ts-expect-error a room and a user
chat.history({ room: "lobby", user: 7 });
// @ts-expect-error a time-out is a number
lobby.send("Hello", { timeout: "5 s" });
// @ts-expect-error the answer is no string
const wrong: string = lobby.send("Hello");
// @ts-expect-error the state can only be read
chat.state = { state: "online" };
// @ts-expect-error rooms are made by room()
new Room(chat, "lobby");
// @ts-expect-error no private parts
chat.session;
// @ts-expect-error data is needed
chat.signal("lobby");
// @ts-expect-error nor the user's name alone
chat.read("lobby", 3);
