"""Who receives webhooks: a small HTTP server on the loopback that checks every signature, as a receiver should."""
import base64
import hashlib
import hmac
import http.server
import json
import threading
import time

from .waiting import until


def sign(secret, message_id, timestamp, body):
    """The signature that Standard Webhooks asks for, of one secret."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    text = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, text, hashlib.sha256).digest()).decode()


class Message:
    def __init__(self, path, headers, body):
        self.path, self.headers, self.body = path, headers, body
        self.id = headers.get("webhook-id")
        self.timestamp = headers.get("webhook-timestamp")
        self.signatures = (headers.get("webhook-signature") or "").split(" ")
        self.json = json.loads(body)
        self.type = self.json["type"]
        self.at = time.monotonic()

    def is_signed_with(self, secret):
        return sign(secret, self.id, self.timestamp, self.body) in self.signatures


class Receiver:
    """`answer` is called with each Message and gives a status, or (status, headers), and may take its time."""

    def __init__(self, answer=None, port=0):
        self.answer = answer or (lambda message: 200)
        self.messages = []
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                message = Message(self.path, self.headers, body)
                receiver.messages.append(message)
                answer = receiver.answer(message)
                status, headers = answer if isinstance(answer, tuple) else (answer, {})
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"ok")

            def do_GET(self):
                receiver.messages.append(None)  # somebody followed a redirect
                self.send_error(404)

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_):
                pass  # whoever is killed in the middle of a request hangs up

        self.server = Server(("127.0.0.1", port), Handler)
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self.thread.start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}/hook"

    # What the server is started with, so that it may send here.
    settings = {"VITRINA_PRIVATE_HOSTS": "127.0.0.1"}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join(10)

    def types(self, subject=None):
        return [m.type for m in list(self.messages) if subject in (None, m.json["subject"], m.json["video_id"])]

    def wait_for(self, type_, seconds=30):
        def found():
            return next((m for m in list(self.messages) if m.type == type_), None)

        return until(found, f"the message {type_}; there were {self.types()}", seconds)


def add_webhook(client, url, **members):
    answer = client.post("/v1/webhooks", json={"url": url, **members})
    assert answer.status_code == 201, answer.text
    return answer.json()


def secret_of(client, webhook):
    answer = client.get(f"/v1/webhooks/{webhook['id']}/secret")
    assert answer.status_code == 200, answer.text
    return answer.json()["secret"]


def settled(client, delivery, seconds=30):
    """The delivery, once it is delivered or given up."""

    def look():
        answer = client.get(f"/v1/webhook-deliveries/{delivery['id']}")
        assert answer.status_code == 200, answer.text
        return answer.json() if answer.json()["status"] != "pending" else None

    return until(look, "the delivery settles", seconds)
