// Reloads the page once after an upgrade of the site: its files import each other, and must be of one version. A page of the site's
// version is kept for use without a network.

import { forgetShell, keepShell } from "./offline-shell.js";
import { VERSION } from "./version.js";

const KEY = "chatrelay reloaded for";
const FILE = new URL("version.js", import.meta.url);

/** The version that the site serves now. Undefined if it cannot be read. */
async function servedVersion() {
    try {
        const response = await fetch(FILE, { cache: "no-cache" });
        return response.ok ? (await response.text()).match(/VERSION = "([^"]+)"/)?.[1] : undefined;
    } catch {
        return undefined;
    }
}

/** Compares the versions of this page with each other and with the site's. Reloads at most once for each version. */
export async function reloadIfOutdated() {
    const served = await servedVersion();
    if (served === undefined) return;
    if (served === VERSION && served === document.documentElement.dataset.version) return keepShell();
    try {
        if (sessionStorage.getItem(KEY) === served) return;
        sessionStorage.setItem(KEY, served);
    } catch {
        return;
    }
    await forgetShell();
    location.reload();
}

/** The modules of the page fit together (load-failure.js). */
export function started() {
    document.documentElement.dataset.started = "yes";
    try { sessionStorage.removeItem("chatrelay reloaded"); } catch { /* forbidden */ }
}
