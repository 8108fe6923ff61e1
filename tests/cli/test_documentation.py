"""What the documentation says of the tests."""
import re

from harness.process import ROOT


def test_every_test_that_is_said_to_catch_a_bug_of_others_exists():
    page = (ROOT / "docs" / "faults.md").read_text()
    section = page.partition("## What went wrong elsewhere")[2].partition("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("| ") and "#" in line]
    assert len(rows) >= 12
    sources = [*(ROOT / "src").rglob("*_test.cpp"), *(ROOT / "tests").rglob("*_test.cpp"), *(ROOT / "tests").rglob("test_*.py")]
    tests = "\n".join(file.read_text() for file in sources)
    for row in rows:
        named = re.findall(r"`([^`]+)`", row.split("|")[3])
        assert named, row
        for name in named:
            assert f"def {name}(" in tests or f'"{name}"' in tests, f"no test is called {name}"
