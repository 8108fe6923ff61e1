"""Libraries of many videos, written straight into the database by bench/make_library.cpp and kept below build/bench."""
import csv
import hashlib
import sqlite3
import subprocess

from candidates import ROOT, WORK

# Words that make_library puts in on purpose, and a syllable of its language.
COMMON, RARE, EVERYWHERE = "madrugada", "zanahoria", "tri"
DATABASE = "vitrina.db"


def make_library(name, count):
    data = WORK / name / "data"
    schema = b"".join(path.read_bytes() for path in sorted((ROOT / "src/db/migrations").glob("*.cpp")))
    marker = WORK / name / f"{count}-{hashlib.sha256(schema).hexdigest()[:8]}-videos"  # another schema, another library
    if marker.exists():
        return
    build = ROOT / "build" / "release"
    subprocess.run(["cmake", "--build", build, "--target", "make_library"], check=True, stdout=subprocess.DEVNULL)
    for old in [*data.glob(DATABASE + "*"), *(WORK / name).glob("*-videos")]:
        old.unlink()
    data.mkdir(parents=True, exist_ok=True)
    subprocess.run([build / "bench" / "make_library", data / DATABASE, str(count)], check=True)
    marker.touch()


def copy_to_postgres(name, postgres, database):
    """The same library in PostgreSQL, row for row; the server that asked for the schema has ended."""
    postgres.sql("DROP INDEX video_search", database=database)
    with sqlite3.connect(f"file:{WORK / name / 'data' / DATABASE}?mode=ro", uri=True) as source:
        for table in ("videos", "video_tags", "video_documents"):
            columns = [row[1] for row in source.execute(f"PRAGMA table_info({table})")]
            copy = subprocess.Popen(
                [postgres.binaries / "psql", "-q", "-v", "ON_ERROR_STOP=1", "-h", postgres.socket, "-U", "bench", "-d", database,
                 "-c", f"COPY {table} ({', '.join(columns)}) FROM STDIN WITH (FORMAT csv, NULL '\\N')"],
                stdin=subprocess.PIPE, text=True, encoding="utf-8",
            )  # fmt: skip
            rows = csv.writer(copy.stdin)
            for row in source.execute(f"SELECT {', '.join(columns)} FROM {table}"):
                rows.writerow(['\\N' if value is None else value for value in row])
            copy.stdin.close()
            if copy.wait() != 0:
                raise RuntimeError(f"{table} could not be copied")
    postgres.sql(
        "SELECT setval(pg_get_serial_sequence('videos', 'seq'), (SELECT max(seq) FROM videos));"
        "CREATE INDEX video_search ON video_documents USING gin (document gin_trgm_ops);"
        "VACUUM ANALYZE",
        database=database,
    )
