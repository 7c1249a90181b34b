// Keeps the files of this page for service-worker.js, which opens it without a network. Only what a page of the site's version has
// loaded is kept, so all files fit together, and a login page is never among them.

import { INSTANCE } from "./instance.js";
import { VERSION } from "./version.js";

const SHELLS = `chatrelay ${INSTANCE} shell `;
const WORKER = new URL("service-worker.js", INSTANCE).href;
/** The page works first, and keeps its files then (ms). */
const DELAY_MS = 3_000;
let isScheduled = false;

/** Browsers offer both only over HTTPS, and on this machine. They throw in a frame that may store nothing. */
function isOffered() {
    try { return Boolean(navigator.serviceWorker && globalThis.caches); } catch { return false; }
}

/** The page is online, and of the version that the site serves. */
export function keepShell() {
    if (isScheduled || !isOffered()) return;
    isScheduled = true;
    setTimeout(() => keep().catch((error) => console.warn("The page is not kept for use without a network:", error)), DELAY_MS);
}

/** The site has another version: a reload must not open this one again. */
export async function forgetShell() {
    if (!isOffered()) return;
    try {
        for (const name of await caches.keys()) if (name.startsWith(SHELLS)) await caches.delete(name);
    } catch { /* forbidden */ }
}

async function keep() {
    // The only policy of Trusted Types, which makes no other address.
    const policy = globalThis.trustedTypes?.createPolicy("chatrelay-worker", { createScriptURL: () => WORKER });
    if (!await navigator.serviceWorker.register(policy ? policy.createScriptURL("") : WORKER)) return;
    const name = SHELLS + VERSION;
    if (await (await caches.open(name)).match(INSTANCE)) return;
    try {
        await fill(await caches.open(name));
    } catch (error) {
        await caches.delete(name);
        throw error;
    }
    for (const other of await caches.keys()) if (other.startsWith(SHELLS) && other !== name) await caches.delete(other);
}

/** The page is the last file, so a cache that has it is complete. */
async function fill(cache) {
    const isOurs = ({ name, initiatorType }) => name.startsWith(INSTANCE) && !["fetch", "xmlhttprequest", "beacon"].includes(initiatorType);
    const files = new Set(performance.getEntriesByType("resource").filter(isOurs).map(({ name }) => name));
    for (const file of files) {
        const response = await fetch(file, { cache: "force-cache", redirect: "error" });
        if (!response.ok || response.headers.get("Content-Type")?.startsWith("text/html")) throw new Error(`${file}: ${response.status}`);
        await cache.put(file, response);
    }
    const page = await fetch(INSTANCE, { cache: "no-cache", redirect: "error" });
    if (!page.ok || !(await page.clone().text()).includes(`data-version="${VERSION}"`)) throw new Error(`${INSTANCE}: ${page.status}`);
    await cache.put(INSTANCE, page);
}
