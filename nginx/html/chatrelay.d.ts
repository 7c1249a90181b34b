// The types of chatrelay.js, and its documentation. PROTOCOL.md of Chatrelay specifies what the events mean on the wire.

/** The syntax of a room name. */
export const ROOM_NAME: RegExp;
/** The syntax of a token of Chatrelay's own. */
export const TOKEN: RegExp;

/** A room, or a user by the id or by the name. Ids stay when names change, so they are better. */
export type Place = RoomPlace | UserPlace | NamePlace;
export interface RoomPlace { room: string; user?: undefined; with?: undefined }
export interface UserPlace { user: number; room?: undefined; with?: undefined }
export interface NamePlace { with: string; room?: undefined; user?: undefined }
/** All that this user may read. */
export interface Everything { room?: undefined; user?: undefined; with?: undefined }

/** Where the token and the pending messages are kept. Values are JSON; `undefined` removes the key. */
export interface ChatStorage {
    /** The value of the key, or undefined. */
    get(key: string): unknown;
    /** Keeps a value, or with `undefined` forgets it. */
    set(key: string, value: unknown): void;
    /** All keys that begin with `prefix`, sorted. */
    keys(prefix: string): string[];
}

/** A class of WebSockets: that of browsers, or one like it. */
export interface WebSocketClass {
    new (url: string, protocol: string): {
        readonly readyState: number;
        onopen: any;
        onmessage: any;
        onclose: any;
        onerror: any;
        send(data: string): void;
        close(): void;
    };
}

export interface ChatRelayOptions {
    /**
     * The URL of the WebSocket, such as "wss://chat.example.org/ws". Default: `ws` in the folder from which a page has loaded
     * chatrelay.js. In Node and in bundles it has to be given.
     */
    url?: string | URL;
    /** The name that a new user asks for. Default: the server assigns one. */
    name?: string;
    /** What the user's list of devices calls this one, such as "Firefox on Android". */
    label?: string;
    /** Rooms to join at the first connection, created if they are missing. Default: the server's default room. */
    rooms?: string[];
    /**
     * Gives the signed token (JWT) that says who this user is, for servers with `--token-key`. It is called for each connection; when
     * the token has expired, the library connects again at once. If it throws, the state is "offline" with the error's text as
     * the reason, and it is called again later.
     */
    token?: () => string | Promise<string>;
    /** Where the token and the pending messages are kept. Default: localStorage; where there is none (Node, workers), memory. */
    storage?: ChatStorage;
    /** The class of WebSockets. Default: the global one, which Node has from version 22 on. For Node 20: that of the package ws. */
    WebSocket?: WebSocketClass;
    /** A WebSocket to `url` with the subprotocol chatrelay.v1 that is opening already, to save time. */
    socket?: object;
}

/** When a promise is rejected with the code "timeout". */
export interface TimeoutOption {
    /** In ms; `Infinity` for never. Default: 20 seconds. */
    timeout?: number;
}
export interface SendOptions {
    /** The `seq` of the message that this one answers. */
    re?: number;
}
export interface PrivateOptions extends SendOptions {
    /** The name of the user with the id, for `pending`. */
    name?: string;
}
export interface JoinOptions {
    /** Whether a room that is missing is created. Default: false. */
    create?: boolean;
}
export interface PageOptions {
    /** Only messages below this sequence number. Default: the newest. */
    before?: number;
    /** The most messages: 1 to 100. Default: 50. */
    limit?: number;
}
export interface Topic {
    /** A name of the room for people, of at most 64 characters; empty for none. */
    title?: string;
    /** At most 250 characters; empty for none. */
    topic?: string;
}

/** The server's limits. */
export interface Limits {
    /** The longest text of a message, in bytes of UTF-8. */
    text: number;
    /** The longest name, in characters. */
    name: number;
    /** The rooms that a client can be in. */
    rooms: number;
    /** Commands a second; 0: no limit. */
    rate: number;
    /** Commands at once. */
    burst: number;
    /** For how many minutes a message can be edited or deleted; 0: not at all. */
    edit?: number;
}

// Events

/** An event of a client or of a room. */
export interface ChatEvent<Detail> extends Event {
    readonly detail: Detail;
}

