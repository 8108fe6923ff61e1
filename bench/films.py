"""The files that are uploaded: made once, kept below build/bench."""
import os
import subprocess

from candidates import WORK


def _ffmpeg(target, *arguments):
    part = target.with_name("part-" + target.name)
    subprocess.run(
        ["ffmpeg", "-nostdin", "-v", "error", "-y", *map(str, arguments), part],
        check=True, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    part.rename(target)


def minute_of_1080p():
    """60 seconds of H.264 and AAC at about 4 Mbit/s."""
    WORK.mkdir(parents=True, exist_ok=True)
    target = WORK / "minute-1080p.mp4"
    if not target.exists():
        _ffmpeg(
            target,
            "-f", "lavfi", "-i", "testsrc2=size=1920x1080:rate=30:duration=60",
            "-f", "lavfi", "-i", "sine=frequency=440:duration=60",
            "-c:v", "libx264", "-preset", "ultrafast", "-b:v", "4M", "-pix_fmt", "yuv420p", "-g", "60",
            "-c:a", "aac", "-movflags", "+faststart",
        )  # fmt: skip
    return target


def tiny_film():
    """A second of next to nothing: for what is about numbers, not bytes."""
    WORK.mkdir(parents=True, exist_ok=True)
    target = WORK / "tiny.mp4"
    if not target.exists():
        _ffmpeg(
            target,
            "-f", "lavfi", "-i", "color=size=128x128:rate=10:duration=1",
            "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-movflags", "+faststart",
        )  # fmt: skip
    return target


def big_film(size=2**30):
    """A sound MP4 of exactly `size` bytes: a short film, then a `free` box of random bytes, which players skip."""
    WORK.mkdir(parents=True, exist_ok=True)
    target = WORK / f"film-{size}.mp4"
    if target.exists() and target.stat().st_size == size:
        return target
    short = WORK / "short.mp4"
    if not short.exists():
        _ffmpeg(
            short,
            "-f", "lavfi", "-i", "testsrc2=size=640x360:rate=25:duration=4",
            "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-movflags", "+faststart",
        )  # fmt: skip
    with open(target, "wb") as film:
        film.write(short.read_bytes())
        left = size - film.tell()
        film.write(left.to_bytes(4, "big") + b"free")
        left -= 8
        block = os.urandom(2**20)
        while left:
            film.write(block[:left])
            left -= min(left, len(block))
    return target
