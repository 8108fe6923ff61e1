"""The command line, as a person and as a script use it."""
import contextlib
import json
import os
import re
import signal
import sqlite3
import struct
import subprocess
from datetime import datetime, timedelta, timezone

import pytest
import requests

from harness import postgres
from harness.process import ROOT, binary, clean_environment, free_port, run_command
from harness.waiting import until

DONE, FAILED, USAGE, UNREACHABLE, REFUSED = 0, 1, 2, 3, 4


@pytest.fixture
def run(server):
    """Runs a command against the running server."""

    def run(*arguments, **options):
        return server.run(*arguments, VITRINA_SERVER=server.url, **options)

    return run


@pytest.fixture
def alone(tmp_path):
    """Runs a command on a machine where nothing is set and no server runs."""

    def run(*arguments, check=False, **environment):
        return run_command(*arguments, environment=clean_environment(tmp_path) | environment, directory=tmp_path, check=check)

    return run


def test_version(alone):
    assert re.fullmatch(r"vitrina \d+\.\d+\.\d+\n", alone("version", check=True).stdout)
    assert json.loads(alone("--json", "version", check=True).stdout)["name"] == "vitrina"


def test_help_names_every_command(alone):
    text = alone("--help", check=True).stdout
    for command in ("serve", "upload", "videos", "publish", "edit", "account", "pace", "webhooks", "token", "move", "rekey", "backup", "verify", "restore", "sandbox", "doctor", "fsck", "config", "version"):
        assert re.search(rf"^\s+{command}\b", text, re.M), command


def test_help_lists_the_exit_codes(alone):
    text = alone("--help", check=True).stdout
    meanings = {FAILED: "it did not work", USAGE: "wrong arguments", UNREACHABLE: "no server", REFUSED: "said no"}
    for code, meaning in meanings.items():
        assert re.search(rf"\b{code} .*{meaning}", text), code


def test_help_speaks_spanish_where_the_terminal_does(alone):
    assert "Subir" in alone("--help", check=True, LANG="es_ES.UTF-8").stdout
    assert "Upload" in alone("--help", check=True, LANG="en_US.UTF-8").stdout


@pytest.mark.parametrize("arguments", [[], ["nonsense"], ["upload"], ["serve", "--nonsense"], ["videos", "--limit", "many"]])
def test_wrong_arguments_are_exit_2(alone, arguments):
    result = alone(*arguments)
    assert result.returncode == USAGE
    assert result.stderr + result.stdout


def test_an_unknown_setting_is_refused_with_a_suggestion(alone):
    result = alone("config", VITRINA_LISTN="127.0.0.1:1")
    assert result.returncode == USAGE
    assert "VITRINA_LISTEN" in result.stderr


def test_a_setting_that_cannot_be_is_refused_with_its_name(alone):
    result = alone("config", VITRINA_MAX_UPLOAD="lots")
    assert result.returncode == USAGE
    assert "VITRINA_MAX_UPLOAD" in result.stderr


def test_config_shows_values_sources_and_no_secret(alone, tmp_path):
    (tmp_path / ".env").write_text("DB_PASSWORD=hunter2\nAWS_REGION=eu-south-2\n")
    (tmp_path / "vitrina.toml").write_text('max_upload = "3 GiB"\n')
    result = alone("--json", "config", "--listen", "127.0.0.1:7", check=True, VITRINA_LOG="warn")
    settings = {entry["name"]: entry for entry in json.loads(result.stdout)}
    assert (settings["VITRINA_LISTEN"]["value"], settings["VITRINA_LISTEN"]["source"]) == ("127.0.0.1:7", "flag")
    assert settings["VITRINA_LOG"]["source"] == "environment"
    assert settings["AWS_REGION"]["source"] == ".env"
    assert settings["VITRINA_MAX_UPLOAD"]["source"] == "vitrina.toml"
    assert settings["VITRINA_DATA"]["source"] == "default"
    assert "hunter2" not in result.stdout
    assert "hunter2" not in alone("config", check=True).stdout