export interface State {
    /**
     * "offline": the library reconnects at `retryAt`. "closed": it does not, until connect(). After `code` 4201 (banned) nobody should
     * try; after 4202 (this device was signed out) and 4299 (another tab became another user) make a new client.
     */
    state: "connecting" | "online" | "offline" | "closed";
    /** The close code (PROTOCOL.md). */
    code?: number;
    /** For people. */
    reason?: string;
    /** Of "offline": ms since 1970. */
    retryAt?: number;
    /**
     * Why the handshake fails, if HTTP tells it. "login": a login is required. "refused": with the `status` and the server's
     * `reason`. "blocked": the server answers, but something between lets no WebSocket through.
     */
    cause?: "login" | "refused" | "blocked";
    /** An HTTP status. */
    status?: number;
}
export interface Welcome {
    type: "welcome";
    name: string;
    user: number;
    token?: string;
    status?: string;
    ledger: string;
    seq: number;
    rooms: string[];
    limits: Partial<Limits>;
    /** The name that the client requested, if the server did not know the user. If it is not `name`, it was not available. */
    asked?: string;
    /** The server has a new ledger: all earlier sequence numbers are void. */
    anew: boolean;
}
export interface Reaction {
    emoji: string;
    /** The ids of those who reacted with it. */
    users: number[];
}
interface AnyMessage {
    /** The number in the one order of all messages. */
    seq: number;
    id: string;
    from: string;
    /** The id of the sender. */
    user: number;
    text: string;
    /** The server's time in ms since 1970. */
    at: number;
    /** The `seq` of the message that this one answers. */
    re?: number;
    /** The sender is a bot. */
    bot?: true;
    /** When it was edited last. */
    edited?: number;
    reactions?: Reaction[];
    /** Whether this user sent it. */
    own: boolean;
}
export interface Message extends AnyMessage {
    type: "message";
    room: string;
    /** The ids of the users whom the text names. */
    mentions?: number[];
    /** The text names everybody who is there. */
    here?: true;
}
export interface PrivateMessage extends AnyMessage {
    type: "private";
    to: string;
    /** The id of the recipient. */
    peer: number;
    /** One of the two is no longer a user. */
    gone?: true;
}
interface Change {
    /** Missing where the event replaces the answer to a repeated change, as are `room` and `peer`. */
    seq?: number;
    id?: string;
    /** The `seq` of the message. A client that does not have it ignores the event. */
    message: number;
    room?: string;
    from?: string;
    user?: number;
    to?: string;
    peer?: number;
    /** Whether this user made the change. */
    own?: boolean;
}
export interface Edited extends Change { type: "edited"; text: string; at: number }
export interface Deleted extends Change { type: "deleted" }
export interface ReactionEvent extends Change { type: "reaction"; emoji: string; on: boolean }
export interface History {
    type: "history";
    room?: string;
    with?: string;
    user?: number;
    /** As requested; of promises without it the event has a number above all messages. */
    before?: number;
    messages: (Message | PrivateMessage)[];
    /** There are older messages. */
    more: boolean;
    /** Messages may be missing between these and the earlier ones. */
    gap?: boolean;
}
export interface Found {
    type: "found";
    text: string;
    room?: string;
    with?: string;
    user?: number;
    before?: number;
    /** The newest first. */
    messages: (Message | PrivateMessage)[];
    more: boolean;
    /** The search would take too long: `before` of the next part. */
    next?: number;
}
/** A message that is not acknowledged yet. A `message` or `private` with this id settles it, live or in a `history`. */
export interface Pending {
    id: string;
    room?: string;
    /** The name or the id of the recipient. */
    to?: string | number;
    name?: string;
    text: string;
    re?: number;
    at: number;
    /** "failed": the server refused it for good; see retry() and discard(). */
    status: "pending" | "failed";
    /**
     * That of the server's error. Of a pending one "try-again": the server can't store it at the moment. Of a failed one also "left": this user
     * left the room, and "other-user": this browser became another user.
     */
    code?: string;
}
/** A change of a message that is not acknowledged yet. */
export interface PendingChange {
    id: string;
    type: "edit" | "delete" | "react";
    message: number;
    text?: string;
    emoji?: string;
    on?: boolean;
    at: number;
}
/** An error of the server. */
export interface ErrorEvent {
    type: "error";
    /** PROTOCOL.md, “Errors”. */
    code: string;
    /** For people. */
    message: string;
    id?: string;
    room?: string;
    user?: number;
    with?: string;
    proposal?: string;
    retry?: number;
    until?: number;
    command?: string;
}
export interface Joined { type: "joined"; room: string; users: number; title?: string; topic?: string }
export interface Left { type: "left"; room: string }
export interface Renamed { type: "renamed"; name: string }
export interface TopicEvent { type: "topic"; seq: number; id: string; room: string; from: string; user: number; title: string; topic: string; at: number }
/** The answer to a topic that is set already. */
export interface Ack { type: "ack"; id: string; seq: number }
export interface RoomList {
    type: "rooms";
    rooms: { room: string; users: number; title?: string; topic?: string }[];
    /** How many rooms are left out. */
    more: number;
}
export interface RoomMembers {
    type: "who";
    room: string;
    names: string[];
    /** In the order of `names`. */
    ids: number[];
    away?: number[];
    bots?: number[];
    statuses?: { user: number; status: string }[];
    users: number;
    /** How many members are left out. */
    more: number;
}
export interface UserPresence {
    type: "who";
    room?: undefined;
    with: string;
    user: number;
    online: boolean;
    away?: boolean;
    bot?: boolean;
    status?: string;
    /** When the user was last there, in ms since 1970. */
    seen?: number;
}
export interface Presence { type: "presence"; user: number; name: string; away: boolean; status?: string; own: boolean }
export interface Typing { type: "typing"; room: string; from: string; user: number }
/** What another client in the room has passed to signal(). It is the input of a stranger. */
export interface Signal<Data = unknown> { type: "signal"; room: string; from: string; user: number; data: Data; at: number }
/** What happened in a room, or an announcement to everybody. */
export interface SystemEvent {
    type: "system";
    event: "joined" | "left" | "renamed" | "count" | "announcement";
    room?: string;
    name?: string;
    user?: number;
    /** The former name. */
    was?: string;
    /** The number of members. */
    users?: number;
    text?: string;
    seq?: number;
    away?: boolean;
    bot?: boolean;
    status?: string;
    at: number;
}
export interface Read { type: "read"; seq: number; room?: string; with?: string; user?: number; upto: number }
export interface Reads { type: "reads"; positions: { room?: string; with?: string; user?: number; upto: number }[] }
export interface Device { device: number; created: number; seen: number; label?: string; online: number; here?: true }
export interface Devices { type: "devices"; devices: Device[]; recovery: boolean }
export interface SignedOut { type: "signed-out"; devices: number[] }
export interface Link { type: "link"; code: string; until: number }
export interface Recovery { type: "recovery"; code: string }
/** Of signIn(). "accepted": this client is closed, make a new one. "refused": nothing has changed. */
export interface SignIn {
    state: "connecting" | "offline" | "accepted" | "refused";
    code?: string | number;
    message?: string;
    reason?: string;
    retryAt?: number;
}

