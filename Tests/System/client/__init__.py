"""The WebSocket client of the system tests, in five layers:

frames       bytes of requests and frames, right and wrong, and the reader of the server's frames
connection   Connection: one blocking socket, to send any bytes and to read frames
chat         Client: one session of the chat, with what a test expects of it
many         Clients: many sessions on one selector in a thread of their own
loads        SteadyClients and ChattingClients, as loads

The client is written for the tests alone, so that it can break each rule, and so that it checks each rule that the server
has to keep.
"""

from client.chat import Client
from client.connection import Closed, Connection, Refused
from client.frames import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, command, deflate, frame, request
from client.loads import ChattingClients, SteadyClients, rows_of

__all__ = ["BINARY", "CLOSE", "CONTINUATION", "PING", "PONG", "TEXT", "ChattingClients", "Client", "Closed", "Connection",
           "Refused", "SteadyClients", "command", "deflate", "frame", "request", "rows_of"]
