// Every word that the page says, in English and Chinese, and how one is chosen. Names and texts of people go through
// `parts`, which isolates them (bdi): a name in Arabic does not turn the sentence around it.

export const en = {
    skip: "Skip to the message box",
    rooms: "Rooms",
    openRooms: "Join or make a room",
    newRoom: "A room of your own",
    make: "Make",
    join: "Join",
    open: "Open",
    leave: "Leave",
    close: "Close",
    send: "Send",
    save: "Save",
    people: "People",
    you: "you",
    users: { one: "{n} person", other: "{n} people" },
    morePeople: "and {n} more",
    moreRooms: { one: "and {n} more room", other: "and {n} more rooms" },
    unread: "{n} unread",
    yourMessage: "Your message",
    messageTo: "Message to {room}",
    hint: "Enter sends · Shift + Enter makes a new line",
    tooLong: { one: "{n} byte too long", other: "{n} bytes too long" },
    left: { one: "{n} byte left", other: "{n} bytes left" },
    messagesIn: "Messages in {room}",
    newer: { one: "{n} new message", other: "{n} new messages" },
    toEnd: "To the newest",
    quiet: "It is quiet here.",
    youAre: "You are {name}.",
    changeName: "Change name",
    noRoom: "You are in no room.",
    roomHelp: "Letters a to z, digits and hyphens.",
    nameTitle: "Your name",
    nameLabel: "What the others call you",
    myName: "Your name: {name}. Change it",
    take: "Take {name}",
    connection: "Connection",
    online: "Online",
    connecting: "Connecting…",
    offline: "Offline",
    closed: "Closed",
    back: "Connected again.",
    waiting: "No connection. What you write waits here. Next try in {n} s.",
    trying: "No connection. Trying now…",
    lostNow: "The connection is lost. It comes back by itself.",
    removed: "An administrator has ended this connection.",
    tryNow: "Try now",
    nameWas: "The name {asked} is taken. You are {name}.",
    joined: "{name} joined",
    leftRoom: "{name} left",
    renamed: "{was} is now {name}",
    youRenamed: "You are now {name}",
    gap: "Connected again. What was said in between is not shown here.",
    announcement: "{text}",
    restart: "The server restarts.",
    typing1: "{a} is typing…",
    typing2: "{a} and {b} are typing…",
    typing3: "Several people are typing…",
    sending: "Sending…",
    queued: "Waits for the connection",
    failed: "Not sent: {why}",
    retry: "Send again",
    discard: "Discard",
    why: {
        "lost": "the connection broke, perhaps it arrived",
        "not-in-room": "you are not in this room",
        "text-too-long": "it is too long",
        "empty-text": "it has no text",
        "rate-limited": "too many messages in a short time",
        "try-again": "the server cannot store it now",
    },
    fault: {
        "name-taken": "This name is taken.",
        "bad-name": "This cannot be a name: it is empty, too long, or has characters that do not show.",
        "bad-room": "Use a to z, 0 to 9 and hyphens, beginning with a letter or digit, 32 at most.",
        "no-such-room": "There is no such room.",
        "too-many-rooms": "That is one room too many. Leave another first.",
        "rate-limited": "Too much in a short time. Wait a moment.",
        "not-available": "This server does not do that.",
    },
};

