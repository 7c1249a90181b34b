"""uWebSockets with its publish and subscribe, through socketify: uwebsockets.py SOCKET"""

import sys

from socketify import App, AppListenOptions, CompressOptions


app = App()
app.ws("/*", {
    "compression": CompressOptions.DISABLED,
    "max_payload_length": 65536,
    "max_backpressure": 16 << 20,
    "idle_timeout": 0,
    "open": lambda ws: ws.subscribe("lobby"),
    "message": lambda ws, text, opcode: ws.publish("lobby", text, opcode),
})
app.listen(AppListenOptions(domain=sys.argv[1]), lambda _: None)
# Not app.run(): it asks uWebSockets' loop again and again without waiting, a full processor while nothing happens.
while True:
    app.loop.uv_loop.run_once()
