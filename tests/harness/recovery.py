"""What must hold after any fault, and settings that make recovery quick enough to watch."""
import hashlib
import json

from .waiting import until

QUICK = {
    "VITRINA_UPLOAD_LEASE": "1s",
    "VITRINA_JOB_LEASE": "2s",
    "VITRINA_BODY_TIMEOUT": "5s",
}


class Oracle:
    """What must hold after any fault: a video is whole or absent, and the store holds what the rows say, no more."""

    def __init__(self, content, files_of_one):
        self.content = content
        self.files_of_one = files_of_one

    def settled(self, client, video_id):
        return client.get(f"/v1/videos/{video_id}").json()["status"] in ("playable", "ready")

    def holds(self, server, acknowledged=(), absent=()):
        client = server.client()
        videos = client.list()
        listed = {video["id"] for video in videos}
        assert set(acknowledged) <= listed, "an acknowledged video is gone"
        assert not set(absent) & listed, "a deleted video came back"
        for video in videos:
            until(lambda: self.settled(client, video["id"]), "the video's facts are read after the restart", 60)
            got = client.get(video["s3_url"])
            assert got.status_code == 200, "a listed video without its object"
            assert hashlib.sha256(got.content).digest() == hashlib.sha256(self.content).digest()
        for video in client.list():
            assert video["duration"] == 2
            assert client.get(video["thumbnail_path"]).status_code == 200
        # Mostly at once. But what a living process began and gave up belongs to it until its lease of two minutes is
        # over, and then the sweep comes every minute.
        until(
            lambda: len(server.files()) == self.files_of_one * len(videos),
            f"the store holds {self.files_of_one} files for each of {len(videos)} videos",
            200,
        )
        # O1: entries, files, uploads and jobs agree.
        self.proof(server)
        return videos

    def proof(self, server):
        """What `vitrina fsck` counted; a violation is an error."""
        result = server.run("--json", "fsck", check=False)
        assert result.returncode == 0, f"fsck: {result.stdout}{result.stderr}"
        return json.loads(result.stdout.splitlines()[-1])
