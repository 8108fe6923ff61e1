"""Libraries of many videos, written straight into the database by bench/make_library.cpp and kept below build/bench."""
import subprocess

from candidates import ROOT, WORK

# Words that make_library puts in on purpose, and a syllable of its language.
COMMON, RARE, EVERYWHERE = "madrugada", "zanahoria", "tri"
DATABASE = "vitrina.db"


def make_library(name, count):
    data = WORK / name / "data"
    marker = WORK / name / f"{count}-videos"
    if marker.exists():
        return
    build = ROOT / "build" / "release"
    subprocess.run(["cmake", "--build", build, "--target", "make_library"], check=True, stdout=subprocess.DEVNULL)
    for old in [*data.glob(DATABASE + "*"), *(WORK / name).glob("*-videos")]:
        old.unlink()
    data.mkdir(parents=True, exist_ok=True)
    subprocess.run([build / "bench" / "make_library", data / DATABASE, str(count)], check=True)
    marker.touch()
