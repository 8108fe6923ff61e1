"""The video object of the frozen surface: eleven members whose types the app casts without mercy."""
import re
import uuid

MEMBERS = {
    "id": str,
    "title": str,
    "description": str,
    "file_path": str,
    "s3_url": str,
    "thumbnail_path": str,
    "tags": list,
    "upload_date": str,
    "duration": int,
    "is_published": bool,
    "published_platforms": list,
}


def check_video(video):
    assert set(video) == set(MEMBERS)
    for name, kind in MEMBERS.items():
        assert type(video[name]) is kind, f"{name} is {video[name]!r}"  # bool is an int to isinstance
    assert str(uuid.UUID(video["id"])) == video["id"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?", video["upload_date"]), "ISO 8601 without a zone"
    assert all(isinstance(tag, str) for tag in video["tags"] + video["published_platforms"])