export const zh = {
    skip: "跳到消息输入框",
    rooms: "房间",
    openRooms: "加入或新建房间",
    newRoom: "新建一个房间",
    make: "新建",
    join: "加入",
    open: "打开",
    leave: "离开",
    close: "关闭",
    send: "发送",
    save: "保存",
    people: "成员",
    you: "你",
    users: { other: "{n} 人" },
    morePeople: "还有 {n} 人",
    moreRooms: { other: "还有 {n} 个房间" },
    unread: "{n} 条未读",
    yourMessage: "你的消息",
    messageTo: "发消息到 {room}",
    hint: "Enter 发送 · Shift + Enter 换行",
    tooLong: { other: "超出 {n} 字节" },
    left: { other: "还可输入 {n} 字节" },
    messagesIn: "{room} 的消息",
    newer: { other: "{n} 条新消息" },
    toEnd: "回到最新",
    quiet: "这里还很安静。",
    youAre: "你是 {name}。",
    changeName: "改名",
    noRoom: "你不在任何房间里。",
    roomHelp: "可用小写字母 a–z、数字和连字符。",
    nameTitle: "你的名字",
    nameLabel: "别人看到的名字",
    myName: "你的名字：{name}。点击修改",
    take: "使用 {name}",
    connection: "连接",
    online: "在线",
    connecting: "正在连接…",
    offline: "离线",
    closed: "已断开",
    back: "已重新连接。",
    waiting: "没有连接。你写的消息会先留在这里。{n} 秒后重试。",
    trying: "没有连接。正在重试…",
    lostNow: "连接已断开，会自动恢复。",
    removed: "管理员结束了此连接。",
    tryNow: "立即重试",
    nameWas: "名字 {asked} 已被占用，你现在是 {name}。",
    joined: "{name} 加入了房间",
    leftRoom: "{name} 离开了房间",
    renamed: "{was} 改名为 {name}",
    youRenamed: "你改名为 {name}",
    gap: "已重新连接。断线期间的消息不会显示在这里。",
    announcement: "{text}",
    restart: "服务器正在重启。",
    typing1: "{a} 正在输入…",
    typing2: "{a} 和 {b} 正在输入…",
    typing3: "多人正在输入…",
    sending: "正在发送…",
    queued: "等待连接",
    failed: "未发送：{why}",
    retry: "重新发送",
    discard: "丢弃",
    why: {
        "lost": "连接中断，不确定是否送达",
        "not-in-room": "你不在这个房间",
        "text-too-long": "内容太长",
        "empty-text": "没有内容",
        "rate-limited": "发送太频繁",
        "try-again": "服务器暂时无法保存",
    },
    fault: {
        "name-taken": "这个名字已被占用。",
        "bad-name": "不能用作名字：为空、太长，或含有不可见字符。",
        "bad-room": "只能用 a–z、0–9 和连字符，以字母或数字开头，最多 32 个字符。",
        "no-such-room": "没有这个房间。",
        "too-many-rooms": "房间太多了，请先离开一个。",
        "rate-limited": "操作太频繁，请稍等。",
        "not-available": "此服务器不支持该操作。",
    },
};

/** The first of the browser's languages that the page speaks, as the browser says it: en-GB writes dates unlike en-US. */
export const locale = navigator.languages.find((tag) => /^(en|zh)\b/i.test(tag)) ?? "en";
const chinese = /^zh/i.test(locale);
const words = chinese ? zh : en;
const language = chinese ? "zh-CN" : "en";
const plural = new Intl.PluralRules(language);

function template(key, values) {
    const [group, code] = key.split(".");
    const found = code === undefined ? words[group] : words[group][code];
    return typeof found === "object" ? found[plural.select(values.n)] ?? found.other : found;
}

/** The words for `key` ("group.code" within a group) as plain text; undefined where there are none. */
export function t(key, values = {}) {
    return template(key, values)?.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

/** The same as a list of texts and bdi elements, for `append`. */
export function parts(key, values = {}) {
    return template(key, values).split(/\{(\w+)\}/).map((piece, i) => {
        if (i % 2 === 0) return piece;
        const bdi = document.createElement("bdi");
        bdi.textContent = values[piece];
        return bdi;
    });
}

/** Puts the language into the page as it was loaded. */
export function translate(root) {
    root.documentElement.lang = language;
    for (const element of root.querySelectorAll("[data-i18n]")) element.textContent = t(element.dataset.i18n);
    for (const element of root.querySelectorAll("[data-i18n-label]")) {
        element.setAttribute("aria-label", t(element.dataset.i18nLabel));
    }
}
