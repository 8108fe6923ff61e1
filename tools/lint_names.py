#!/usr/bin/env python3
"""Two rooms that give one name to two classes are one class to the linker, which keeps either's destructor for both.

Prints each class of namespace vitrina that two headers define; exits 1 when there is one.
"""
import collections
import pathlib
import re
import sys

TOKEN = re.compile(
    r"namespace\s*(?P<space>[\w:]*)\s*\{"
    r"|(?:class|struct|enum\s+class|enum)\s+(?P<name>\w+)(?:\s+final)?(?:\s*:[^;{]*)?\s*\{"
    r"|\{|\}"
)
NOISE = re.compile(r'//[^\n]*|"(?:\\.|[^"\\])*"')


def classes_of(text):
    """Names of the classes that stand directly in a namespace, with the namespace."""
    around = []
    for token in TOKEN.finditer(NOISE.sub("", text)):
        if token.group() == "}":
            if around:
                around.pop()
        elif token.group().startswith("namespace"):
            around.append(token["space"] or "(anonymous)")
        elif token["name"]:
            if None not in around and "(anonymous)" not in around:
                yield "::".join([*around, token["name"]])
            around.append(None)
        else:
            around.append(None)


def main(root):
    places = collections.defaultdict(set)
    for header in sorted(pathlib.Path(root).rglob("*.hpp")):
        for name in classes_of(header.read_text()):
            places[name].add(str(header))
    twice = {name: sorted(where) for name, where in places.items() if len(where) > 1}
    for name, where in sorted(twice.items()):
        print(f"{name} is defined in {' and in '.join(where)}")
    print(f"{len(places)} names, {len(twice)} given twice")
    return 1 if twice else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "src"))
