// The colour of the browser's own bars follows the theme of the settings (tokens.css has the same colours).

import { settings } from "./settings.js";

const metas = [...document.querySelectorAll("meta[name=theme-color]")];
const colors = metas.map(({ content }) => content);

function apply() {
    const index = ["light", "dark"].indexOf(settings.get("theme"));
    metas.forEach((meta, i) => { meta.content = colors[index < 0 ? i : index]; });
}

settings.addEventListener("change", ({ detail }) => { if (detail.key === "theme") apply(); });
apply();
