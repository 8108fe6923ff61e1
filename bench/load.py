"""Clients that cost little, so that the server is what is measured."""
import json
import os
import re
import socket
import subprocess
import threading
import time
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[1]
BOUNDARY = "vitrina-bench-boundary"


def wrk(url, seconds=3, connections=64):
    """Keep-alive requests as fast as they are answered: requests per second."""
    output = subprocess.run(
        ["wrk", "-t", "1", "-c", str(connections), "-d", f"{seconds}s", "--timeout", "30s", url],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    if re.search(r"Non-2xx|Socket errors", output):
        raise RuntimeError(f"{url}: {output}")
    return int(re.search(r"(\d+) requests in", output).group(1)), float(re.search(r"Requests/sec:\s+([\d.]+)", output).group(1))


def steady(port, path, rate, seconds):
    """An open loop: so many requests per second whether they are answered or not. Gives the latencies in seconds, each
    from the moment its request was due."""
    build = ROOT / "build" / "release"
    subprocess.run(["cmake", "--build", build, "--target", "steady_load"], check=True, stdout=subprocess.DEVNULL)
    output = subprocess.run(
        [build / "bench" / "steady_load", str(port), path, str(rate), str(seconds)],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    return [int(line) / 1e6 for line in output.split()]


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


class KeepAlive:
    """One connection, one request after the other."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.pending = b""

    def request(self, path, headers=""):
        """(status, headers, body)"""
        self.socket.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{headers}\r\n".encode())
        head = self._until(b"\r\n\r\n")
        status = int(head[9:12])
        fields = dict(re.findall(r"(?m)^([^:\r\n]+): *([^\r\n]*)", head.decode("latin-1")))
        fields = {name.lower(): value for name, value in fields.items()}
        if fields.get("transfer-encoding") == "chunked":
            body = b""
            while size := int(self._until(b"\r\n"), 16):
                body += self._exactly(size)
                self._exactly(2)
            self._exactly(2)
        else:
            body = self._exactly(int(fields.get("content-length", 0)))
        return status, fields, body

    def timed(self, path):
        started = time.perf_counter()
        status, _, body = self.request(path)
        taken = time.perf_counter() - started
        if status != 200:
            raise RuntimeError(f"{path}: {status} {body[:200]!r}")
        return taken, body

    def _until(self, mark):
        while mark not in self.pending:
            self._receive()
        head, self.pending = self.pending.split(mark, 1)
        return head

    def _exactly(self, count):
        while len(self.pending) < count:
            self._receive()
        body, self.pending = self.pending[:count], self.pending[count:]
        return body

    def _receive(self):
        data = self.socket.recv(262144)
        if not data:
            raise RuntimeError("the server closed the connection")
        self.pending += data

    def close(self):
        self.socket.close()


def form_around(title, filename="video.mp4"):
    before = (
        f"--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\n{title}\r\n"
        f"--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"video\"; filename=\"{filename}\"\r\n"
        "Content-Type: application/octet-stream\r\n\r\n"
    ).encode()
    return before, f"\r\n--{BOUNDARY}--\r\n".encode()


def _finish(connection, expected):
    answer = b""
    while b"\r\n\r\n" not in answer:
        data = connection.recv(65536)
        if not data:
            break
        answer += data
    head, _, body = answer.partition(b"\r\n\r\n")
    length = int((re.search(rb"(?i)content-length: *(\d+)", head) or [0, 0])[1])
    while len(body) < length:
        data = connection.recv(65536)
        if not data:
            break
        body += data
    if not head.startswith(b"HTTP/1.1 ") or int(head[9:12]) not in expected:
        raise RuntimeError(f"{head[:200]!r} {body[:300]!r}")
    return body


def upload(port, path, title="Bench"):
    """Sends the file as multipart with sendfile. (seconds in all, seconds from the last byte to the answer, answer)"""
    before, after = form_around(title)
    size = os.path.getsize(path)
    with socket.create_connection(("127.0.0.1", port), timeout=600) as connection, open(path, "rb") as file:
        started = time.perf_counter()
        connection.sendall(
            f"POST /api/videos/upload HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(before) + size + len(after)}\r\n"
            f"Content-Type: multipart/form-data; boundary={BOUNDARY}\r\nConnection: close\r\n\r\n".encode() + before
        )
        connection.sendfile(file)
        connection.sendall(after)
        sent = time.perf_counter()
        body = _finish(connection, (201,))
        ended = time.perf_counter()
    return ended - started, ended - sent, json.loads(body)


def put(port, path, target):
    with socket.create_connection(("127.0.0.1", port), timeout=600) as connection, open(path, "rb") as file:
        started = time.perf_counter()
        connection.sendall(
            f"PUT {target} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {os.path.getsize(path)}\r\nConnection: close\r\n\r\n".encode()
        )
        connection.sendfile(file)
        _finish(connection, (201, 204))
        return time.perf_counter() - started


def delete(port, path):
    with socket.create_connection(("127.0.0.1", port), timeout=600) as connection:
        connection.sendall(f"DELETE {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode())
        _finish(connection, (200, 204))


def download(port, path, ranges=1):
    """Reads and drops the file, whole or in `ranges` pieces one after the other. (seconds, bytes)"""
    total, buffer = 0, bytearray(1)
    with socket.create_connection(("127.0.0.1", port), timeout=600) as connection:
        started = time.perf_counter()

        def fetch(header):
            connection.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{header}\r\n".encode())
            head = b""
            while b"\r\n\r\n" not in head:
                head += connection.recv(1)  # to the byte, so that the body can be dropped in the kernel
            if int(head[9:12]) not in (200, 206):
                raise RuntimeError(repr(head))
            length = int(re.search(rb"(?i)content-length: *(\d+)", head)[1])
            left = length
            while left:
                # MSG_TRUNC on TCP drops the bytes without copying them: the client costs next to nothing.
                got = drop(connection, min(left, 4 * 1024 * 1024))
                left -= got
            return length, head

        if ranges == 1:
            total, _ = fetch("")
        else:
            _, head = fetch("Range: bytes=0-0\r\n")
            size = int(re.search(rb"(?i)content-range: *bytes 0-0/(\d+)", head)[1])
            step = -(-size // ranges)
            for first in range(0, size, step):
                total += fetch(f"Range: bytes={first}-{min(first + step, size) - 1}\r\n")[0]
        return time.perf_counter() - started, total


_scratch = bytearray(4 * 1024 * 1024)


def drop(connection, count):
    got = connection.recv_into(_scratch, count, socket.MSG_TRUNC)
    if not got:
        raise RuntimeError("the server closed the connection")
    return got


def at_once(count, work):
    """work(n) on so many threads; what they gave, or the first error."""
    results, errors = [None] * count, []

    def run(n):
        try:
            results[n] = work(n)
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(n,), daemon=True) for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    return results


def middle(values):
    return median(values)
