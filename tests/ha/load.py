"""Steady work for the installation: uploads, lists, publications and reading back, as good clients would do it. Each
request is noted; what was acknowledged is remembered and asked for in the end."""
import collections
import hashlib
import json
import os
import random
import struct
import threading
import time
import uuid

import urllib3

from harness.multipart import Form
from gateway import NAME

Request = collections.namedtuple("Request", "kind began ended outcome")

# What a client waits for. Uploads may take as long as their bytes do.
CONNECT_WITHIN = 2
ANSWER_WITHIN = {"upload": 40, "list": 20, "publish": 20, "read": 20}


class Front:
    """The gateways as a client sees them: one name with two addresses. What cannot connect to one goes to the other, as
    browsers and curl do; what broke after that is an error."""

    def __init__(self, gateways, certificate, token):
        self.pools = [
            urllib3.HTTPSConnectionPool(
                gateway.address, 443, maxsize=8, ca_certs=str(certificate / "fullchain.pem"), server_hostname=NAME,
                assert_hostname=NAME, retries=False, headers={"Host": NAME, "Authorization": f"Bearer {token}"},
            )
            for gateway in gateways
        ]  # fmt: skip
        self.preferred = 0

    def send(self, method, path, body=None, headers=None, within=20):
        path = path.removeprefix(f"https://{NAME}")
        first = self.preferred
        for place in (first, 1 - first):
            pool = self.pools[place]
            try:
                answer = pool.request(
                    method, path, body=body, headers={**pool.headers, **(headers or {})}, redirect=False,
                    timeout=urllib3.Timeout(connect=CONNECT_WITHIN, read=within),
                )  # fmt: skip
                self.preferred = place
                return answer
            except (urllib3.exceptions.NewConnectionError, urllib3.exceptions.ConnectTimeoutError):
                if place != first:
                    raise
            except urllib3.exceptions.HTTPError:
                self.preferred = 1 - place
                raise
        raise AssertionError("unreachable")


def outcome_of(error):
    if isinstance(error, (urllib3.exceptions.NewConnectionError, urllib3.exceptions.ConnectTimeoutError)):
        return "no connection"
    if isinstance(error, urllib3.exceptions.ReadTimeoutError):
        return "no answer"
    return "cut off"


class Load:
    """`pace`: seconds between two requests of one client, by kind."""

    CLIENTS = {"upload": 2, "list": 3, "publish": 1, "read": 1}
    PACE = {"upload": 1.5, "list": 0.5, "publish": 2.0, "read": 1.0}

    def __init__(self, front, clip, accounts):
        self.front, self.clip, self.accounts = front, clip, accounts
        self.lock = threading.Lock()
        self.requests = []
        self.uploaded = {}  # id → SHA-256, of every acknowledged upload
        self.by_key = {}  # SHA-256 → id, of those sent with an Idempotency-Key, until acknowledged
        self.unpublished = []
        self.publications = {}  # id → (video, platform), of every acknowledged publication
        self.wrong = []  # what must not be
        self.ended = threading.Event()
        self.threads = [
            threading.Thread(target=self.client, args=(kind,), name=kind, daemon=True)
            for kind, count in self.CLIENTS.items()
            for _ in range(count)
        ]

    def start(self):
        for thread in self.threads:
            thread.start()
        return self

    def stop(self):
        self.ended.set()
        for thread in self.threads:
            thread.join(90)

    def client(self, kind):
        work = getattr(self, kind)
        time.sleep(random.random() * self.PACE[kind])
        while not self.ended.is_set():
            began = time.monotonic()
            try:
                work()
            except Exception as error:  # a bug of the lab's must not look like a quiet client
                self.wrong.append(f"the lab's {kind} client: {error!r}")
            self.ended.wait(max(0.05, self.PACE[kind] - (time.monotonic() - began)))

    def ask(self, kind, method, path, good=(200,), **options):
        """One request, noted. Its answer; nothing when it failed."""
        began = time.monotonic()
        answer, outcome = None, "ok"
        try:
            answer = self.front.send(method, path, within=ANSWER_WITHIN[kind], **options)
            if answer.status not in good:
                outcome = str(answer.status)
        except urllib3.exceptions.HTTPError as error:
            outcome = outcome_of(error)
        with self.lock:
            self.requests.append(Request(kind, began, time.monotonic(), outcome))
        return answer if outcome == "ok" else None

    def insist(self, kind, method, path, good, headers, body):
        """Sends it, under one Idempotency-Key, until it is acknowledged or the lab ends."""
        headers = {**headers, "Idempotency-Key": str(uuid.uuid4())}
        while True:
            answer = self.ask(kind, method, path, good, headers=headers, body=body)
            if answer or self.ended.wait(1):
                return answer

    # ---- what the clients do

    def new_clip(self):
        """The clip with bytes that no other has, in a box that players pass over; some are sent in several parts."""
        extra = random.choice([20_000] * 9 + [9_000_000])
        return self.clip + struct.pack(">I", 8 + extra) + b"free" + os.urandom(extra)

    def upload(self):
        content = self.new_clip()
        digest = hashlib.sha256(content).hexdigest()
        form = Form().field("title", f"Clip {digest[:12]}").file("video", "clip.mp4", content)
        body, headers = form.body(), {"Content-Type": form.content_type}
        if random.random() < 0.5:
            answer = self.ask("upload", "POST", "/api/videos/upload", (201,), headers=headers, body=body)
        else:
            with self.lock:
                self.by_key[digest] = None
            answer = self.insist("upload", "POST", "/v1/videos", (201,), headers, body)
        if answer:
            video = json.loads(answer.data)["id"]
            with self.lock:
                self.uploaded[video] = digest
                self.unpublished.append(video)
                if digest in self.by_key:
                    self.by_key[digest] = video

    def list(self):
        path = random.choice(["/v1/videos?limit=20", "/api/videos?limit=20", "/v1/videos?limit=20&search=clip"])
        answer = self.ask("list", "GET", path)
        if answer:
            json.loads(answer.data)

    def publish(self):
        with self.lock:
            if not self.unpublished:
                return
            video = self.unpublished.pop(random.randrange(len(self.unpublished)))
        platform = random.choice(sorted(self.accounts))
        answer = self.insist("publish", "POST", f"/v1/videos/{video}/publications", (200, 201, 202),
                             {"Content-Type": "application/json"}, json.dumps({"platform": platform}))  # fmt: skip
        if answer:
            with self.lock:
                self.publications[json.loads(answer.data)["id"]] = (video, platform)

    def read(self):
        with self.lock:
            if not self.uploaded:
                return
            video, digest = random.choice(list(self.uploaded.items()))
        answer = self.ask("read", "GET", f"/v1/videos/{video}")
        if not answer:
            return
        answer = self.ask("read", "GET", json.loads(answer.data)["source_url"])
        if answer and hashlib.sha256(answer.data).hexdigest() != digest:
            self.wrong.append(f"{video}: its bytes are not those that were uploaded")
