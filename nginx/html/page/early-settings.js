// Applies the stored theme and density before the page is drawn, so that a dark page does not flash. Not a module: those run too late.
// page/settings.js has the same key and values.

{
    const instance = new URL("..", document.currentScript.src).href;
    let settings = {};
    try { settings = JSON.parse(localStorage.getItem(`chatrelay ${instance} settings`)) ?? {}; } catch { /* forbidden, or no JSON */ }
    const { dataset } = document.documentElement;
    for (const [key, values] of [["theme", ["light", "dark"]], ["density", ["compact"]], ["sidebar", ["hidden"]], ["members", ["hidden"]]]) {
        if (values.includes(settings[key])) dataset[key] = settings[key];
    }
    // page/embed.js
    if (new URLSearchParams(location.search).has("embed")) dataset.embed = "yes";
}
