"""./dev: what it says of itself, and what it does where nothing is installed."""
import re
import subprocess

import pytest

from harness.process import ROOT, clean_environment

VERBS = sorted(re.findall(r"^verb_(\w+)\(\)", (ROOT / "dev").read_text(), re.M))


@pytest.fixture
def dev(tmp_path):
    def dev(*arguments, **environment):
        return subprocess.run(
            [ROOT / "dev", *arguments], env=clean_environment(tmp_path) | environment, cwd=tmp_path,
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60,
        )  # fmt: skip

    return dev


@pytest.fixture
def bare_machine(tmp_path):
    """A PATH on which no package is installed, nobody is root, and nobody can become it."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("bash", "env", "sed", "sort", "comm", "tr", "nproc", "dirname"):
        found = subprocess.run(["bash", "-c", f"command -v {name}"], capture_output=True, text=True, check=True).stdout.strip()
        (programs / name).symlink_to(found)
    for name, script in {"dpkg-query": "exit 1", "id": "echo 1000", "cmake": "echo built >&2; exit 9"}.items():
        (programs / name).write_text(f"#!{programs / 'bash'}\n{script}\n")
        (programs / name).chmod(0o755)
    return str(programs)


def test_help_lists_every_verb(dev):
    result = dev("help")
    assert result.returncode == 0
    assert {"run", "build", "test", "fmt", "lint", "help"} <= set(VERBS)
    for verb in VERBS:
        assert re.search(rf"^\./dev {verb}\b", result.stdout, re.M), verb
    assert dev().stdout == dev("--help").stdout == result.stdout


@pytest.mark.parametrize("verb", VERBS)
def test_each_verb_explains_itself(dev, verb):
    result = dev(verb, "--help")
    assert result.returncode == 0
    first, *more = result.stdout.splitlines()
    assert first.startswith(f"./dev {verb}") and "".join(more).strip()
    assert dev("help", verb).stdout == result.stdout


@pytest.mark.parametrize("arguments", [["nonsense"], ["help", "nonsense"], ["nonsense", "--help"]])
def test_an_unknown_verb_is_exit_2(dev, arguments):
    result = dev(*arguments)
    assert result.returncode == 2
    assert "nonsense" in result.stderr and "./dev help" in result.stderr


@pytest.mark.parametrize("verb", ["build", "run", "test", "lint", "fmt", "fuzz"])
def test_missing_packages_without_root_are_exit_3_and_the_line_to_type(dev, bare_machine, verb):
    result = dev(verb, PATH=bare_machine)
    assert result.returncode == 3, result.stderr
    command = re.search(r"^  apt-get install --no-install-recommends (.+)$", result.stderr, re.M)
    known = set(re.findall(r"^[a-z][\w.+-]*$", (ROOT / "deploy/packages.txt").read_text(), re.M))
    wanted = set(command[1].split())
    assert wanted and wanted <= known
    assert "built" not in result.stderr
