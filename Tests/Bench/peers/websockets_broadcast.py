"""Python's websockets with its broadcast(): websockets_broadcast.py SOCKET"""

import asyncio
import sys

import uvloop
from websockets.asyncio.server import broadcast, unix_serve


async def main():
    clients = set()

    async def handler(client):
        clients.add(client)
        try:
            async for text in client:
                broadcast(clients, text)
        finally:
            clients.discard(client)

    async with unix_serve(handler, sys.argv[1], compression=None, backlog=4096, ping_interval=None):
        await asyncio.get_running_loop().create_future()


uvloop.run(main())
