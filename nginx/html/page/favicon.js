// What the icons show: a dot for unread messages, another for what calls the user; and the number on the icon of an installed app.

const link = document.querySelector("link[rel=icon]");
const icons = { "": link.href, unread: new URL(link.dataset.unread, document.baseURI).href, calls: new URL(link.dataset.calls, document.baseURI).href };

/** @param {{unread: number, calls: number}} counts `calls`: mentions, private messages, and all in rooms where the user wants that */
export function showBadges({ unread, calls }) {
    const href = icons[calls ? "calls" : unread ? "unread" : ""];
    if (link.href !== href) link.href = href;
    // A badge without a number is a dot. It is refused where the app is not installed.
    const badge = calls ? navigator.setAppBadge?.(calls) : unread ? navigator.setAppBadge?.() : navigator.clearAppBadge?.();
    badge?.catch(() => {});
}
