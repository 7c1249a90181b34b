// The frame around the channel: the two panels, and the buttons and keys that open the search, the switcher and the settings.

import { addChannelMenu } from "./channel-menu.js";
import { $ } from "./dom.js";
import { isEmbedded } from "./embed.js";
import { makeRoomForKeyboard } from "./keyboard-room.js";
import { SWITCHER_KEYS, addShortcuts } from "./shortcuts.js";
import { SidePanel } from "./side-panel.js";
import "./theme.js";

/** The sidebar and the members. Their widths are also those of style/layout.css, sidebar.css and panels.css. */
export function addPanels() {
    const sidebar = new SidePanel({
        panel: $("sidebar"), key: "sidebar", wide: "(min-width: 48rem)", opener: $("open-sidebar"), hider: $("hide-sidebar"),
        focus: () => $("sidebar").querySelector("[aria-current]") ?? $("open-switcher"),
    });
    const membersPanel = new SidePanel({
        panel: $("members"), key: "members", wide: "(min-width: 72rem)", opener: $("open-members"), hider: $("close-members"),
        focus: () => $("close-members"),
    });
    return { sidebar, membersPanel };
}

/** @param {{search(), switch(), step(by: number, unread: boolean), membersPanel: SidePanel,
 *   settingsDialog: SettingsDialog}} handlers `search`, `switch` and `step`: those of the keys (shortcuts.js) */
export function addFrame({ membersPanel, settingsDialog, ...handlers }) {
    const clicks = {
        "open-switcher": handlers.switch, "open-people": handlers.switch,
        "open-search": handlers.search, "menu-search": handlers.search,
        "menu-members": () => membersPanel.toggle(),
        "open-settings": () => settingsDialog.open(),
    };
    for (const [id, action] of Object.entries(clicks)) $(id).addEventListener("click", () => action());
    $("switcher-keys").textContent = SWITCHER_KEYS;
    addShortcuts(isEmbedded ? { markRead: handlers.markRead } : handlers);
    addChannelMenu();
    makeRoomForKeyboard();
}
