"""An HTTP client that believes nothing: every answer is checked against the description of the API."""
import json
import re
from pathlib import Path
from urllib.parse import urlsplit

import requests

from .multipart import Form

# What no client may ever read in an error: SQL, engine names, stacks, source files, our directories.
NEVER_IN_AN_ERROR = re.compile(
    r"\b(SELECT|INSERT INTO|UPDATE \w+ SET|DELETE FROM)\b|sqlite|postgres|\.cpp\b|std::|boost::|Traceback|/tmp/|/home/",
    re.I,
)


class Client:
    def __init__(self, base_url, spec, token=None):
        self.base_url = base_url
        self.spec = spec
        self.session = requests.Session()
        self.session.trust_env = False
        if token:
            self.session.headers["Authorization"] = f"Bearer {token}"

    def request(self, method, path, *, check=True, timeout=60, **options):
        """`path` may be an absolute URL of this server, as found in an answer."""
        url = path if path.startswith("http") else self.base_url + path
        answer = self.session.request(method, url, timeout=timeout, allow_redirects=False, **options)
        if answer.status_code >= 400 and method != "HEAD" and not options.get("stream"):
            leak = NEVER_IN_AN_ERROR.search(answer.text)
            assert not leak, f"{method} {path} shows {leak.group()!r} to the client: {answer.text[:500]}"
        if check and not options.get("stream"):
            self.spec.check(method, urlsplit(url).path, answer)
        return answer

    def get(self, path, **options):
        return self.request("GET", path, **options)

    def head(self, path, **options):
        return self.request("HEAD", path, **options)

    def post(self, path, **options):
        return self.request("POST", path, **options)

    def patch(self, path, **options):
        return self.request("PATCH", path, **options)

    def delete(self, path, **options):
        return self.request("DELETE", path, **options)

    # The frozen surface, as the mobile app uses it.

    def send_form(self, form, path="/api/videos/upload", **options):
        return self.post(path, data=form.body(), headers={"Content-Type": form.content_type}, **options)

    def try_upload(self, file, title="A video", description=None, tags=None, name=None, **options):
        form = Form().field("title", title)
        if description is not None:
            form.field("description", description)
        if tags is not None:
            form.field("tags", tags if isinstance(tags, str) else json.dumps(tags))
        content = file if isinstance(file, bytes) else Path(file).read_bytes()
        form.file("video", name or (Path(file).name if not isinstance(file, bytes) else "video.mp4"), content)
        return self.send_form(form, **options)

    def upload(self, file, title="A video", **options):
        answer = self.try_upload(file, title, **options)
        assert answer.status_code == 201, f"upload: {answer.status_code} {answer.text[:500]}"
        return answer.json()

    def list(self, **query):
        answer = self.get("/api/videos", params=query)
        assert answer.status_code == 200, answer.text[:500]
        return answer.json()

    def find(self, video_id):
        return next((video for video in self.list() if video["id"] == video_id), None)

    def publish(self, video_id, platforms, **options):
        return self.post(f"/api/videos/{video_id}/publish", json={"platforms": platforms}, **options)
