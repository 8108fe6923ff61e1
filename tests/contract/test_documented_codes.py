"""docs/errors.md has a line for every code that a publication's `reason` may carry; that every VT- code has one is seen
to beside the code that makes answers of them."""
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# Of connecting an account, whose answer is VT-ACC-002: no publication has it.
NOT_A_REASON = {"no_account", "no_channel"}


def sources():
    """What publishes, without its tests and without comments that are no marks."""
    for path in sorted((ROOT / "src" / "publishing").rglob("*.[ch]pp")):
        if not path.stem.endswith(("_test", "_fixture")) and not path.stem.startswith("fake_"):
            yield path.read_text()


def argument(text, start):
    """The expression from there to the comma or bracket that ends it."""
    depth = 0
    for at in range(start, len(text)):
        if depth == 0 and text[at] in ",})":
            return text[start:at]
        depth += {"(": 1, "{": 1, ")": -1, "}": -1}.get(text[at], 0)
    raise AssertionError("a Refused without an end")


def codes_in(texts):
    texts = list(texts)
    constants = {name: value for text in texts for name, value in re.findall(r'\b(\w+) = "(\w+)";', text)}
    codes = set()
    for text in texts:
        codes |= set(re.findall(r'told = \{"(\w+)"', text)) | set(re.findall(r"reason_code = '(\w+)'", text))
        codes |= set(re.findall(r'= "(\w+)"; // the reason\'s code', text))
        for refusal in re.finditer(r"Refused\{\s*Refused::Kind::\w+,", text):
            expression = argument(text, refusal.end())
            codes |= set(re.findall(r'"(\w+)"', expression))
            names = re.findall(r"[A-Za-z_]\w*", re.sub(r'"[^"]*"', "", expression))
            codes |= {constants[name] for name in names if name in constants}
    # A status is the network's own word, and so is aWordLikeThis.
    return {code for code in codes if not code.isdigit() and code == code.lower()} - NOT_A_REASON


def documented():
    text = (ROOT / "docs" / "errors.md").read_text().split("## Reasons of a publication\n", 1)[1]
    return re.findall(r"^\| `(\w+)` \|", text, re.M)


def test_the_codes_are_found():
    found = codes_in(
        [
            'told = {"alpha", x};',
            "SET reason_code = 'beta'",
            'std::string_view c = "gamma"; // the reason\'s code',
            'const std::string kept = "delta";',
            'Refused{Refused::Kind::gave_up, a ? "epsilon" : kept, "words"}',
            'Refused{Refused::Kind::gave_up,\n    "zeta",\n "words"}',
            "Refused{Refused::Kind::no, std::to_string(f(1, 2)), words}",
            'Refused{Refused::Kind::no, "422", words}',
            'Refused{Refused::Kind::no, "signupRequired", words}',
        ]
    )
    assert found == {"alpha", "beta", "gamma", "delta", "epsilon", "zeta"}


def test_every_reason_of_a_publication_is_in_the_catalogue_once():
    codes, lines = codes_in(sources()), documented()
    assert len(codes) > 10
    assert sorted(lines) == sorted(set(lines)), "twice in docs/errors.md"
    assert codes - set(lines) == set(), "without a line in docs/errors.md"
    assert set(lines) - codes == set(), "in docs/errors.md, and in no source"
