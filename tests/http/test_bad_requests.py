"""Bytes no well-behaved client sends, over a bare socket to the real binary: a clean 4xx or a close, never a crash."""
import json
import re

import pytest

from harness.raw import RawConnection, exchange


@pytest.fixture(autouse=True)
def the_server_still_serves(server):
    """Whatever a test sent, the next client is served."""
    yield
    assert server.running
    status, _, body = exchange(server.url, "GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert status == 200, body


def refused(server, request, statuses=(400,)):
    """The server answers with one of the statuses and hangs up, or just hangs up."""
    data = request if isinstance(request, bytes) else request.encode("latin-1")
    with RawConnection(server.url) as connection:
        try:
            connection.send(data)
        except (BrokenPipeError, ConnectionResetError):
            pass  # it hung up before it had read everything
        answer = connection.answer()
        if answer is not None:
            assert answer[0] in statuses, f"{data[:200]!r} → {answer[0]} {answer[2][:300]!r}"
        assert connection.is_closed_by_server(), f"{data[:200]!r}: the connection stays open after a request like this"


SMUGGLING = {
    "content-length and transfer-encoding":
        "POST /v1/videos HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "two different content-lengths":
        "POST /v1/videos HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nContent-Length: 5\r\n\r\nGET /",
    "a list of content-lengths":
        "POST /v1/videos HTTP/1.1\r\nHost: x\r\nContent-Length: 0, 5\r\n\r\nGET /",
    "a signed content-length":
        "POST /v1/videos HTTP/1.1\r\nHost: x\r\nContent-Length: +5\r\n\r\nhello",
    "a negative content-length":
        "POST /v1/videos HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
    "a hexadecimal content-length":
        "POST /v1/videos HTTP/1.1\r\nHost: x\r\nContent-Length: 0x5\r\n\r\nhello",
    "a content-length beyond 64 bits":
        "POST /v1/videos HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999999\r\n\r\n",
    "two transfer-encodings":
        "POST /v1/videos HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
    "a transfer-encoding nobody knows":
        "POST /v1/videos HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "chunked that is not last":
        "POST /v1/videos HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n",
    "a space before the colon":
        "POST /v1/videos HTTP/1.1\r\nHost: x\r\nContent-Length : 5\r\n\r\nhello",
    "obs-fold":
        "GET /livez HTTP/1.1\r\nHost: x\r\nX-Long: a\r\n b\r\n\r\n",
    "obs-fold of transfer-encoding":
        "POST /v1/videos HTTP/1.1\r\nHost: x\r\nTransfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n",
    "bare LF after the request line":
        "GET /livez HTTP/1.1\nHost: x\r\n\r\n",
    "bare LF after a field":
        "GET /livez HTTP/1.1\r\nHost: x\nX: y\r\n\r\n",
    "bare LF all over":
        "GET /livez HTTP/1.1\nHost: x\n\n",
    "a bare CR in a value":
        "GET /livez HTTP/1.1\r\nHost: x\r\nX: a\rContent-Length: 5\r\n\r\n",
    "a NUL in a value":
        "GET /livez HTTP/1.1\r\nHost: x\r\nX: a\0b\r\n\r\n",
    "a field before which there is a space":
        "GET /livez HTTP/1.1\r\n Host: x\r\n\r\n",
    "transfer-encoding in HTTP/1.0":
        "POST /v1/videos HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
}  # fmt: skip


@pytest.mark.parametrize("name", SMUGGLING)
def test_smuggling(server, name):
    refused(server, SMUGGLING[name], (400, 411, 413, 501, 505))


BROKEN = {
    "no request line": "\r\n\r\n\r\n\r\nnonsense\r\n\r\n",
    "binary": bytes(range(256)),
    "a TLS hello": bytes.fromhex("1603010200010001fc0303") + bytes(500),
    "no version": "GET /livez\r\n\r\n",
    "a version of the future": "GET /livez HTTP/3.0\r\nHost: x\r\n\r\n",
    "a lower-case version": "GET /livez http/1.1\r\nHost: x\r\n\r\n",
    "two spaces": "GET  /livez HTTP/1.1\r\nHost: x\r\n\r\n",
    "no host": "GET /livez HTTP/1.1\r\n\r\n",
    "two hosts": "GET /livez HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    "a host that is none": "GET /livez HTTP/1.1\r\nHost: a/b@c d\r\n\r\n",
    "a field without a name": "GET /livez HTTP/1.1\r\nHost: x\r\n: y\r\n\r\n",
    "a field without a colon": "GET /livez HTTP/1.1\r\nHost: x\r\nnonsense\r\n\r\n",
    "a control character in the target": "GET /li\x01vez HTTP/1.1\r\nHost: x\r\n\r\n",
    "a bad percent code": "GET /livez%zz HTTP/1.1\r\nHost: x\r\n\r\n",
    "a half percent code": "GET /livez% HTTP/1.1\r\nHost: x\r\n\r\n",
    "an encoded NUL": "GET /livez%00 HTTP/1.1\r\nHost: x\r\n\r\n",
    "a method that is none": "G(T /livez HTTP/1.1\r\nHost: x\r\n\r\n",
    "a CONNECT": "CONNECT example.org:443 HTTP/1.1\r\nHost: example.org:443\r\n\r\n",
    "a TRACE": "TRACE / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    "an HTTP/2 preface": "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_broken(server, name):
    data = BROKEN[name]
    data = data if isinstance(data, bytes) else data.encode("latin-1")
    with RawConnection(server.url) as connection:
        try:
            connection.send(data).finish_sending()
        except (OSError, ConnectionError):
            pass  # it hung up before it had read everything
        answer = connection.answer()
        assert answer is None or 400 <= answer[0] < 600, answer
        assert answer is None or answer[0] != 500, answer


CHUNKS = {
    "a size that is none": b"zz\r\nhello\r\n0\r\n\r\n",
    "a size beyond 64 bits": b"fffffffffffffffff\r\nhello\r\n0\r\n\r\n",
    "a negative size": b"-5\r\nhello\r\n0\r\n\r\n",
    "no CRLF after the data": b"5\r\nhelloX\r\n0\r\n\r\n",
    "bare LF after the size": b"5\nhello\r\n0\r\n\r\n",
    "an extension without end": b"5;" + b"x" * 70_000 + b"\r\nhello\r\n0\r\n\r\n",
    "a space before the size": b" 5\r\nhello\r\n0\r\n\r\n",
    "a trailer without end": b"0\r\nX: " + b"y" * 200_000 + b"\r\n\r\n",
}


@pytest.mark.parametrize("name", CHUNKS)
@pytest.mark.parametrize("path, kind", [("/api/videos/upload", "multipart/form-data; boundary=b"), ("/v1/publications", "application/json")])
def test_bad_chunks(server, name, path, kind):
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: {kind}\r\nTransfer-Encoding: chunked\r\n\r\n"
    refused(server, head.encode() + CHUNKS[name], (400, 413, 422, 431))


def test_a_header_without_end_is_431(server):
    refused(server, "GET /livez HTTP/1.1\r\nHost: x\r\nX: " + "y" * 2_000_000 + "\r\n\r\n", (400, 431))


def test_ten_thousand_fields_are_431(server):
    fields = "".join(f"X-{n}: y\r\n" for n in range(10_000))
    refused(server, f"GET /livez HTTP/1.1\r\nHost: x\r\n{fields}\r\n", (400, 431))


def test_a_target_without_end_is_414(server):
    refused(server, "GET /" + "a" * 200_000 + " HTTP/1.1\r\nHost: x\r\n\r\n", (400, 414, 431))


def test_a_json_body_over_its_limit_is_413(server):
    refused(
        server,
        "POST /v1/publications HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 99999999\r\n\r\n{",
        (413,),
    )


@pytest.mark.parametrize("depth", [1_000, 100_000])
def test_json_as_deep_as_a_well(server, depth):
    body = "[" * depth
    status, _, _ = exchange(
        server.url,
        "POST /v1/publications HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nConnection: close\r\n"
        f"Content-Length: {len(body)}\r\n\r\n{body}",
    )
    assert status in (400, 413, 422)


def test_pipelined_requests_are_answered_in_order(server):
    with RawConnection(server.url) as connection:
        connection.send("".join(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n" for path in ("/livez", "/nope", "/health") * 20))
        statuses = [connection.answer()[0] for _ in range(60)]
    assert statuses == [200, 404, 200] * 20


def test_keep_alive_and_close(server):
    with RawConnection(server.url) as connection:
        for _ in range(3):
            assert connection.send("GET /livez HTTP/1.1\r\nHost: x\r\n\r\n").answer()[0] == 200
        status, headers, _ = connection.send("GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").answer()
        assert (status, headers["connection"].lower()) == (200, "close")
        assert connection.is_closed_by_server()


def test_http_1_0_closes(server):
    with RawConnection(server.url) as connection:
        assert connection.send("GET /livez HTTP/1.0\r\n\r\n").answer()[0] == 200
        assert connection.is_closed_by_server()


def test_a_body_where_none_is_expected_does_not_become_a_request(server):
    smuggled = "GET /health HTTP/1.1\r\nHost: x\r\n\r\n"
    with RawConnection(server.url) as connection:
        connection.send(f"GET /livez HTTP/1.1\r\nHost: x\r\nContent-Length: {len(smuggled)}\r\n\r\n{smuggled}")
        first = connection.answer()
        assert first is not None
        if first[0] == 200:  # the body was dropped: the next answer is that to the next request
            connection.send("GET /nowhere HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            assert connection.answer()[0] == 404


@pytest.mark.parametrize(
    "text",
    ["x\r\nSet-Cookie: a=b", "x\nLocation: http://evil", "%0d%0aSet-Cookie:%20a=b"],
)
def test_nothing_a_client_sends_becomes_a_header(server, text):
    from urllib.parse import quote

    status, headers, _ = exchange(
        server.url,
        f"GET /api/videos?limit=1&search={quote(text)}&cursor={quote(text)} HTTP/1.1\r\nHost: x\r\n"
        f"X-Request-Id: {quote(text)}\r\nOrigin: http://a\r\nConnection: close\r\n\r\n",
    )
    assert "set-cookie" not in headers and "location" not in headers


@pytest.mark.parametrize("path", [b"/api/%ff%fe", b"/v1/videos?search=%c3", b"/\xff\xfe", b"/%e2%80%a8%22%5c"])
def test_whatever_is_asked_for_the_log_stays_json(server, path):
    with RawConnection(server.url) as connection:
        connection.send(b"GET " + path + b" HTTP/1.1\r\nHost: x\r\nUser-Agent: \xff\"\\\r\nX-Request-Id: \xc3(\r\n\r\n")
        connection.answer()
    for line in server.log_path.read_bytes().split(b"\n")[:-1]:  # the last one may be half written
        json.loads(line.decode("utf-8"))


def test_a_readable_log_has_a_line_for_each_request_and_no_more(make_vitrina):
    server = make_vitrina(environment={"VITRINA_LOG_FORMAT": "text"})
    exchange(server.url, b"GET /api/%22x HTTP/1.1\r\nHost: x\r\nUser-Agent: a\xc2\x9b\xff\r\nConnection: close\r\n\r\n")
    server.stop()
    lines = server.log_path.read_bytes().decode("utf-8").splitlines()
    assert all(re.match(r"\d\d:\d\d:\d\d \w+ +\S", line) for line in lines), lines
    requests = [line for line in lines if "  path=" in line]
    assert len(requests) == 1, lines
    assert r'path="/api/\"x"  status=404' in requests[0], requests
    assert not any(ord(character) < 32 or 127 <= ord(character) < 160 for line in lines for character in line)
