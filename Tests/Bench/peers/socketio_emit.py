"""python-socketio on aiohttp, WebSocket only: socketio_emit.py SOCKET"""

import sys

import socketio
import uvloop
from aiohttp import web

server = socketio.AsyncServer(async_mode="aiohttp", transports=["websocket"], http_compression=False)


@server.event
async def message(sid, data):
    await server.emit("message", data)


app = web.Application()
server.attach(app)
uvloop.install()
web.run_app(app, path=sys.argv[1], backlog=4096, print=None, access_log=None)
