// What the list of devices calls this browser: "Firefox on Android".

import { t } from "./i18n.js";

/** The first match counts: most browsers also claim to be the ones below them. */
const BROWSERS = { Edge: /Edg/, Opera: /OPR\//, "Samsung Internet": /SamsungBrowser/, Firefox: /Firefox|FxiOS/, Chrome: /Chrome|CriOS/, Safari: /Safari/ };
const SYSTEMS = { Android: /Android/, iPhone: /iPhone/, iPad: /iPad/, ChromeOS: /CrOS/, Windows: /Windows/, Mac: /Macintosh/, Linux: /Linux/ };

const find = (names, agent) => Object.keys(names).find((name) => names[name].test(agent));

export function deviceLabel({ userAgent, maxTouchPoints } = navigator) {
    const browser = find(BROWSERS, userAgent);
    // An iPad says that it is a Mac.
    const system = find(SYSTEMS, userAgent)?.replace("Mac", maxTouchPoints > 1 ? "iPad" : "Mac");
    return browser && system ? t("deviceLabel", { browser, system }) : browser ?? system;
}