/** The events of a room. */
export interface RoomEvents {
    /** Each once, and missed messages first. */
    message: Message;
    edited: Edited;
    deleted: Deleted;
    reaction: ReactionEvent;
    topic: TopicEvent;
    history: History;
    found: Found;
    pending: Pending;
    /** One with the `id` of a change ends it, except "try-again" and "rate-limited": these are sent again. */
    error: ErrorEvent;
    joined: Joined;
    left: Left;
    system: SystemEvent;
    typing: Typing;
    signal: Signal;
    who: RoomMembers | UserPresence;
    read: Read;
}
/** The events of a client. */
export interface ChatRelayEvents extends RoomEvents {
    state: State;
    welcome: Welcome;
    private: PrivateMessage;
    renamed: Renamed;
    ack: Ack;
    presence: Presence;
    rooms: RoomList;
    reads: Reads;
    devices: Devices;
    "signed-out": SignedOut;
    link: Link;
    recovery: Recovery;
    "sign-in": SignIn;
}

export type ListenerOptions = boolean | { capture?: boolean; once?: boolean; passive?: boolean; signal?: AbortSignal };

/** Why a promise is rejected. */
export class ChatRelayError extends Error {
    constructor(code: string, message: string, fields?: object);
    /**
     * That of the server's error (PROTOCOL.md), or "timeout"; "closed", with the `closeCode`; "destroyed"; "discarded"; "deleted": the message was
     * stored, and deleted since; or that of a failed message (`Pending`).
     */
    readonly code: string;
    /** Of the message. After "timeout" and "closed" it is still in `pending`, and sent again, until discard(). */
    readonly id?: string;
    readonly room?: string;
    readonly user?: number;
    readonly with?: string;
    /** With "closed". */
    readonly closeCode?: number;
    /** With "name-taken": a name that is free. */
    readonly proposal?: string;
    /** With "muted": the end, in ms since 1970. */
    readonly until?: number;
}

