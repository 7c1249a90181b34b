// Reloads the page once if its modules do not fit together, because an upgrade replaced some of its files while the browser
// loaded them. Not a module: those do not run then.

addEventListener("error", () => {
    if (document.documentElement.dataset.started) return;
    // The upgrade needs a moment. sessionStorage throws where it is forbidden.
    const retry = () => {
        try {
            if (sessionStorage.getItem("chatrelay reloaded")) return false;
            sessionStorage.setItem("chatrelay reloaded", "1");
            return true;
        } catch {
            return false;
        }
    };
    if (retry()) setTimeout(() => location.reload(), 2_000);
    else document.getElementById("load-failure").hidden = false;
}, { capture: true });

// A browser that lacks what the page needs shows no half of it. (light-dark() is the newest of that.)
addEventListener("DOMContentLoaded", () => {
    const isOld = !("showPopover" in HTMLElement.prototype && CSS.supports("color", "light-dark(red, red)"));
    if (isOld) document.getElementById("old-browser").hidden = false;
});