def test_the_example_in_the_repository_is_what_the_program_prints(alone):
    assert alone("config", "--example", check=True).stdout == (ROOT / "config/vitrina.example.toml").read_text()


def test_the_example_is_a_file_of_settings_once_its_comments_are_taken_off(alone, tmp_path):
    example = (ROOT / "config/vitrina.example.toml").read_text()
    (tmp_path / "vitrina.toml").write_text(re.sub(r"^# (\w+ = )", r"\1", example, flags=re.M))
    settings = json.loads(alone("--json", "config", check=True).stdout)
    assert {entry["source"] for entry in settings} == {"vitrina.toml"}


def test_a_secret_may_be_in_a_file(alone, tmp_path):
    (tmp_path / "password").write_text("hunter2\n")
    result = alone("--json", "config", check=True, DB_PASSWORD_FILE=str(tmp_path / "password"))
    entry = next(entry for entry in json.loads(result.stdout) if entry["name"] == "DB_PASSWORD")
    assert entry["value"] and "hunter2" not in entry["value"]


def test_upload_list_show_delete(run, clip, client):
    made = json.loads(run("--json", "upload", clip, "--title", "From the shell", "--tag", "uno", "--tag", "dos").stdout)
    assert (made["title"], made["tags"]) == ("From the shell", ["uno", "dos"])
    assert "From the shell" in run("videos").stdout
    assert run("videos", "--search", "SHELL", "--ids").stdout.split() == [made["id"]]
    assert client.find(made["id"])["duration"] == 2
    run("videos", "delete", made["id"])
    assert client.find(made["id"]) is None
    assert run("videos", "delete", made["id"], check=False).returncode == REFUSED


def test_an_upload_without_a_title_takes_the_file_s_name(run, clip, tmp_path):
    named = tmp_path / "My holiday.mp4"
    named.write_bytes(clip.read_bytes())
    result = run("upload", named)
    assert "My holiday" in result.stdout


def on_a_terminal(server, *arguments, seen=lambda written: None):
    """What a command writes to standard error when that is a terminal; `seen` is told what is there so far."""
    screen, behind = os.openpty()
    process = subprocess.Popen(
        [binary(), *map(str, arguments)], env=server.settings() | {"VITRINA_SERVER": server.url}, cwd=server.directory,
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=behind,
    )  # fmt: skip
    os.close(behind)
    written = b""
    try:
        while piece := os.read(screen, 4096):
            written += piece
            seen(written)
    except OSError:  # the last writer is gone
        pass
    os.close(screen)
    return process.wait(60), written.decode()


@pytest.fixture
def long_clip(clip, tmp_path):
    """A clip with more padding than a connection holds while nobody reads."""
    padding = 48 << 20
    path = tmp_path / "A rather long name for a clip.mp4"
    path.write_bytes(clip.read_bytes() + struct.pack(">I4s", padding, b"free") + bytes(padding - 8))
    return path


def test_an_upload_draws_a_bar_on_a_terminal(server, long_clip):
    server.process.send_signal(signal.SIGSTOP)  # so that it stops on the way

    def go_on_once_half_way(written):
        if b" left" in written:
            server.process.send_signal(signal.SIGCONT)

    try:
        code, written = on_a_terminal(server, "upload", long_clip, seen=go_on_once_half_way)
    finally:
        server.process.send_signal(signal.SIGCONT)
    assert code == DONE, written
    drawn = written.split("\r\x1b[K")
    bars = [re.fullmatch(r"A rather long name…  \[(#*)(-*)\] (\d+) %  [\d.]+ \w+/s(  [\d:]+ left)?\s*", line) for line in drawn[1:]]
    assert all(bars), written
    assert all(len(bar[1] + bar[2]) == 20 for bar in bars)
    parts = [int(bar[3]) for bar in bars]
    assert parts == sorted(parts) and (parts[0], parts[-1]) == (0, 100)
    assert any(bar[2] and bar[4] for bar in bars), "on the way it said how long it would take"
    assert written.endswith("\r\n")


