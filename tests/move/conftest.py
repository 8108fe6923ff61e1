"""Places that a library moves between: embedded (SQLite and a directory) and full (PostgreSQL and, where there is one, S3)."""
import itertools
import os
import shutil
import sqlite3
from pathlib import Path

import pytest

from harness import postgres, s3
from harness.process import Vitrina
from harness.recovery import QUICK


class Place:
    """Where a library is, or may be: its directory, its settings, and a server on it."""

    def __init__(self, directory, spec, engines=None):
        self.server = Vitrina(directory, spec, environment={**QUICK, **(engines or {})})
        self.data = self.server.data
        self.data.mkdir(parents=True)
        self.engines = engines or {}

    @property
    def settings_file(self):
        file = self.server.directory / "place.env"
        lines = {"VITRINA_DATA": self.data, **self.engines}
        file.write_text("".join(f"{name}={value}\n" for name, value in lines.items()))
        return file

    def use_key_of(self, other):
        shutil.copy(other.data / "secret.key", self.data / "secret.key")
        return self

    def move(self, to, *more, check=True, **environment):
        return self.server.run("--json", "move", "--to", to.settings_file, *more, check=check, **environment)

    def sqlite(self, sql):
        with sqlite3.connect(self.data / "vitrina.db") as database:
            return database.execute(sql).fetchall()

    def standing(self):
        """"" where nobody has ever asked."""
        try:
            rows = self.sqlite("SELECT state FROM library_standing")
        except sqlite3.OperationalError:  # killed before there was such a table
            return ""
        return rows[0][0] if rows else ""

    def objects(self):
        """key → sha256 of every live object, by the rows."""
        return dict(self.sqlite("SELECT key, sha256 FROM objects WHERE state = 'live'"))

    def file_of(self, key):
        return self.data / "objects" / key


@pytest.fixture
def make_place(tmp_path, spec):
    made, full, numbers = [], [], itertools.count()

    def make(kind="embedded"):
        directory = tmp_path / f"place-{next(numbers)}"
        if kind == "embedded":
            place = Place(directory, spec)
        else:
            place = Place(directory, spec, full_engines(directory))
            full.append(directory)
        made.append(place)
        return place

    yield make
    errors = []
    for place in made:
        try:
            place.server.stop()
        except AssertionError as error:
            errors.append(str(error))
            place.server.kill()
    for directory in full:
        postgres.drop_database(directory)
        if HAS_S3:
            empty_bucket(s3.name_of(directory))
    assert not errors, "\n".join(errors)


HAS_S3 = bool(os.environ.get("VITRINA_TEST_S3"))


def full_engines(directory):
    postgres.ask(f'CREATE DATABASE "{postgres.name_of(directory)}"')
    engines = {"DB_HOST": postgres.SERVER, "DB_NAME": postgres.name_of(directory), "DB_USER": "vitrina"}
    return engines | bucket(directory) if HAS_S3 else engines


def bucket(directory):
    s3.ask("PUT", s3.name_of(directory))
    return {
        "S3_BUCKET_NAME": s3.name_of(directory),
        "AWS_REGION": s3.REGION,
        "AWS_ACCESS_KEY_ID": s3.told("access-key"),
        "AWS_SECRET_ACCESS_KEY": s3.told("secret-key"),
        "VITRINA_S3_ENDPOINT": s3.told("http"),
    }


def empty_bucket(name):
    for key, upload in s3.unfinished(name):
        s3.ask("DELETE", name, key, query={"uploadId": upload}, fine=(204, 404))
    for key in s3.objects(name):
        s3.ask("DELETE", name, key)


@pytest.fixture
def make_bucket(tmp_path):
    if not HAS_S3:
        pytest.skip("VITRINA_TEST_S3 names no store")
    made = []

    def make(name):
        made.append(Path(tmp_path / name))
        return bucket(made[-1])

    yield make
    for directory in made:
        empty_bucket(s3.name_of(directory))
