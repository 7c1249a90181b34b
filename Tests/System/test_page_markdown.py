"""Formatted messages: what is formatted, what stays as it was typed, copying, and hostile texts."""

import pytest
from page_object import PHONE, browser, chat_pages, pair  # noqa: F401  (fixtures)
from page_server import AT, message, page_server  # noqa: F401  (a fixture)
from patience import scaled
from playwright.sync_api import expect

# A tree in short: text, [type, children…] for the rest.
SHORT = """async (texts) => {
    const { parse } = await import("/page/markdown.js");
    const all = (nodes) => nodes.map(short);
    const short = (node) => typeof node === "string" ? node
        : node.type === "text" ? ["text", ...all(node.children)]
        : node.type === "list" ? [node.isOrdered ? "ol" : "ul", ...node.items.map((item) =>
            [item.value ?? "-", ...all(item.children), ...all(item.lists)])]
        : node.type === "link" ? ["link", node.text, node.href]
        : [node.type, ...node.children ? all(node.children) : [node.text]];
    return texts.map((text) => all(parse(text)));
}"""


@pytest.fixture(scope="module")
def modules(browser, chatrelay):
    """A page that can import the modules of the chat page."""
    from website import Site

    site = Site(chatrelay)
    page = browser.new_page()
    page.goto(site.url + "/no-such-page")
    yield page
    page.close()
    site.stop()


FORMATTED = {
    "**b** *i* _j_ ~~s~~ ***x***": [["text", ["strong", "b"], " ", ["em", "i"], " ", ["em", "j"], " ", ["del", "s"], " ", ["strong-em", "x"]]],
    "这是**重点**吗": [["text", "这是", ["strong", "重点"], "吗"]],
    "**a *b* c**": [["text", ["strong", "a ", ["em", "b"], " c"]]],
    "(**+1**) \"_y_\".": [["text", "(", ["strong", "+1"], ") \"", ["em", "y"], "\"."]],
    "a `**b**` ``c`d`` e": [["text", "a ", ["code", "**b**"], " ", ["code", "c`d"], " e"]],
    "```js\nlet a = `b`;\n\n*c*\n```\nafter": [["code", "let a = `b`;\n\n*c*\n"], ["text", "after"]],
    "Look: ```\n x\n``` end": [["text", "Look: "], ["code", " x\n"], ["text", " end"]],
    "```one line```": [["code", "one line"]],
    "in ```a line``` of text": [["text", "in ", ["code", "a line"], " of text"]],
    "> a\n> **b**\n>\n> c\n\nd": [["quote", ["text", "a\n", ["strong", "b"], "\n\nc\n"]], ["text", "\nd"]],
    "> ```\n> x\n> ```\n> y": [["quote", ["code", "x\n"], ["text", "y"]]],
    "> a\n> > b": [["quote", ["text", "a\n"], ["quote", ["text", "b"]]]],
    "7. a\n8. b\n   - c\n   - d\n10. e": [["ol", [7, "a\n"], [8, "b\n", ["ul", ["-", "c\n"], ["-", "d\n"]]], [10, "e"]]],
    "Buy:\n- milk\n  of goats\n- `eggs`\n\nBye": [["text", "Buy:\n"], ["ul", ["-", "milk\nof goats\n"], ["-", ["code", "eggs"], "\n"]], ["text", "\nBye"]],
    "1. do:\n   ```sh\n   ls\n     x\n   ```\n2. next": [["ol", [1, "do:\n"]], ["code", "ls\n  x\n"], ["ol", [2, "next"]]],
    "**https://a.example/x_y_z**": [["text", ["strong", ["link", "https://a.example/x_y_z", "https://a.example/x_y_z"]]]],
    "[here](https://a.example/b_(c)).": [["text", ["link", "here", "https://a.example/b_(c)"], "."]],
}

# Each stays one text.
LITERAL = [
    "2*3*4", "2 * 3 * 4", "2**3**4", "snake_case_words and __init__.py", "/*comment*/", "src/**/x/*.js", "*.txt *.md", "rm *.o *.a",
    "-_- well -_-", "^_^ yes ^_^", "*_*", ":*) :*(", "C:\\*foo*\\bar", "\\*", ">", ">_<", ">:(", "a\n>\nb", "-", "- ", "-5", "1.", "1.5", "+ 1", "#room",
    "`", "``", "``` ", "```\n```", "a\n```\nunclosed", "it`s\nit`s", "** **", "****", "*a", "a*", "_a", "~a~", "a * b*", "*a *b", "$HOME/_x_/y", "a=*p+*q",
    "    if x:\n        y()", "\t- a\n\n\t- b", "*a\n\nb*", "[a](b)", "[a](javascript:alert(1))", "|| a ||", "<b>a</b>", "&amp;", "01. a", "1234567890. a",
]


