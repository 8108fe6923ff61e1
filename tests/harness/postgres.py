"""Databases of the tests on the PostgreSQL server that ./dev test starts (tests/engines/postgres)."""
import contextlib
import hashlib
import os
import subprocess

SERVER = os.environ.get("VITRINA_TEST_POSTGRES", "")
WANTED = os.environ.get("VITRINA_TEST_ENGINE") == "postgres"


def name_of(data):
    """The database that belongs to a data directory, as the file in it does where the engine is SQLite."""
    return "t_" + hashlib.sha256(str(data).encode()).hexdigest()[:20]


def settings(data):
    return {"DB_HOST": SERVER, "DB_NAME": name_of(data), "DB_USER": "vitrina"} if WANTED else {}


def ask(sql, database="vitrina", server=SERVER):
    result = subprocess.run(
        ["psql", "-X", "-q", "-t", "-A", "-v", "ON_ERROR_STOP=1", "-h", server, "-U", "vitrina", "-c", sql, database],
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert result.returncode == 0, f"{sql}: {result.stderr}"
    return result.stdout.strip()


@contextlib.contextmanager
def session(server=SERVER):
    """An administrator who is connected, and does nothing."""
    psql = subprocess.Popen(
        ["psql", "-X", "-q", "-t", "-A", "-h", server, "-U", "vitrina", "vitrina"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    with psql:
        psql.stdin.write("SELECT 1;\n")
        psql.stdin.flush()
        assert psql.stdout.readline() == "1\n"
        yield


def exists(data):
    return ask(f"SELECT 1 FROM pg_database WHERE datname = '{name_of(data)}'") == "1"


def make(data, template="template1"):
    if WANTED and not exists(data):
        ask(f'CREATE DATABASE "{name_of(data)}" TEMPLATE "{template}"')


def copy(of, to):
    if WANTED:
        make(to, name_of(of))


def drop(data):
    if WANTED:
        drop_database(data)


def drop_database(data):
    """Whoever is connected to it still is thrown out, and kept out; WITH (FORCE), which does that too, is there since 13."""
    if exists(data):
        ask(f'ALTER DATABASE "{name_of(data)}" ALLOW_CONNECTIONS false')
        ask(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name_of(data)}'")
        ask(f'DROP DATABASE "{name_of(data)}"')


def can_write(data):
    """Whether nobody holds the lock of those who write (src/db/postgres/locks.hpp)."""
    return ask("SELECT pg_try_advisory_lock(7311202, hashtext(current_schema()))", name_of(data)) == "t"