/**
 * The methods of a client as promises of their answers, which are rejected with a ChatRelayError. Requests wait for the connection and for their room,
 * and are repeated over lost connections and after temporary errors, until the time-out.
 */
export interface ChatRelayPromises {
    /** Connects; the promise waits until the client is online. After a time-out the client goes on trying. */
    connect(options?: TimeoutOption): Promise<Welcome>;
    /** Sends a message to a room. The promise waits until the server has stored it. */
    send(room: string, text: string, options?: SendOptions & TimeoutOption): Promise<Message>;
    /** Sends a private message to a user, by the name or the id. */
    sendPrivate(to: string | number, text: string, options?: PrivateOptions & TimeoutOption): Promise<PrivateMessage>;
    /** Replaces the text of an own message. */
    edit(seq: number, text: string, options?: TimeoutOption): Promise<Edited>;
    /** Deletes an own message. */
    remove(seq: number, options?: TimeoutOption): Promise<Deleted>;
    /** Adds a reaction, or takes it back. */
    react(seq: number, emoji: string, on?: boolean, options?: TimeoutOption): Promise<ReactionEvent>;
    /** Joins a room. */
    join(room: string, options?: JoinOptions & TimeoutOption): Promise<Joined>;
    /** Leaves a room. */
    leave(room: string, options?: TimeoutOption): Promise<Left>;
    /** Gives a room a title, a topic, or both. */
    setTopic(room: string, fields: Topic, options?: TimeoutOption): Promise<TopicEvent | Ack>;
    /** Stored messages: of a room, of a conversation, or all private ones. */
    history(target?: Place | Everything, options?: PageOptions & TimeoutOption): Promise<History>;
    /** Messages that contain all words: of a room, of a conversation, or of everything. */
    search(text: string, options?: (Place | Everything) & PageOptions & TimeoutOption): Promise<Found>;
    /** The members of a room. */
    who(room: string | RoomPlace, options?: TimeoutOption): Promise<RoomMembers>;
    /** Whether a user is there. */
    who(user: UserPlace | NamePlace, options?: TimeoutOption): Promise<UserPresence>;
    /** Takes another name. */
    rename(name: string, options?: TimeoutOption): Promise<Renamed>;
    /** Sets the status line of this user; empty for none. */
    setStatus(text: string, options?: TimeoutOption): Promise<Presence>;
    /** The rooms of the server. */
    list(options?: TimeoutOption): Promise<RoomList>;
    /** The devices of this user. */
    devices(options?: TimeoutOption): Promise<Devices>;
    /** A code for another device, which works once and for ten minutes. */
    link(options?: TimeoutOption): Promise<Link>;
    /** A recovery code. The former one becomes void. */
    recovery(options?: TimeoutOption): Promise<Recovery>;
    /** Signs out a device. */
    signOut(which?: { device?: number; all?: boolean }, options?: TimeoutOption): Promise<SignedOut>;
}

