"""What a library holds, as its clients see it, and somebody who goes on using it meanwhile."""
import hashlib
import threading

from harness.waiting import until


def settle(client):
    """Until every video's facts are read."""
    def settled():
        videos = client.get("/v1/videos", params={"limit": 1000}).json()["data"]
        return all(video["status"] in ("playable", "ready", "failed") for video in videos)

    until(settled, "the facts are read", 60)


MEMBERS = ("id", "title", "description", "tags", "status", "duration", "size", "sha256", "uploaded_at")


def contents(client):
    """Every video, in order, with the digests of its bytes."""
    settle(client)
    videos = []
    for video in client.get("/v1/videos", params={"limit": 1000}).json()["data"]:
        path = "/" + video["source_url"].split("/", 3)[3]
        content = client.get(path, check=False).content
        assert hashlib.sha256(content).hexdigest() == video["sha256"], f"{video['title']}: other bytes than its row says"
        picture = client.get("/" + video["thumbnail_url"].split("/", 3)[3], check=False)
        assert picture.status_code == 200, f"{video['title']} has no picture"
        shown = {member: video[member] for member in MEMBERS}
        videos.append(shown | {"picture": hashlib.sha256(picture.content).hexdigest()})
    return videos


def contents_of(client):
    return {video["id"]: video for video in contents(client)}


class User(threading.Thread):
    """Uploads, renames and deletes until the server says that it is being moved; remembers what was acknowledged."""

    def __init__(self, client, clip):
        super().__init__()
        self.client, self.clip = client, clip.read_bytes()
        self.titles, self.deleted = {}, set()  # of what was acknowledged
        self.unsure = set()  # what was under way when it was refused
        self.refused, self.error = None, None
        self.ended = threading.Event()

    def run(self):
        try:
            number = 0
            while not self.ended.is_set() and self.refused is None:
                number += 1
                self.step(number)
        except Exception as error:  # pylint: disable=broad-exception-caught
            self.error = error

    def step(self, number):
        content = self.clip + f"padding {number}".encode()  # other bytes each time; a player passes over them
        answer = self.client.try_upload(content, f"While it moves {number}", check=False)
        if not self.fine(answer, 201):
            return
        video = answer.json()["id"]
        self.titles[video] = f"While it moves {number}"
        seen = self.client.get(f"/v1/videos/{video}", check=False)
        title = f"Renamed {number}"
        answer = self.client.patch(f"/v1/videos/{video}", json={"title": title}, headers={"If-Match": seen.headers["ETag"]}, check=False)
        if answer.status_code == 412:
            return
        if not self.fine(answer, 200):
            return
        self.titles[video] = title
        if number % 3 == 0:
            if self.fine(self.client.delete(f"/api/videos/{video}", check=False), 200, 204):
                self.deleted.add(video)
                del self.titles[video]

    def fine(self, answer, *statuses):
        if answer.status_code == 503:
            self.refused = answer
            return False
        assert answer.status_code in statuses, f"{answer.status_code} {answer.text[:300]}"
        return True

    def stop(self):
        self.ended.set()
        self.join(60)
        if self.error:
            raise self.error
