"""Buckets of the tests on the S3 store that ./dev test starts (tests/engines/s3): one for each data directory. Speaks to
the store with a signature of its own making, so that the server's is not believed on its own word."""
import datetime
import hashlib
import hmac
import os
import re
from pathlib import Path
from urllib.parse import quote, unquote, urlencode

import requests

from .waiting import until

PLACE = Path(os.environ.get("VITRINA_TEST_S3", "/nowhere"))
WANTED = os.environ.get("VITRINA_TEST_STORE") == "s3"
REGION = "us-east-1"


def told(what):
    return (PLACE / what).read_text().strip()


def name_of(data):
    """The bucket that belongs to a data directory."""
    return "t-" + hashlib.sha256(str(data).encode()).hexdigest()[:20]


def settings(data):
    if not WANTED:
        return {}
    return {
        "S3_BUCKET_NAME": name_of(data),
        "AWS_REGION": REGION,
        "AWS_ACCESS_KEY_ID": told("access-key"),
        "AWS_SECRET_ACCESS_KEY": told("secret-key"),
        "VITRINA_S3_ENDPOINT": told("http"),
    }


def ask(method, bucket, key="", query=None, body=b"", headers=None, fine=(200, 204)):
    """One signed request; an answer that is none of `fine` is an error."""
    endpoint = told("http")
    path = quote(f"/{bucket}" + (f"/{key}" if key else ""))
    text = urlencode(sorted((query or {}).items()), quote_via=quote, safe="")
    now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    payload = hashlib.sha256(body).hexdigest()
    signed = {"host": endpoint.split("://")[1], "x-amz-content-sha256": payload, "x-amz-date": now, **(headers or {})}
    names = ";".join(sorted(signed))
    canonical = [method, path, text, *(f"{name}:{signed[name]}" for name in sorted(signed)), "", names, payload]
    scope = f"{now[:8]}/{REGION}/s3/aws4_request"
    request_hash = hashlib.sha256("\n".join(canonical).encode()).hexdigest()
    key_of_day = ("AWS4" + told("secret-key")).encode()
    for step in scope.split("/"):
        key_of_day = hmac.digest(key_of_day, step.encode(), "sha256")
    proof = hmac.digest(key_of_day, f"AWS4-HMAC-SHA256\n{now}\n{scope}\n{request_hash}".encode(), "sha256").hex()
    credential = f"{told('access-key')}/{scope}"
    signed["authorization"] = f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders={names}, Signature={proof}"
    url = f"{endpoint}{path}" + (f"?{text}" if text else "")
    answer = requests.request(method, url, data=body, headers=signed, timeout=60, proxies={"http": "", "https": ""})
    assert answer.status_code in fine, f"{method} {path}?{text}: {answer.status_code} {answer.text[:300]}"
    return answer


def _listed(bucket, query, entry, fields, next_page):
    """A whole listing: tuples of the fields of each entry."""
    query, found = dict(query), []
    while True:
        page = ask("GET", bucket, query=query, fine=(200, 404))
        if page.status_code == 404:
            return found
        for text in re.findall(f"<{entry}>(.*?)</{entry}>", page.text, re.S):
            found.append(tuple(unquote(re.search(f"<{field}>(.*?)</{field}>", text)[1]) for field in fields))
        if "<IsTruncated>true" not in page.text:
            return found
        for parameter, field in next_page.items():
            query[parameter] = unquote(re.search(f"<{field}>(.*?)</{field}>", page.text)[1])


def objects(bucket):
    listing = {"list-type": "2", "encoding-type": "url"}
    return [key for (key,) in _listed(bucket, listing, "Contents", ["Key"], {"continuation-token": "NextContinuationToken"})]


def unfinished(bucket):
    """(key, upload id) of every upload whose parts are there and the object is not."""
    markers = {"key-marker": "NextKeyMarker", "upload-id-marker": "NextUploadIdMarker"}
    return _listed(bucket, {"uploads": ""}, "Upload", ["Key", "UploadId"], markers)


def files(data):
    bucket = name_of(data)
    return sorted(objects(bucket) + [key for key, _ in unfinished(bucket)])


def make(data):
    if WANTED:
        ask("PUT", name_of(data))  # again is no harm


def copy(of, to):
    if not WANTED:
        return
    make(to)
    for key in objects(name_of(of)):
        ask("PUT", name_of(to), key, headers={"x-amz-copy-source": quote(f"/{name_of(of)}/{key}")})


def drop(data):
    if not WANTED:
        return
    bucket = name_of(data)

    def gone():  # not at once when a server that was killed had still a request on its way
        for key, upload in unfinished(bucket):
            ask("DELETE", bucket, key, query={"uploadId": upload}, fine=(204, 404))
        for key in objects(bucket):
            ask("DELETE", bucket, key)
        return ask("DELETE", bucket, fine=(204, 404, 409)).status_code != 409

    until(gone, "the bucket can be removed")