/** One room of a client, with the events of this room alone. The promises are those of `ChatRelayPromises`. */
export class Room extends EventTarget {
    private constructor();
    addEventListener<Type extends keyof RoomEvents>(
        type: Type, listener: ((event: ChatEvent<RoomEvents[Type]>) => void) | { handleEvent(event: ChatEvent<RoomEvents[Type]>): void } | null, options?: ListenerOptions): void;
    removeEventListener<Type extends keyof RoomEvents>(
        type: Type, listener: ((event: ChatEvent<RoomEvents[Type]>) => void) | { handleEvent(event: ChatEvent<RoomEvents[Type]>): void } | null, options?: ListenerOptions): void;
    /** The name of the room. */
    get name(): string;
    /** Whether the server has confirmed the room on this connection. */
    get isJoined(): boolean;
    /** Joins the room. */
    join(options?: JoinOptions & TimeoutOption): Promise<Joined>;
    /** Leaves the room. */
    leave(options?: TimeoutOption): Promise<Left>;
    /** Sends a message. The promise waits until the server has stored it. */
    send(text: string, options?: SendOptions & TimeoutOption): Promise<Message>;
    /** Stored messages of the room. */
    history(options?: PageOptions & TimeoutOption): Promise<History>;
    /** Messages of the room that contain all words. */
    search(text: string, options?: PageOptions & TimeoutOption): Promise<Found>;
    /** The members of the room. */
    who(options?: TimeoutOption): Promise<RoomMembers>;
    /** Gives the room a title, a topic, or both. */
    setTopic(fields: Topic, options?: TimeoutOption): Promise<TopicEvent | Ack>;
    /** As ChatRelay.signal(). */
    signal(data: unknown): string | undefined;
    /** Tells the room that this user is typing. May be called on every key press. */
    typing(): void;
    /** This user has seen everything up to `seq`. */
    read(seq: number): void;
    /** How far this user has read, on any device. */
    readUpTo(): number | undefined;
}

/**
 * One session in the chat that survives lost connections. Its methods return at once, and their answers are events; those of `promises`
 * and of rooms return promises. A wrong argument throws a TypeError where it is given.
 *
 * A user has a name, which may change and then belong to somebody else, and a number that stays: `user` and `peer` in events. Texts and names are
 * not escaped: insert them as text, never as HTML.
 */
export class ChatRelay extends EventTarget {
    /** Nothing happens before connect(). */
    constructor(options?: ChatRelayOptions);
    addEventListener<Type extends keyof ChatRelayEvents>(
        type: Type, listener: ((event: ChatEvent<ChatRelayEvents[Type]>) => void) | { handleEvent(event: ChatEvent<ChatRelayEvents[Type]>): void } | null, options?: ListenerOptions): void;
    removeEventListener<Type extends keyof ChatRelayEvents>(
        type: Type, listener: ((event: ChatEvent<ChatRelayEvents[Type]>) => void) | { handleEvent(event: ChatEvent<ChatRelayEvents[Type]>): void } | null, options?: ListenerOptions): void;

    /** The methods as promises of their answers. */
    get promises(): ChatRelayPromises;
    /** The room with this name, the same object each time. It is not joined by that. */
    room(name: string): Room;

    /** The server's limits. Before the first `welcome`, its defaults. */
    get limits(): Limits;
    /** The name of this user, or the requested one. */
    get name(): string | undefined;
    /** The id of this user. Undefined before the first `welcome`. */
    get user(): number | undefined;
    /** The secret that identifies this user. Undefined before the first `welcome`, and for users of a login or of signed tokens. */
    get token(): string | undefined;
    /** The detail of the last `state` event. */
    get state(): State;
    /** The joined and requested rooms. The library joins them again on each new connection. */
    get rooms(): string[];
    /** Whether the server has confirmed the room on this connection. */
    isJoined(room: string): boolean;
    /** The unacknowledged messages, oldest first. Includes those of before a reload. */
    get pending(): Pending[];
    /** The unacknowledged changes of messages, oldest first. */
    get changes(): PendingChange[];
    /** The status line of this user. Undefined for none. */
    get status(): string | undefined;
    /** The server's time minus this client's in ms, as far as events have told it. */
    get clockOffset(): number;

    /** Connects. If a reconnect is scheduled, it happens now. Does nothing after the close codes 4202 and 4299. */
    connect(): void;
    /** Closes the connection. The library does not reconnect until connect(). */
    close(): void;
    /**
     * Ends this client: no connection, timer or listener is left, promises are rejected with "destroyed", and no further event comes. Unacknowledged
     * messages stay in the storage for the next client. Methods that need a connection throw from now on.
     */
    destroy(): void;

