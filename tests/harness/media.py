"""Real media: the corpus in testdata/media, and clips made with ffmpeg once per run."""
import re
import subprocess
from pathlib import Path

CORPUS = Path(__file__).resolve().parents[2] / "testdata" / "media"


def corpus(prefix):
    return sorted(path for path in CORPUS.iterdir() if path.name.startswith(prefix))


def manifest():
    """What MANIFEST.md says of every file: name → {'seconds', 'rotation', 'streams'}."""
    rows = {}
    for line in (CORPUS / "MANIFEST.md").read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) > 5 and re.fullmatch(r"\S+\.\w{2,4}", cells[0]):
            seconds = float(cells[3]) if re.fullmatch(r"[\d.]+", cells[3]) else None
            rows[cells[0]] = {"container": cells[1], "streams": cells[2], "seconds": seconds, "rotation": cells[4]}
    return rows


class Studio:
    """Makes clips, each once."""

    def __init__(self, directory):
        self.directory = Path(directory)

    def clip(self, seconds=2, size="320x240", rate=25, extension="mp4", name=None):
        path = self.directory / (name or f"clip-{seconds}s-{size}.{extension}")
        if not path.exists():
            self._ffmpeg(
                "-f", "lavfi", "-i", f"testsrc2=size={size}:rate={rate}:duration={seconds}",
                "-f", "lavfi", "-i", f"sine=frequency=440:duration={seconds}",
                "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-g", str(rate),
                "-c:a", "aac", "-movflags", "+faststart", path,
            )  # fmt: skip
        return path

    @staticmethod
    def _ffmpeg(*arguments):
        command = ["ffmpeg", "-nostdin", "-v", "error", "-y", *map(str, arguments)]
        subprocess.run(command, check=True, stdin=subprocess.DEVNULL, timeout=120)
