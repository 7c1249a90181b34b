"""A TCP proxy between the browser and the site: a line that is slow, that stops forwarding without closing, or that ends at a
proxy which changes the Host header."""

import socket
import threading
import time

#: Bytes that are forwarded at once on a slow line.
PIECE = 512


def end(connection):
    """Also wakes a thread that reads it."""
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
    connection.close()


class Line:
    """Forwards 127.0.0.1:`.port` to a site. All can be changed while connections are open: `rate`: bytes a second that a WebSocket
    receives, None: no limit; `is_deaf`: nothing is forwarded in either direction, and nothing is closed; `host`: replaces the
    Host header of requests."""

    def __init__(self, site, rate=None, host=None):
        self._site, self.rate, self.host, self.is_deaf = site, rate, host, False
        self._sockets = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.url = f"http://localhost:{self.port}"
        threading.Thread(target=self._accept, daemon=True).start()

    def drop(self):
        """Closes all connections."""
        for each in self._sockets:
            end(each)
        self._sockets.clear()

    def stop(self):
        end(self._listener)
        self.drop()

    def _accept(self):
        while True:
            try:
                browser, _ = self._listener.accept()
                server = socket.create_connection(("127.0.0.1", self._site.port))
            except OSError:
                return
            self._sockets += [browser, server]
            for source, target, is_answer in [(browser, server, False), (server, browser, True)]:
                threading.Thread(target=self._forward, args=(source, target, is_answer), daemon=True).start()

    def _forward(self, source, target, is_answer):
        is_websocket = False
        try:
            while data := source.recv(65536):
                while self.is_deaf:
                    time.sleep(0.05)
                if not is_answer and self.host:
                    data = data.replace(f"Host: localhost:{self.port}".encode(), f"Host: {self.host}".encode())
                is_websocket = is_websocket or (is_answer and data.startswith(b"HTTP/1.1 101 "))
                self._send(target, data, self.rate if is_websocket and is_answer else None)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    @staticmethod
    def _send(target, data, rate):
        if rate is None:
            return target.sendall(data)
        for start in range(0, len(data), PIECE):
            target.sendall(data[start:start + PIECE])
            time.sleep(PIECE / rate)