    /**
     * Stores the token of another user, for the next client: reload the page. Closes this client and those of other tabs, and discards their
     * pending messages, because they are another user's.
     */
    become(token: string): void;
    /**
     * Makes this browser a device of a known user, with the code of a link or a recovery code. The answer is `sign-in`. Without a code it goes on with
     * the one whose answer was lost by a reload.
     */
    signIn(code?: { link: string } | { recovery: string }): void;
    /** Gives up signIn(). The server may have accepted it already. */
    cancelSignIn(): void;
    /** Whether signIn() has a code of before a reload. */
    get hasUnfinishedSignIn(): boolean;

    /** Requests the devices of this user. Returns false without a connection. */
    devices(): boolean;
    /** Requests a code for another device, which works once and for ten minutes. Returns false without a connection. */
    link(): boolean;
    /** Requests a recovery code. The former one becomes void. Returns false without a connection. */
    recovery(): boolean;
    /** Signs out a device; with `all` all others; without both this one, which is then closed with 4202. Returns false without a connection. */
    signOut(which?: { device?: number; all?: boolean }): boolean;

    /** Sends a message to a room, now or as soon as the room is joined. Returns its id in `pending` and `message`. */
    send(room: string, text: string, options?: SendOptions): string;
    /** Sends a private message to a user, by the name or the id. Returns its id in `pending` and `private`. */
    sendPrivate(to: string | number, text: string, options?: PrivateOptions): string;
    /** Replaces the text of an own message. Changes are sent again until the server answers. Returns the id in `edited` or `error`. */
    edit(seq: number, text: string): string;
    /** Deletes an own message. Returns the id in `deleted` or `error`. */
    remove(seq: number): string;
    /** Adds a reaction, or takes it back. Returns the id in `reaction` or `error`. */
    react(seq: number, emoji: string, on?: boolean): string;
    /** Sends a failed message again, with the same id. */
    retry(id: string): void;
    /** Discards a pending or failed message. The server may have stored it already. */
    discard(id: string): void;

    /** Joins a room. Without a connection the next one joins it, and creates it if it is missing. The answer is `joined`, or `error` with the `room`. */
    join(room: string, options?: JoinOptions): void;
    /** Leaves a room. The answer is `left`. */
    leave(room: string): void;
    /** Takes another name. The answer is `renamed`, or `error`. Without a connection the next one asks for the name. */
    rename(name: string): void;
    /** Tells the room that this user is typing. May be called on every key press. */
    typing(room: string): void;
    /**
     * Passes data to the other clients in the room that are online now, as the event `signal`: a cursor, a move. Any JSON but null, of at most 4 KiB; it is
     * not stored. Returns the id of a possible `error`; undefined if this client is not in the room at the moment.
     */
    signal(room: string, data: unknown): string | undefined;
    /** Says whether nobody is looking at this client. The user is away while all of its clients are. */
    setAway(away: boolean): void;
    /** Sets the status line of this user; empty for none. The answer is `presence`. Returns false without a connection. */
    setStatus(text: string): boolean;
    /** Requests the members of a room, or the presence of a user. The answer is `who`. Returns false without a connection. */
    who(target: string | Place): boolean;
    /** This user has seen everything in the place up to `seq`. The library tells the server in time. */
    read(target: RoomPlace | UserPlace, seq: number): void;
    /** How far this user has read, on any device. */
    readUpTo(target: RoomPlace | UserPlace): number | undefined;
    /** Gives a room a title, a topic, or both. The answer is `topic` or `ack` with the returned id. Returns undefined without a connection. */
    setTopic(room: string, fields: Topic): string | undefined;
    /** Requests the list of rooms. The answer is `rooms`. Returns false without a connection. */
    list(): boolean;
    /** Requests stored messages: of a room, of a conversation, or all private ones. The answer is `history`. Returns false without a connection. */
    history(target?: Place | Everything, options?: PageOptions): boolean;
    /** Searches for messages that contain all words. The answer is `found`. Returns false without a connection. */
    search(text: string, options?: (Place | Everything) & PageOptions): boolean;
}
