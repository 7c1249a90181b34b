// Opens the WebSocket while the browser still loads the page: on a slow line that saves a round trip. The client library takes it
// over (app.js). Not a module: those run later.

window.earlySocket = new WebSocket(new URL("../ws", document.currentScript.src).href.replace(/^http/, "ws"), "chatrelay.v1");