def test_what_is_formatted(modules):
    found = modules.evaluate(SHORT, list(FORMATTED))
    for text, tree, expected in zip(FORMATTED, found, FORMATTED.values()):
        assert tree == expected, text


def test_what_may_be_meant_literally_stays_text(modules):
    for text, tree in zip(LITERAL, modules.evaluate(SHORT, LITERAL)):
        assert tree == [["text", text]], text


def test_a_link_does_not_hide_another_address(modules):
    """A text that looks like an address is no name of a link. The host of a named link is shown beside it."""
    texts = [f"[{label}](https://evil.example)" for label in ("bank.example", "https://bank.example", "a@bank.example")]
    for text, [tree] in zip(texts, modules.evaluate(SHORT, texts)):
        links = [node for node in tree[1:] if isinstance(node, list)]
        assert "".join(node if isinstance(node, str) else node[1] for node in tree[1:]) == text
        assert all(href == shown + "/" for _, shown, href in links), text


def test_no_character_is_lost(modules):
    """Of random texts: what is shown is the text without characters that may be markers, in the same order; and the depth is bounded."""
    lost = modules.evaluate("""async () => {
        const { parse } = await import("/page/markdown.js");
        const shown = (node) => typeof node === "string" ? node : (node.language ?? "") + (node.text ?? [...node.children ?? [], ...node.items ?? [], ...node.lists ?? []].map(shown).join(""));
        const parts = ["*", "**", "_", "~~", "`", "``", "```", "\\n", "\\n\\n", "> ", ">", "- ", "  - ", "3. ", " ", "    ", "a", "b.", "字", "\\\\", "#", "😀",
            "https://a.example/", "(", ")", "[x](https://b.example)", "@ada"];
        const markers = /[*_~`>\\-\\s\\d.()[\\]]|https:\\/\\/b\\.example/g;
        const depth = (nodes) => Math.max(0, ...nodes.map((node) =>
            typeof node === "string" ? 0 : 1 + depth([...node.children ?? [], ...node.items ?? [], ...node.lists ?? []])));
        let seed = 20;
        const random = (n) => (seed = Math.imul(seed, 1664525) + 1013904223 >>> 0) % 65536 * n >>> 16;
        for (let round = 0; round < 4000; round++) {
            const text = Array.from({ length: 1 + random(30) }, () => parts[random(parts.length)]).join("");
            const tree = parse(text);
            const kept = tree.map(shown).join("");
            if (kept.replace(markers, "") !== text.replace(markers, "") || depth(tree) > 20) return [text, kept];
        }
    }""")
    assert lost is None, lost


# 8,192 bytes of each.
HOSTILE = ["*", "[", "`", ">", "_", "~", "> ", "- ", "1. ", "*a ", "**a ", "*a*", "**a _b ", "` ", "`a``b```", "``` ", "```a```", "```\n", "[a](", "[a](https://",
           "[a](https://a/(", "https://", " *!!*", "*!! ", "@", "\n", "  - a\n", "- a\n  ", "> a\n", ">\n", "*a\n\n", "`\n", "> > > > > > - a\n", "字*", "😀*a", "*a* _", "a\n```\n"]


def test_hostile_texts_take_linear_time(modules):
    """Each takes some milliseconds on a busy machine; a text eight times as long about eight times as much."""
    times = modules.evaluate("""async (parts) => {
        const { parse } = await import("/page/markdown.js");
        const time = (text) => Math.min(...Array.from({ length: 3 }, () => { const start = performance.now(); parse(text); return performance.now() - start; }));
        return parts.map((part) => [part, time(part.repeat(8192 / part.length)), time(part.repeat(65536 / part.length))]);
    }""", HOSTILE)
    for part, short, long in times:
        assert short < scaled(20) and long < scaled(200), (part, short, long)


EVERYTHING = """**Plan** for *today* by `Ada`:
1. read <b>https://a.example/x</b>
2. ask @Bob
   - שלום
> quoted
```swift
let x = "@Bob **no** <script>alert(1)</script>" // a line that is much longer than a phone is wide, so that it scrolls sideways
```
see [the page](https://b.example/)"""


