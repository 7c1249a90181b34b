"""The chat of the Socket.IO tutorial with python-socketio on aiohttp, WebSocket only: socketio_chat.py SOCKET"""

import sys

import socketio
import uvloop
from aiohttp import web

server = socketio.AsyncServer(async_mode="aiohttp", transports=["websocket"], http_compression=False)


@server.on("chat message")
async def chat_message(sid, text):
    await server.emit("chat message", text)


app = web.Application()
server.attach(app)
uvloop.install()
web.run_app(app, path=sys.argv[1], backlog=4096, print=None, access_log=None)
