// A session in the chat: the user, the rooms, and the events of the server. Resumes from the last position after a lost
// connection, and emits each message once.

import { CodeSignIn } from "./code-sign-in.js";
import { Connection } from "./connection.js";
import { Handshake } from "./handshake.js";
import { Identity } from "./identity.js";
import { MessageEvents } from "./message-events.js";
import { PendingMessages, isChange } from "./pending-messages.js";
import { Position } from "./position.js";
import { ReadPositions } from "./read-positions.js";
import { SendQueue } from "./send-queue.js";
import { ServerClock } from "./server-clock.js";
import { randomHex } from "./text.js";
import { UnansweredCommands } from "./unanswered-commands.js";

/** The time until a room is joined again after a temporary error without `retry`, in ms. */
const REJOIN_MS = 5_000;
/** The close code of a client whose browser became another user. It is never on the wire. */
const REPLACED = 4299;
/** The close code after which the token of this device is void (PROTOCOL.md). */
const SIGNED_OUT = 4202;
const TEMPORARY_ERRORS = new Set(["try-again", "rate-limited"]);
const DEFAULT_LIMITS = { text: 8192, name: 32, rooms: 16, rate: 10, burst: 50, edit: 1440 };

export class Session {
    #emit;
    #handshake;
    #identity;
    #position = new Position();
    #messages;
    #unanswered = new UnansweredCommands();
    #options;
    #codeSignIn;
    /** A room that nobody is in: to leave it is the cheapest command with an answer. */
    #probeRoom = randomHex(16);

    /** The joined and requested rooms. */
    rooms;
    joined = new Set();
    /** The status line of this user. */
    status;
    /** Whether nobody is looking at this client. */
    #isAway = false;
    /** The id of this user. Undefined before the first `welcome`, and with a server that has no ids. */
    user;
    limits = DEFAULT_LIMITS;
    clock = new ServerClock();

