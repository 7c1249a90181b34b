// Why a promise of the library is rejected.

/**
 * `code` is that of the server's error (PROTOCOL.md), or of the library: "timeout", "closed" (with the `closeCode`), "destroyed",
 * "discarded", "deleted", or one of a failed message (`pending` in chatrelay.d.ts).
 */
export class ChatRelayError extends Error {
    /** @param {object} [fields] further ones, such as `id`, `room`, `until` */
    constructor(code, message, { type, code: _, message: __, ...fields } = {}) {
        super(message);
        Object.assign(this, { name: "ChatRelayError", code, ...fields });
    }
}

/** @param {{code?: number, reason?: string}} state a `closed` one */
export const closedError = ({ code, reason }, fields) => new ChatRelayError("closed", reason || "The connection is closed.", { closeCode: code, ...fields });
export const destroyedError = (fields) => new ChatRelayError("destroyed", "This client is destroyed: make a new one.", fields);
export const timeoutError = (ms, fields) => new ChatRelayError("timeout", `There is no answer within ${ms} ms.`, fields);
