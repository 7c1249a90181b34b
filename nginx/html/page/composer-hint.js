// The line below the message input: an error, what the server refuses, the bytes that are left, or how to send.

import { $, announce } from "./dom.js";
import { t } from "./i18n.js";
import { muteNodes } from "./sanctions.js";

/** The hint shows the remaining bytes when fewer than this are left. */
const WARN_BYTES = 200;

export class ComposerHint {
    #hint = $("composer-hint");
    #input;
    #wasTooLong = false;

    constructor(input) {
        this.#input = input;
    }

    /**
     * @param {{left: number, mute?: object, error?: (string | Node)[], note?: string, isTouch: boolean}} state `left`: bytes;
     *   `error`: what is wrong with the text, apart from its length; `note`: an answer to a command
     */
    show({ left, mute, error, note, isTouch }) {
        const isTooLong = left < 0;
        const keys = isTouch ? "" : t("composerHint");
        const isInvalid = isTooLong || error !== undefined;
        this.#hint.role = !isTooLong && error ? "alert" : null;
        this.#hint.replaceChildren(...isTooLong ? [t("tooLong", { n: -left })] : error ?? (mute ? muteNodes(mute)
            : [note ?? (left < WARN_BYTES ? t("bytesLeft", { n: left }) : keys)]));
        this.#hint.classList.toggle("error", isInvalid || mute !== undefined);
        this.#hint.classList.toggle("keys", this.#hint.textContent === keys);
        if (isInvalid) this.#input.setAttribute("aria-invalid", "true");
        else this.#input.removeAttribute("aria-invalid");
        // Once, and not for each byte.
        if (isTooLong && !this.#wasTooLong) announce(t("tooLong", { n: -left }));
        this.#wasTooLong = isTooLong;
    }
}
