"""Whether it kept its promises: every acknowledged upload is there, byte by byte, and nothing was posted twice."""
import collections
import hashlib
import json

from harness.publications import SETTLED
from harness.waiting import until


class Verdict:
    def __init__(self, front, load, world):
        self.front, self.load, self.world = front, load, world
        self.wrong = list(load.wrong)
        self.numbers = {}

    def get(self, path):
        answer = self.front.send("GET", path, within=60)
        assert answer.status == 200, f"{path}: {answer.status} {answer.data[:200]}"
        return answer

    def all_of(self, path):
        """Every page of a list."""
        found, cursor = [], ""
        while cursor is not None:
            page = json.loads(self.get(f"{path}?limit=200" + (f"&cursor={cursor}" if cursor else "")).data)
            found += page["data"]
            cursor = page["next_cursor"]
        return found

    def reach(self):
        self.uploads()
        self.publications()
        for what in ("uploads acknowledged", "publications acknowledged"):
            if not self.numbers[what]:
                self.wrong.append(f"no {what}: nothing was shown")
        return self

    def uploads(self):
        videos = {video["id"]: video for video in self.all_of("/v1/videos")}
        acknowledged = self.load.uploaded
        lost = [video for video in acknowledged if video not in videos]
        damaged = []
        for video in videos.values():  # the unacknowledged ones as well: what is listed is whole
            digest = hashlib.sha256(self.get(video["source_url"]).data).hexdigest()
            if digest != video["sha256"] or digest != acknowledged.get(video["id"], digest):
                damaged.append(video["id"])
        times = collections.Counter(video["sha256"] for video in videos.values())
        twice = [digest for digest in self.load.by_key if times[digest] > 1]
        self.numbers |= {
            "uploads acknowledged": len(acknowledged),
            "acknowledged uploads lost": len(lost),
            "videos listed": len(videos),
            "listed videos with other bytes than were sent": len(damaged),
            "uploads with an Idempotency-Key": len(self.load.by_key),
            "of these stored twice": len(twice),
        }
        for what, which in (("lost", lost), ("damaged", damaged), ("stored twice", twice)):
            self.wrong += [f"{one}: an upload {what}" for one in which]

    def publications(self):
        def settled():
            states = {one["id"]: one for one in self.all_of("/v1/publications")}
            return states if all(one["status"] in SETTLED for one in states.values()) else None

        found = until(settled, "every publication is settled", 300)
        lost = [one for one in self.load.publications if one not in found]
        videos = {video["id"]: video["sha256"] for video in self.all_of("/v1/videos")}
        posts = collections.Counter((post["network"], post["sha256"]) for post in self.world.posts())
        twice = [key for key, count in posts.items() if count > 1]
        states = collections.Counter(one["status"] for one in found.values())
        missing = [
            one["id"]
            for one in found.values()
            if one["status"] == "published" and not posts[(one["platform"], videos[one["video_id"]])]
        ]
        self.numbers |= {
            "publications acknowledged": len(self.load.publications),
            "acknowledged publications lost": len(lost),
            **{f"publications that ended as {state}": count for state, count in sorted(states.items())},
            "posts on the networks": sum(posts.values()),
            "posted twice": len(twice),
            "said to be published, and not there": len(missing),
        }
        for what, which in (("lost", lost), ("posted twice", twice), ("said to be published, and not there", missing)):
            self.wrong += [f"{one}: a publication {what}" for one in which]
        failed = [one for one in found.values() if one["status"] == "failed"]
        self.wrong += [f"{one['id']}: a publication failed: {one['reason']}" for one in failed]
