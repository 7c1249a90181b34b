// The service worker of the page: opens it without a network, from what page/offline-shell.js has kept. With a network it changes
// nothing: the site's own page comes first, and so does a login that the site asks for. It keeps nothing itself.
//
// Once the site has no such file any more, it removes itself and all that was kept.

const SCOPE = self.registration.scope;
/** The caches of page/offline-shell.js, one for each version of the page. */
const SHELLS = `chatrelay ${SCOPE} shell `;
/** All caches of this page, with that of page/offline-messages.js. */
const CACHES = `chatrelay ${SCOPE} `;
/** So long the site may take to answer before the kept page opens (ms). */
const TIMEOUT_MS = 4_000;
/** Files with a hash of their content in their names. */
const HASHED = /-[A-Z0-9]{8}\.(js|css)$/;
const FILES = ["script", "style", "image", "manifest"];

/** The windows that have got the kept page, so that their files are of the same version. */
const offline = new Set();

addEventListener("install", () => skipWaiting());
addEventListener("activate", (event) => event.waitUntil(clients.claim()));
addEventListener("fetch", (event) => {
    const { request } = event;
    const url = request.url.split(/[?#]/)[0];
    if (request.method !== "GET") return;
    if (request.mode === "navigate" && (url === SCOPE || url === `${SCOPE}index.html`)) event.respondWith(page(event));
    else if (FILES.includes(request.destination) && url.startsWith(SCOPE)) event.respondWith(file(event, url));
});

// A notification of a phone's browser (page/notifications.js). A window that is there goes to the message.
addEventListener("notificationclick", (event) => {
    event.notification.close();
    event.waitUntil(openAddress(event.notification.data));
});

async function openAddress(address) {
    const windows = await clients.matchAll({ type: "window" });
    const [open] = windows.filter(({ url }) => url.startsWith(SCOPE));
    if (!open) return clients.openWindow(address);
    await open.focus();
    open.postMessage({ type: "open", address });
}

async function kept(url) {
    const names = (await caches.keys()).filter((name) => name.startsWith(SHELLS));
    return names.length ? (await caches.open(names.at(-1))).match(url) : undefined;
}

async function page(event) {
    const fallback = await kept(SCOPE);
    if (!fallback) return fetch(event.request);
    const served = fetch(event.request);
    const timeout = new Promise((resolve) => setTimeout(resolve, TIMEOUT_MS));
    const response = await Promise.race([served, timeout]).catch(() => undefined);
    // A server error is one of a proxy, because the page is a file.
    if (response && response.status < 500) {
        event.waitUntil(removeIfGone().catch(() => {}));
        return response;
    }
    served.catch(() => {});
    offline.add(event.resultingClientId);
    return fallback;
}

async function file({ request, clientId }, url) {
    if (HASHED.test(url) || offline.has(clientId)) return await kept(url) ?? fetch(request);
    try {
        return await fetch(request);
    } catch (error) {
        const fallback = await kept(url);
        if (!fallback) throw error;
        return fallback;
    }
}

/** The page has come from the site. */
async function removeIfGone() {
    const { status } = await fetch(self.location.href, { method: "HEAD", cache: "no-cache" });
    if (status !== 404 && status !== 410) return;
    for (const name of await caches.keys()) if (name.startsWith(CACHES)) await caches.delete(name);
    await self.registration.unregister();
}
