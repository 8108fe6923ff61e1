"""Events, as a client of /v1/events reads them."""
import json
import threading
from urllib.parse import urlencode, urlsplit

import requests

from .raw import RawConnection, description
from .waiting import until


def all_events(client, **query):
    """Every event from the beginning, or after one, page by page."""
    events, cursor = [], {}
    while True:
        answer = client.get("/v1/events", params={"limit": 200, **query, **cursor})
        assert answer.status_code == 200, answer.text
        page = answer.json()
        events += page["data"]
        if page["next_cursor"] is None:
            return events
        query.pop("after", None)
        cursor = {"cursor": page["next_cursor"]}


class EventStream:
    """A stream of server-sent events, read on a thread of its own until it ends. Every event is held against the
    description of the API, unless there are so many that this would make a slow reader."""

    def __init__(self, url, known=None, timeout=60, token=None, check=True, **query):
        self.check = check
        parts = urlsplit(url)
        self.connection = RawConnection(url, timeout=timeout)
        target = "/v1/events" + ("?" + urlencode(query) if query else "")
        head = f"GET {target} HTTP/1.1\r\nHost: {parts.netloc}\r\nAccept: text/event-stream\r\n"
        if known:
            head += f"Last-Event-ID: {known}\r\n"
        if token:
            head += f"Authorization: Bearer {token}\r\n"
        self.connection.socket.sendall(head.encode() + b"\r\n")
        self.events = []  # in order, as they came
        self.resets = 0
        self.beats = 0
        self.last_id = known
        self.headers = {}
        self.ended = False  # by its last chunk
        self.status = None
        self.started = threading.Event()
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()
        assert self.started.wait(timeout), "the stream does not begin"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        try:
            self.connection.socket.shutdown(2)
        except OSError:
            pass
        self.thread.join(10)
        self.connection.socket.close()

    @property
    def ids(self):
        return [event["id"] for event in list(self.events)]

    def wait_for(self, type_, seconds=30, **members):
        def found():
            for event in list(self.events):
                if event["type"] == type_ and all(event[name] == value for name, value in members.items()):
                    return event
            return None

        return until(found, f"the event {type_} {members}; there were {[e['type'] for e in self.events]}", seconds)

    def _read(self):
        try:
            lines = self.connection.socket.makefile("rb")
            self.status = int(lines.readline().split(b" ")[1])
            for line in iter(lines.readline, b"\r\n"):
                name, _, value = line.decode().partition(":")
                self.headers[name.lower()] = value.strip()
            text = b""
            while self.status == 200:
                size = int(lines.readline() or b"-1", 16)
                if size <= 0:
                    self.ended = size == 0
                    break
                text += lines.read(size)
                if lines.read(2) != b"\r\n":
                    break  # cut off in the middle of it
                *blocks, text = text.split(b"\n\n")
                for block in blocks:
                    self._take(block.decode())
        except (OSError, ValueError):
            pass
        self.started.set()

    def _take(self, block):
        fields = {}
        for line in block.split("\n"):
            name, _, value = line.partition(": ")
            fields[name] = value
        if "id" in fields:
            self.last_id = fields["id"]
        if fields.get("event") == "stream.reset":
            self.resets += 1
        elif "data" in fields:
            event = json.loads(fields["data"])
            assert (event["id"], event["type"]) == (fields["id"], fields["event"])
            if self.check:
                check_event(event)
            self.events.append(event)
        elif "retry" not in fields:
            self.beats += 1
        self.started.set()


def check_event(event):
    answer = requests.Response()
    answer.status_code, answer._content = 200, json.dumps({"data": [event], "next_cursor": None}).encode()
    answer.headers["Content-Type"] = "application/json"
    description().check("GET", "/v1/events", answer)