def test_an_upload_that_fails_leaves_the_error_a_line_of_its_own(server, tmp_path):
    (tmp_path / "notes.mp4").write_text("hello")
    code, written = on_a_terminal(server, "upload", tmp_path / "notes.mp4")
    assert code == REFUSED
    assert "[" in written and "]" not in written.splitlines()[-1]


def test_an_upload_writes_plain_lines_elsewhere(run, clip):
    lines = run("upload", clip).stderr.splitlines()
    assert len(lines) == 1 and re.fullmatch(rf"{re.escape(clip.name)}  100 %  [\d.]+ \w+ of [\d.]+ \w+  [\d.]+ \w+/s", lines[0])


def test_a_file_that_is_not_there(run):
    result = run("upload", "/no/such/file.mp4", check=False)
    assert result.returncode == USAGE
    assert "/no/such/file.mp4" in result.stderr


def test_a_file_that_is_no_video_is_refused_with_the_server_s_words(run, tmp_path):
    (tmp_path / "notes.mp4").write_text("hello")
    result = run("upload", tmp_path / "notes.mp4", check=False)
    assert result.returncode == REFUSED
    assert result.stderr.strip()


def test_no_server_is_exit_3_and_says_how_to_start_one(alone):
    result = alone("videos", VITRINA_SERVER="http://127.0.0.1:9")
    assert result.returncode == UNREACHABLE
    assert "vitrina serve" in result.stderr


def test_tokens_are_shown_once_and_stored_hashed(make_vitrina):
    server = make_vitrina()
    made = server.run("token", "create", "--scope", "read", "--name", "the app").stdout.strip()
    assert made.startswith("vt_")
    listed = server.run("token", "list").stdout
    assert "the app" in listed and made not in listed
    server.stop()
    for path in server.data.rglob("*"):
        assert not path.is_file() or made.encode() not in path.read_bytes(), path.name


@pytest.fixture
def make_guarded(make_vitrina):
    """A server that others reach, so that it asks everyone for a token; made with its first one."""

    def make():
        server = make_vitrina(start=False, environment={"VITRINA_PUBLIC_URL": "https://video.example.org"})
        server.directory.mkdir(parents=True)
        token = server.run("token", "create").stdout.strip()
        return server.start(), token

    return make


def test_a_token_is_valid_for_its_days_and_until_it_is_revoked(make_guarded):
    server, _ = make_guarded()
    made = json.loads(server.run("--json", "token", "create", "--scope", "read,write", "--days", "2").stdout)
    lives = datetime.fromisoformat(made["expires_at"].replace("Z", "+00:00")) - datetime.now(timezone.utc)
    assert timedelta(days=2, minutes=-5) < lives <= timedelta(days=2)
    assert json.loads(server.run("--json", "token", "create", "--days", "0").stdout)["expires_at"] is None
    assert server.run("token", "create", "--days", "-1", check=False).returncode == USAGE

    assert server.run("videos", VITRINA_SERVER=server.url, check=False).returncode == REFUSED
    with_token = {"VITRINA_SERVER": server.url, "VITRINA_TOKEN": made["token"]}
    assert server.run("videos", **with_token).stdout == ""
    assert server.run("token", "revoke", made["id"]).stdout == "Revoked.\n"
    assert f"{made['id']}  revoked  " in server.run("token", "list").stdout
    until(lambda: server.run("videos", check=False, **with_token).returncode == REFUSED, "a revoked token opens nothing")
    assert server.run("token", "revoke", "nonsense", check=False).returncode == REFUSED


