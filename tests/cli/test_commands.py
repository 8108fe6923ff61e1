"""The command line, as a person and as a script use it."""
import json
import re

import pytest

from harness.process import ROOT, clean_environment, run_command

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
    for command in ("serve", "upload", "videos", "publish", "account", "token", "sandbox", "doctor", "config", "version"):
        assert re.search(rf"^\s+{command}\b", text, re.M), command


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
    assert "\r" not in result.stderr, "plain lines when it is no terminal"


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


def test_completion_is_a_shell_script(alone):
    import subprocess

    for shell in ("bash", "zsh", "fish"):
        script = alone("completion", shell, check=True).stdout
        assert "upload" in script
        if shell == "bash":
            subprocess.run(["bash", "-n"], input=script, text=True, check=True)


def test_doctor_says_what_is_well(run):
    result = run("doctor", check=False)
    assert result.returncode in (DONE, FAILED)
    assert result.stdout.strip()


def test_doctor_says_what_is_wrong_and_how_to_mend_it(alone, tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    result = alone("doctor", VITRINA_DATA=str(blocked / "data"))
    assert result.returncode != DONE
    assert str(blocked) in result.stdout + result.stderr
