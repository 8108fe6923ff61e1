"""A bare socket, for requests that no HTTP library would send. What is answered to its first request is checked against
the description of the API like every other answer."""
import functools
import re
import socket
from urllib.parse import urlsplit

import requests

from .openapi import OpenApi

# A request line whose path means what it says: no dots, no escapes.
PLAIN = re.compile(rb"(GET|HEAD|POST|PUT|PATCH|DELETE) ((?:/[A-Za-z0-9_-]+)+)(?:\?\S*)? HTTP/1\.[01]\r\n")


@functools.cache
def description():
    return OpenApi()


class RawConnection:
    def __init__(self, url, timeout=30):
        parts = urlsplit(url)
        self.socket = socket.create_connection((parts.hostname, parts.port), timeout=timeout)
        self.pending = b""
        self.first_line = b""  # until it is answered

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data):
        data = data if isinstance(data, bytes) else data.encode("latin-1")
        if self.first_line is not None and b"\n" not in self.first_line:
            self.first_line += data[:8192]
        self.socket.sendall(data)
        return self

    def _check(self, status, headers, body):
        line, self.first_line = PLAIN.match(self.first_line or b""), None
        if line:
            answer = requests.Response()
            answer.status_code, answer._content, answer.encoding = status, body, "utf-8"
            answer.headers.update(headers)
            answer.request = requests.PreparedRequest()
            answer.request.method = line[1].decode()
            description().check(line[1].decode(), line[2].decode(), answer, malformed=True)

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

    def first_status(self):
        """The status of what comes next, be it interim (100); nothing is taken."""
        while b"\r\n" not in self.pending:
            assert self._more(), "the server closed without an answer"
        return int(self.pending.split(b" ")[1])

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
        if len(body) == length:
            self._check(status, headers, body)
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