def test_show_and_revoke_links_on_a_server_that_asks_for_tokens(make_guarded, clip):
    server, token = make_guarded()

    def run(*arguments, **options):
        return server.run(*arguments, VITRINA_SERVER=server.url, VITRINA_TOKEN=token, **options)

    made = json.loads(run("--json", "upload", clip, "--title", "Behind a door").stdout)
    shown = run("videos", "show", made["id"]).stdout
    assert re.search(r"^title +Behind a door$", shown, re.M)
    video = json.loads(run("--json", "videos", "show", made["id"]).stdout)
    assert video["id"] == made["id"]
    assert run("videos", "show", "no-such-video", check=False).returncode == REFUSED

    def status_of(link):
        assert link.startswith("https://video.example.org/")
        return server.client().get(link.removeprefix("https://video.example.org"), check=False).status_code

    assert status_of(video["source_url"]) == 200
    renewed = json.loads(run("--json", "videos", "revoke-links", made["id"]).stdout)
    assert renewed["source_url"] != video["source_url"]
    assert status_of(video["source_url"]) == 401
    assert status_of(renewed["source_url"]) == 200
    assert "no longer work" in run("videos", "revoke-links", made["id"]).stdout


def test_several_files_in_one_upload(run, clip, tmp_path):
    files = [tmp_path / "First day.mp4", tmp_path / "Second day.mp4"]
    for file in files:
        file.write_bytes(clip.read_bytes())
    made = [json.loads(line) for line in run("--json", "upload", *files, "--tag", "trip").stdout.splitlines()]
    assert [(video["title"], video["tags"]) for video in made] == [("First day", ["trip"]), ("Second day", ["trip"])]
    assert len({video["id"] for video in made}) == 2
    one_title = run("upload", *files, "--title", "Both", check=False)
    assert one_title.returncode == USAGE and "--title" in one_title.stderr
    half = run("upload", files[0], tmp_path / "missing.mp4", check=False)
    assert half.returncode == USAGE and "First day" in half.stdout and "missing.mp4" in half.stderr


@pytest.fixture(scope="module")
def complete(tmp_path_factory):
    """What bash offers for a line whose last word is being written."""
    home = tmp_path_factory.mktemp("completion")
    script = run_command("completion", "bash", environment=clean_environment(home), directory=home).stdout

    def complete(*words):
        asked = f"{script}\nCOMP_WORDS=(vitrina \"$@\") COMP_CWORD=$#\n_vitrina\nprintf '%s\\n' \"${{COMPREPLY[@]}}\""
        result = subprocess.run(["bash", "--norc", "-uc", asked, "bash", *words], capture_output=True, text=True, check=True)
        return result.stdout.split()

    return complete


NETWORKS = ["youtube", "mastodon", "peertube", "tiktok", "x", "vimeo", "linkedin", "facebook", "instagram"]


@pytest.mark.parametrize(
    "words, offered",
    [
        (["up"], ["upload"]),
        (["upload", "--tit"], ["--title"]),
        (["upload", "a.mp4", "--tit"], ["--title"]),
        (["account", "add", "youtube", "--sa"], ["--sandbox", "--sandbox-page"]),
        (["videos", "--sea"], ["--search"]),
        (["videos", "sh"], ["show"]),
        (["token", "create", "--da"], ["--days", "--data"]),
        (["account", "add", ""], NETWORKS),
        (["account", "connect", ""], NETWORKS),
        (["publish", "VIDEO", ""], NETWORKS),
        (["publish", "VIDEO", "youtube", "ma"], ["mastodon"]),
        (["publish", ""], []),
        (["token", "list", "--da"], ["--data"]),
        (["completion", ""], ["bash", "zsh", "fish"]),
        (["--json", "videos", "--lim"], ["--limit"]),
    ],
)
def test_bash_completes_commands_options_and_networks(complete, words, offered):
    assert complete(*words) == offered


def test_zsh_and_fish_know_the_same_words(alone):
    zsh = alone("completion", "zsh", check=True).stdout
    assert zsh.startswith("#compdef vitrina\n") and "--title" in zsh
    fish = alone("completion", "fish", check=True).stdout.splitlines()
    inside = "complete -c vitrina -n '__fish_seen_subcommand_from "
    assert inside + "upload' -l title" in fish
    assert inside + "videos' -l search" in fish
    assert inside + "account; and __fish_seen_subcommand_from add' -l sandbox" in fish
    assert inside + "account; and __fish_seen_subcommand_from add' -f -a '" + " ".join(NETWORKS) + " '" in fish


