"""A bare socket, for requests that no HTTP library would send."""
import socket
from urllib.parse import urlsplit


class RawConnection:
    def __init__(self, url, timeout=30):
        parts = urlsplit(url)
        self.socket = socket.create_connection((parts.hostname, parts.port), timeout=timeout)
        self.pending = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data if isinstance(data, bytes) else data.encode("latin-1"))
        return self

    def finish_sending(self):
        self.socket.shutdown(socket.SHUT_WR)
        return self

    def _more(self):
        try:
            data = self.socket.recv(65536)
        except ConnectionError:
            data = b""
        self.pending += data
        return bool(data)

    def answer(self):
        """The next answer as (status, headers, body); None when the server closed without one."""
        while b"\r\n\r\n" not in self.pending:
            if not self._more():
                return None
        head, self.pending = self.pending.split(b"\r\n\r\n", 1)
        first, *lines = head.decode("latin-1").split("\r\n")
        assert first.startswith("HTTP/1.1 "), first
        status = int(first.split(" ")[1])
        headers = {}
        for line in lines:
            name, value = line.split(":", 1)
            headers[name.lower()] = value.strip()
        if status == 100:
            return self.answer()
        length = int(headers.get("content-length", 0))
        while len(self.pending) < length:
            if not self._more():
                break
        body, self.pending = self.pending[:length], self.pending[length:]
        return status, headers, body

    def is_closed_by_server(self):
        """Reads to the end; true when there is one (the socket's timeout says when there is none)."""
        try:
            while self._more():
                pass
        except TimeoutError:
            return False
        return True


def exchange(url, request, timeout=30):
    """Sends the bytes as they are; (status, headers, body), or None when the server closed without an answer."""
    with RawConnection(url, timeout) as connection:
        connection.send(request)
        return connection.answer()