def test_a_message_as_elements(page_server):
    server = page_server(viewport=PHONE)
    chat = server.chat
    server.send(type="who", room="lobby", names=["Ada", "Bob"], ids=[1, 5], users=2, more=0)
    server.send(**message(5, user=5, text=EVERYTHING, mentions=[5], at=AT))
    text = chat.rows.locator(".message-text").last
    expect(text.locator("strong").first).to_have_text("Plan")
    expect(text.locator("p > em")).to_have_text("today")
    expect(text.locator("p > code")).to_have_text("Ada")
    assert text.locator("ol > li").evaluate_all("items => items.map(({ value, dir }) => [value, dir])") == [[1, "auto"], [2, "auto"]]
    assert text.locator("ol ul > li").evaluate("item => getComputedStyle(item).direction") == "rtl"
    expect(text.locator("blockquote p")).to_have_text("quoted")
    expect(text.locator("a[data-host='b.example']")).to_have_text("the page")
    # Not in the code.
    expect(text.locator(".mention")).to_have_text(["@Bob"])
    expect(text.locator("script, b")).to_have_count(0)
    code = text.locator("pre")
    expect(code).to_contain_text('"@Bob **no** <script>')
    expect(code).to_have_attribute("tabindex", "0")
    assert chat.accessibility_violations("formatted") == []
    # The keyboard scrolls the code, and does not leave it.
    code.focus()
    code.press("ArrowRight")
    chat.page.wait_for_function("() => document.querySelector('.message-text pre').scrollLeft > 0")
    expect(code).to_be_focused()
    assert chat.page.evaluate("document.scrollingElement.scrollWidth <= innerWidth")
    # Screen readers and quotes get the text without markers.
    expect(chat.page.locator("#live-region")).to_contain_text("Plan for today by Ada:")
    server.send(**message(6, text="Yes", re=5, at=AT))
    expect(chat.rows.locator(".quote")).to_contain_text("Plan for today by Ada:")


def test_a_formatted_message_of_sixty_lines_is_folded(page_server):
    server = page_server()
    for seq, text in (5, "```\n" + "x\n" * 60 + "```"), (6, "- a\n" * 60), (7, "> a\n" * 60):
        server.send(**message(seq, text=text, at=AT))
        row = server.chat.rows.locator(f".message[data-seq='{seq}']")
        expect(row.get_by_role("button", name="Show all")).to_have_count(1)
        assert row.bounding_box()["height"] < 640


def test_copying_gives_the_source(page_server):
    server = page_server()
    chat = server.chat
    server.send(**message(5, text=EVERYTHING, at=AT))
    server.send(**message(6, text="*next*", at=AT))
    chat.expect_message("next")

    def copy(start, end):
        return chat.page.evaluate("""([start, end]) => {
            const [from, to] = [start, end].map((selector) => [...document.querySelectorAll(selector)].at(-1));
            const range = document.createRange();
            range.setStart(from, 0);
            range.setEnd(to, to.childNodes.length);
            getSelection().removeAllRanges();
            getSelection().addRange(range);
            const data = new DataTransfer();
            const event = new ClipboardEvent("copy", { clipboardData: data, bubbles: true, cancelable: true });
            from.dispatchEvent(event);
            return event.defaultPrevented ? data.getData("text/plain") : "native";
        }""", [start, end])

    first, last = ".message[data-seq='5'] .message-text", ".message[data-seq='6'] .message-text"
    assert copy(first, first) == EVERYTHING
    assert copy(f"{first} > p:first-child", f"{first} > ol") == "**Plan** for *today* by `Ada`:\n1. read <b>https://a.example/x</b>\n2. ask @Bob\n   - שלום\n"
    assert copy(f"{first} pre code", f"{first} pre code").startswith('let x = "@Bob **no**')
    assert copy(first, last) == f"Bob: {EVERYTHING}\nBob: *next*"


def test_the_button_of_a_code_copies_it(page_server):
    server = page_server()
    chat = server.chat
    chat.context.grant_permissions(["clipboard-read", "clipboard-write"])
    server.send(**message(5, text="```\n**a**\n\tb\n```", at=AT))
    chat.rows.locator("pre").hover()
    chat.rows.get_by_role("button", name="Copy the code").click()
    expect(chat.page.locator("#status")).to_have_text("Copied.")
    assert chat.page.evaluate("navigator.clipboard.readText()") == "**a**\n\tb"


@pytest.mark.parametrize("text, is_large", [("👍", True), ("🎉 🎉 🎉", True), ("👩‍💻🇩🇪1️⃣❤️", True), ("👍 ok", False), ("12", False), ("🎉" * 7, False), ("©", False)])
def test_emojis_alone_are_large(page_server, text, is_large):
    server = page_server()
    server.send(**message(5, text=text, at=AT))
    server.chat.expect_message(text)
    size = server.chat.rows.locator(".message-text").last.evaluate("text => parseFloat(getComputedStyle(text).fontSize)")
    assert (size > 24) == is_large


def test_a_formatted_message_is_edited_and_searched(pair):
    ada, bob = pair
    ada.submit("**bold** and `code`")
    bob.expect_message("bold and code")
    ada.page.press("#message-input", "ArrowUp")
    expect(ada.page.locator("#message-input")).to_have_value("**bold** and `code`")
    ada.submit("- one\n- *two*")
    bob.expect_message("one two (edited)")
    expect(bob.rows.locator(".message-text em")).to_have_text("two")
    bob.page.click("#open-search")
    bob.page.fill("#search-input", "two")
    expect(bob.page.locator("#search-results mark")).to_have_text("two")