    /** @param {(type: string, detail: object) => void} emit */
    constructor(options, emit) {
        const { name, label, rooms, storage, signedToken } = this.#options = options;
        this.#emit = emit;
        this.#identity = new Identity(storage, () => this.#replaced());
        this.pending = new PendingMessages(storage, this.#identity.id);
        // Pending messages can only be sent to joined rooms.
        const isWaiting = ({ room, status }) => room !== undefined && status === "pending";
        this.rooms = new Set([...rooms, ...this.pending.all.filter(isWaiting).map(({ room }) => room)]);
        this.connection = new Connection(options, {
            opened: () => { if (this.#identity.check()) this.#handshake.opened(); },
            received: (event) => this.#processed(event),
            lost: (code) => this.#lost(code),
            stateChanged: (state) => this.#stateChanged(state),
            probe: () => ({ type: "leave", room: this.#probeRoom }),
        });
        this.#handshake = new Handshake({
            name, label, storage, signedToken, connection: this.connection,
            fields: () => ({ ...(this.rooms.size && { rooms: [...this.rooms], create: true }), ...this.#position.fields, ...(this.#isAway && { away: true }) }),
        });
        this.sendQueue = new SendQueue(this.pending, {
            canSend: (key) => this.#canSend(key),
            maxBytes: () => this.limits.text,
            send: (command) => this.connection.send(command),
            changed: (message) => emit("pending", message),
            refused: (change, code) => this.#giveUp(change, code),
        });
        this.readPositions = new ReadPositions({
            // A server without ids of users knows no positions.
            canSend: ({ room }) => this.user !== undefined && (room === undefined ? this.isOnline : this.joined.has(room)),
            send: (command) => this.connection.send(command, { expectsAnswer: false }),
        });
        this.#messages = new MessageEvents({
            emit, sendQueue: this.sendQueue, position: this.#position, clock: this.clock,
            self: () => ({ name: this.name, user: this.user }),
        });
    }

    /** Whether this browser is another user now, or nobody: only a new client may connect. */
    get isReplaced() { return [REPLACED, SIGNED_OUT].includes(this.connection.state.code); }
    get isOnline() { return this.connection.isWelcome; }

    /** Sends a command that has an answer; again after a crash of the server. @returns {boolean} false if not online */
    request(command) {
        if (!this.isOnline || !this.connection.send(command)) return false;
        this.#unanswered.add(command);
        return true;
    }

    /** The next hello says it, too, and one more command if the server refuses this one for its rate. */
    setAway(away) {
        if (away === this.#isAway) return;
        this.#isAway = away;
        this.#sayAway();
    }

    #sayAway() {
        if (this.isOnline) this.connection.send({ type: "presence", away: this.#isAway });
    }

    destroy() {
        this.#codeSignIn?.destroy();
        this.connection.destroy();
    }

    /** The ledger that sequence numbers belong to. */
    get ledger() { return this.#position.ledger; }
    get name() { return this.#handshake.name; }
    get token() { return this.#handshake.token; }

    /** Stores the token of another user, for the next client. */
    become(token) {
        this.connection.close();
        this.pending.clear();
        // First the user, so that no tab takes the token for its own user's.
        this.#identity.renew();
        this.#handshake.token = token;
    }

    get hasUnfinishedSignIn() { return CodeSignIn.unfinished(this.#options.storage) !== undefined; }

    /** @param {{link?: string, recovery?: string}} [code] default: that of before a reload, whose answer was lost */
    signIn(code = CodeSignIn.unfinished(this.#options.storage)) {
        this.cancelSignIn();
        this.#codeSignIn = new CodeSignIn(this.#options, {
            stateChanged: (state) => this.#emit("sign-in", state),
            settled: ({ token, code: refusal, ...answer }) => {
                if (token !== undefined) this.become(token);
                this.#emit("sign-in", token === undefined ? { ...answer, state: "refused", code: refusal } : { state: "accepted" });
            },
        });
        this.#codeSignIn.start(code, this.#options.label);
    }

    cancelSignIn() {
        this.#codeSignIn?.cancel();
        this.#codeSignIn = undefined;
    }

    /** Requests the name in the next `hello`, or by `rename` after its `welcome`. */
    renameOnConnect(name) { this.#handshake.renameOnConnect(name); }

    /** @param {string} code why messages to the room can't be sent */
    roomLeft(event, code = "left") {
        this.rooms.delete(event.room);
        this.joined.delete(event.room);
        this.sendQueue.roomRefused(event.room, code);
        this.sendQueue.flushAll();
        this.#emit("left", event);
    }

    #stateChanged(state) {
        if (state.state === "closed") this.#identity.unwatch();
        else this.#identity.watch();
        this.#emit("state", state);
    }

    #lost(code) {
        this.joined.clear();
        this.#handshake.connectionLost();
        this.sendQueue.connectionLost(code);
        this.readPositions.connectionLost();
        this.#unanswered.clear();
        if (code !== SIGNED_OUT) return;
        // Whoever this browser is next must not send, nor read, what the user of before wrote.
        if (this.#handshake.forgetToken()) {
            this.#identity.renew();
            this.#disown({ erase: true });
        } else this.#disown();
    }

    /** This browser is another user now: this client ends, so that nothing that one user wrote is sent as the other. */
    #replaced() {
        this.#disown();
        this.connection.close(this.#handshake.isSignedOut ? SIGNED_OUT : REPLACED, "");
    }

    #disown(options) {
        for (const message of this.pending.disown(options)) {
            if (isChange(message)) this.#giveUp(message, "other-user");
            else this.#emit("pending", message);
        }
    }

    /** The server crashed, and its successor kept the connection but not the session. The state stays "online". */
    #resync({ again }) {
        if (!this.#identity.check()) return;
        this.joined.clear();
        this.sendQueue.connectionLost();
        this.readPositions.connectionLost();
        this.connection.resync();
        this.#handshake.resync(again);
    }

    #processed(event) {
        // Others' presence answers nothing.
        if (event.type !== "presence" || event.user === this.user) this.#unanswered.received(event);
        this.#received(event);
        this.#position.processed(event);
        this.clock.received(event, this.#position.isLive);
    }

    #received(event) {
        switch (event.type) {
            case "welcome": return this.#welcomed(event);
            case "joined": return this.#roomJoined(event);
            case "left": return event.room === this.#probeRoom ? undefined : this.roomLeft(event);
            case "message": case "private": case "edited": case "reaction": return this.#messages.received(event);
            case "deleted": return this.#messages.received(event);
            case "history": case "found": return this.#messages.pageReceived(event);
            case "ack": this.#messages.acknowledged(event); break;
            case "error": return this.#errorReceived(event);
            case "typing": if (event.user === undefined ? event.from === this.name : event.user === this.user) return; break;
            case "presence":
                if (event.user === this.user) this.status = event.status;
                return this.#emit("presence", { ...event, own: event.user === this.user });
            case "renamed": this.#handshake.name = event.name; break;
            case "read": case "reads": this.readPositions.received(event); break;
            case "system":
                if (event.event === "restart") return this.#resync(event);
                if (event.seq !== undefined && !this.#position.markSeen(event.seq)) return;
                break;
            case "topic": if (!this.#position.markSeen(event.seq)) return; break;
            case "who": case "rooms": case "devices": case "signed-out": case "link": case "recovery": case "signal": break;
            default: return; // an event of a later version
        }
        this.#emit(event.type, event);
    }

    #welcomed(welcome) {
        if (!this.#identity.check()) return;
        const asked = this.#handshake.welcomed(welcome);
        // A proxy or a signed token says who the user is.
        if (this.token === undefined) {
            if (!this.#identity.loggedIn(this.#handshake.subject ?? welcome.name)) return this.#replaced();
            this.pending.adopt(this.#identity.id);
        }
        this.clock.restart();
        this.limits = { ...DEFAULT_LIMITS, ...welcome.limits };
        this.user = welcome.user;
        this.status = welcome.status;
        const anew = this.#position.welcomed(welcome, [...this.rooms]);
        const isVoid = ({ ledger = welcome.ledger }) => anew || ledger !== welcome.ledger;
        for (const change of this.pending.changes.filter(isVoid)) this.sendQueue.giveUp(change, "no-such-message");
        if (anew) this.readPositions.clear();
        // Those of before a crash of the server, without those that the listeners of the events request.
        const unanswered = this.#unanswered.all;
        this.#emit("welcome", { ...welcome, asked, anew });
        this.connection.welcomed();
        for (const command of unanswered) this.connection.send(command);
        const name = this.#handshake.takeNameToRequest();
        if (name !== undefined) this.request({ type: "rename", name });
        this.readPositions.flushAll();
        if (!this.#handshake.hadRooms) for (const room of this.rooms) this.request({ type: "join", room, create: true });
        this.sendQueue.flushAll();
    }

    #roomJoined(event) {
        this.rooms.add(event.room);
        this.joined.add(event.room);
        this.#emit("joined", event);
        this.readPositions.flushAll();
        this.sendQueue.flushAll();
    }

    /** A change does not say which room its message is in, so all have to be joined. */
    #canSend(key) {
        if (!key.startsWith("#")) return key.startsWith("@") ? this.isOnline : this.joined.has(key);
        return this.isOnline && [...this.rooms].every((room) => this.joined.has(room));
    }

    #giveUp({ id, message }, code) { this.#emit("error", { type: "error", code, id, message: `The message ${message} is not changed.` }); }

    #errorReceived(error) {
        const { id, room, code, retry } = error;
        // It may have been the command.
        if (this.isOnline && id === undefined && code === "rate-limited") this.connection.setTimer("away", retry ?? REJOIN_MS, () => this.#sayAway());
        if (id !== undefined) this.sendQueue.refused(error);
        else if (!this.isOnline && room === undefined) return this.#handshake.refused(error);
        else if (room === undefined) this.sendQueue.refusedUnnamed(code);
        if (id === undefined && this.rooms.has(room) && !this.joined.has(room)) {
            if (TEMPORARY_ERRORS.has(code)) this.#joinLater(room, retry);
            else this.roomLeft({ type: "left", room }, code);
        }
        this.#emit("error", error);
    }

    #joinLater(room, ms = REJOIN_MS) {
        this.connection.setTimer(`join ${room}`, ms, () => {
            if (this.rooms.has(room) && !this.joined.has(room)) this.request({ type: "join", room, create: true });
        });
    }
}
