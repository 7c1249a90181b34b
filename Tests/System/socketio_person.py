"""A client of the tutorial in Python, which keeps its place over everything that may happen to its connection."""

import time

import requests
import socketio

from patience import Deadline, scaled


class Person:
    """Keeps its name by the cookie and its place by serverOffset. `texts`: what it got; `log`: its connections and their ends."""

    def __init__(self, url, transports=None):
        self.transport = (transports or ["default"])[0]
        self.texts, self.log, self.offset, self._said = [], [], 0, 0
        self.client = socketio.Client(
            http_session=requests.Session(), reconnection_delay=0.1, reconnection_delay_max=0.2)
        self.client.on("chat message", self._take)
        self.client.on("connect", lambda: self.log.append("connect"))
        self.client.on("disconnect", lambda *_: self.log.append("disconnect"))
        self.client.connect(url, auth=lambda: {"serverOffset": self.offset}, transports=transports)

    def _take(self, text, seq):
        self.texts.append(text)
        self.offset = seq

    def say(self, text, id=None):
        """Sends a message until it is acknowledged."""
        self._said += 1
        id = id or f"{builtin_id(self)}-{self._said}"
        deadline = Deadline(30)
        while True:
            try:
                return self.client.call("chat message", (text, id), timeout=scaled(2))
            except (socketio.exceptions.SocketIOError, ConnectionError):
                assert deadline.left, f"{text} is not acknowledged"
                time.sleep(0.05)


builtin_id = id
