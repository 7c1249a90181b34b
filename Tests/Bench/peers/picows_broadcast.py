"""picows: picows_broadcast.py PORT (it sets TCP_NODELAY on every connection, and so takes no Unix socket)"""

import sys

import uvloop
from picows import WSListener, WSMsgType, ws_create_server

clients = set()


class Client(WSListener):
    def on_ws_connected(self, transport):
        clients.add(transport)

    def on_ws_frame(self, transport, frame):
        if frame.msg_type == WSMsgType.TEXT:
            payload = frame.get_payload_as_bytes()
            for client in clients:
                client.send(WSMsgType.TEXT, payload)
        elif frame.msg_type == WSMsgType.CLOSE:
            transport.disconnect()

    def on_ws_disconnected(self, transport):
        clients.discard(transport)


async def main():
    server = await ws_create_server(lambda request: Client(), "127.0.0.1", int(sys.argv[1]), backlog=4096)
    await server.serve_forever()


uvloop.run(main())
