// Times and dates as the reader sees them: in the language of the page, by the clock of the settings. Times that are shown
// already change with the setting.

import { h } from "./dom.js";
import { locale } from "./i18n.js";
import { settings } from "./settings.js";

/** Two digits where a day has 24 hours, so that the times of messages stand in a column. */
const CLOCKS = {
    locale: {},
    24: { hourCycle: "h23" },
    12: { hourCycle: "h12" },
};
const day = new Intl.DateTimeFormat(locale, { weekday: "long", day: "numeric", month: "long", year: "numeric" });
let clock, dateTime, fullDateTime;

function setClock() {
    const cycle = CLOCKS[settings.get("time")];
    const { hour12 } = new Intl.DateTimeFormat(locale, { hour: "numeric", ...cycle }).resolvedOptions();
    clock = new Intl.DateTimeFormat(locale, { hour: hour12 ? "numeric" : "2-digit", minute: "2-digit", ...cycle });
    dateTime = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short", ...cycle });
    fullDateTime = new Intl.DateTimeFormat(locale, { dateStyle: "full", timeStyle: "medium", ...cycle });
}

setClock();
settings.addEventListener("change", ({ detail }) => {
    if (detail.key !== "time") return;
    setClock();
    for (const element of document.querySelectorAll("time.clock")) setTime(element, Date.parse(element.dateTime));
});

/** "before noon" is in an element of its own, because a narrow column hides it. */
function setTime(element, at) {
    element.title = fullTime(at);
    element.replaceChildren(...clock.formatToParts(at).map(({ type, value }) =>
        type === "dayPeriod" ? h("span", { className: "day-period" }, value) : value));
}

/** The element of a message's time. @param {number} at ms since 1970 */
export function clockTime(at) {
    const element = h("time", { className: "clock", dateTime: new Date(at).toISOString() });
    setTime(element, at);
    return element;
}

/** The day of a time in the reader's time zone: equal for two times of the same day. */
export const dayOf = (at) => new Date(at).toDateString();
export const dayName = (at) => day.format(at);
export const fullTime = (at) => fullDateTime.format(at);
/** A date and a time, for sentences. */
export const shortTime = (at) => dateTime.format(at);