def findings_of(result):
    """What `vitrina --json doctor` found. Whatever is not well says why that matters and what mends it."""
    findings = [json.loads(line) for line in result.stdout.splitlines()]
    for finding in findings:
        assert finding["what"]
        if finding["state"] != "ok":
            assert finding["why"] and finding["fix"], finding
    return findings


def errors_of(result):
    return [finding["what"] for finding in findings_of(result) if finding["state"] == "error"]


def test_doctor_finds_nothing_wrong_with_a_healthy_server(run):
    result = run("--json", "doctor")
    assert errors_of(result) == []
    assert "Database: opens" in result.stdout and "A server answers" in result.stdout
    assert "ok  Database" in run("doctor").stdout


def test_doctor_says_what_is_wrong_and_how_to_mend_it(alone, tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    result = alone("--json", "doctor", VITRINA_DATA=str(blocked / "data"))
    assert result.returncode == FAILED
    assert any(str(blocked) in what for what in errors_of(result))
    assert str(blocked) in alone("doctor", VITRINA_DATA=str(blocked / "data")).stdout


def test_fsck_proves_a_library_and_mends_what_it_can(make_vitrina, clip):
    server = make_vitrina()
    client = server.client()
    video = client.upload(clip, "Canción")
    until(lambda: client.get(f"/v1/videos/{video['id']}").json()["status"] == "ready", "its facts", 60)
    counts = json.loads(server.run("--json", "fsck", "--read").stdout)
    assert (counts["videos"], counts["objects"], counts["files"], counts["violations"]) == (1, 3, 3, 0)
    assert counts["bytes_read"] > clip.stat().st_size

    original = next(name for name in server.files() if "/videos/" in f"/{name}" and name.endswith(".mp4"))
    stray = f"{os.path.dirname(original)}/{'0' * 32}.mp4"
    server.store(stray, b"nobody knows why")
    content = bytearray(server.stored(original))
    content[len(content) // 2] ^= 1
    server.store(original, content)
    result = server.run("--json", "fsck", "--read", check=False)
    assert result.returncode == 1
    *violations, counts = [json.loads(line) for line in result.stdout.splitlines()]
    assert {v["violation"] for v in violations} == {"file_unexplained", "file_bytes"} and counts["violations"] == 2
    assert server.run("fsck", "--repair").returncode == 0, "the stray is watched from now on"
    assert stray in server.files() and client.find(video["id"]), "and nothing is removed"
    assert server.run("fsck", "--read", check=False).returncode == 1, "no repair brings bytes back"
    assert "file is damaged" in server.run("fsck", "--read", check=False).stdout


def test_doctor_leaves_nothing_behind(alone, tmp_path):
    result = alone("--json", "doctor", VITRINA_DATA=str(tmp_path / "deep" / "data"), VITRINA_SERVER="http://127.0.0.1:9")
    assert result.returncode == DONE
    findings = findings_of(result)
    assert [finding["what"] for finding in findings if finding["state"] == "warning"], "no server answers"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(postgres.WANTED, reason="about the file of SQLite")
def test_doctor_changes_no_schema(make_vitrina):
    server = make_vitrina()
    server.stop()
    with contextlib.closing(sqlite3.connect(server.data / "vitrina.db")) as database:
        database.execute("DELETE FROM schema_migrations WHERE number = (SELECT max(number) FROM schema_migrations)")
        database.commit()
        left = database.execute("SELECT * FROM schema_migrations").fetchall()
    findings = findings_of(server.run("--json", "doctor", VITRINA_SERVER="http://127.0.0.1:9", check=False))
    assert any("schema is older" in finding["what"] for finding in findings if finding["state"] == "warning"), findings
    with contextlib.closing(sqlite3.connect(server.data / "vitrina.db")) as database:
        assert database.execute("SELECT * FROM schema_migrations").fetchall() == left


@pytest.mark.skipif(postgres.WANTED, reason="about the file of SQLite")
def test_doctor_names_what_others_can_read_and_what_is_damaged(make_vitrina):
    server = make_vitrina()
    server.stop()

    def examine():
        return server.run("--json", "doctor", VITRINA_SERVER="http://127.0.0.1:9", check=False)

    assert errors_of(examine()) == []

    (server.data / "secret.key").touch(mode=0o600)
    (server.data / "secret.key").chmod(0o644)
    server.data.chmod(0o755)
    (server.data / "vitrina.db").chmod(0o644)
    result = examine()
    assert result.returncode == FAILED
    assert errors_of(result) == [f"Other users can read {server.data / name}" for name in ("vitrina.db", "secret.key")]
    for finding in findings_of(result):
        if finding["state"] == "error":
            subprocess.run(finding["fix"].split(), check=True)
    assert errors_of(examine()) == [], "the fixes mend it"

    for beside in server.data.glob("vitrina.db-*"):
        beside.unlink()
    (server.data / "vitrina.db").write_bytes(b"no database at all" * 1000)
    result = examine()
    assert result.returncode == FAILED
    assert [what for what in errors_of(result) if what.startswith("The database does not open")]
    assert "Access could not be checked" in result.stdout


def test_doctor_says_where_the_key_comes_from(alone, tmp_path):
    def key(**settings):
        lines = alone("doctor", **settings).stdout.splitlines()
        return next(line for line in lines if "Key of the account tokens" in line)

    given = tmp_path / "key"
    given.write_text("a key of sixteen characters and more")
    assert key().endswith("made on the first start")
    assert key(VITRINA_SECRET_KEY_FILE=str(given)).endswith("the one in VITRINA_SECRET_KEY")
    assert key(VITRINA_SECRET_KEY_SECRET="vitrina/key").endswith("the one in VITRINA_SECRET_KEY_SECRET")


def test_doctor_says_when_the_server_asks_for_a_token(make_guarded):
    server, token = make_guarded()
    asked = server.run("--json", "doctor", VITRINA_SERVER=server.url)
    assert "does not show its accounts" in asked.stdout and "VITRINA_TOKEN" in asked.stdout
    assert errors_of(asked) == []
    assert "0 accounts connected" in server.run("doctor", VITRINA_SERVER=server.url, VITRINA_TOKEN=token).stdout


def test_health_asks_every_service_of_the_server_with_these_settings(server):
    shown = [json.loads(line) for line in server.run("--json", "health").stdout.splitlines()]
    assert [(one["address"], one["state"]) for one in shown] == [(server.url, "ready"), (server.publish_url, "ready")]
    assert server.url in server.run("health", server.url).stdout


def test_health_of_a_server_that_is_not_there_is_exit_3(alone):
    nowhere = {"VITRINA_LISTEN": f"127.0.0.1:{free_port()}", "VITRINA_ROLES": "video"}
    result = alone("health", **nowhere)
    assert result.returncode == UNREACHABLE
    assert "unreachable" in result.stdout


def test_who_only_works_is_asked_where_it_was_told_to_answer(alone, make_vitrina):
    told = alone("health", VITRINA_ROLES="work")
    assert told.returncode == USAGE and "VITRINA_WORK_LISTEN" in told.stderr

    address = f"127.0.0.1:{free_port()}"
    worker = make_vitrina(start=False, roles="work", environment={"VITRINA_WORK_LISTEN": address, "VITRINA_ROLES": "work"}).launch()
    until(lambda: worker.run("health", check=False).returncode == DONE, "the worker is healthy", 60)
    assert requests.get(f"http://{address}/metrics", timeout=30, proxies={"http": ""}).status_code == 200
    assert requests.get(f"http://{address}/api/videos", timeout=30, proxies={"http": ""}).status_code == 404
    worker.kill()
    assert worker.run("health", check=False).returncode == UNREACHABLE
