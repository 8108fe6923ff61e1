#!/usr/bin/env python3
"""Finds coroutine expressions that compilers have freed twice, and waits that hold a lock.

    tools/lint_coroutines.py [FILE or DIRECTORY]...      (default: src)

The rule is "name it, then await it" (CONTRIBUTING.md). What is reported:
  two-awaits      two co_await in one expression
  conditional     co_await on a branch of ?:
  braces          a {…} temporary inside an awaited expression
  lambda          a lambda inside an awaited expression
  temporary       a method of a temporary object awaited: co_await Reader(file).read()
  catch           co_await in a catch block
  spawned-lambda  co_spawn of a capturing lambda that is itself a coroutine
  lock            a lock held across co_await
"""
import re
import sys
from dataclasses import dataclass, field
from pathlib import Path

TOKEN = re.compile(
    r"""
    (?P<skip>\s+|//[^\n]*|/\*.*?\*/|^[ \t]*\#(?:\\\n|[^\n])*)
  | (?P<raw>(?:u8|[uUL])?R"(?P<delimiter>[^()\\\s]*)\(.*?\)(?P=delimiter)")
  | (?P<string>(?:u8|[uUL])?"(?:\\.|[^"\\\n])*")
  | (?P<number>\.?\d(?:[eEpP][+-]|'?[\w.])*)
  | (?P<char>(?:u8|[uUL])?'(?:\\.|[^'\\\n])+')
  | (?P<word>[A-Za-z_]\w*)
  | (?P<sign>->|::|\[\[|\]\]|&&|\|\||[-+*/%&|^=!<>]=|.)
    """,
    re.X | re.S | re.M,
)
LOCKS = {"lock_guard", "scoped_lock", "unique_lock", "shared_lock"}
TYPE_LIKE = re.compile(r"[A-Z][a-z0-9]\w*$")
SCALAR = re.compile(r"(u?int\d+_t|size_t|int|bool|double)$")  # std::int64_t{n} has nothing to destroy
HEADS = {"if", "while", "for", "switch", "catch"}


@dataclass
class Token:
    text: str
    line: int
    kind: str = "sign"
    lambda_: "Lambda | None" = None


@dataclass
class Lambda:
    captures: bool
    is_coroutine: bool


@dataclass
class Finding:
    line: int
    rule: str
    message: str


@dataclass
class Scope:
    in_catch: bool = False
    locks: list = field(default_factory=list)
    is_coroutine: bool = False


def tokenize(text):
    line, tokens = 1, []
    for match in TOKEN.finditer(text):
        kind = match.lastgroup if match.lastgroup != "delimiter" else "raw"
        if match.group("skip") is None:
            value = match.group(0)
            shown = '""' if kind in ("raw", "string") else value
            tokens.append(Token(shown, line, kind))
        line += match.group(0).count("\n")
    return tokens


class Reader:
    """Splits a file into expressions: lambdas become one token, blocks are read on their own."""

    def __init__(self, tokens):
        self.tokens = tokens
        self.position = 0
        self.findings = []

    def peek(self, ahead=0):
        at = self.position + ahead
        return self.tokens[at].text if at < len(self.tokens) else ""

    def read_block(self, scope):
        """From after a '{' to after its '}' (or to the end of the file)."""
        statement = []
        while self.position < len(self.tokens):
            text = self.peek()
            if text == "}":
                self.position += 1
                break
            if text == "{" and self.opens_block(statement):
                self.end(statement, scope)
                self.position += 1
                is_catch = scope.in_catch or self.last_head == "catch"
                function = self.starts_function(statement)
                inner = Scope(is_catch and not function, [] if function else list(scope.locks))
                self.read_block(inner)
                scope.is_coroutine = scope.is_coroutine or (inner.is_coroutine and not function)
                statement, self.last_head = [], ""
                continue
            if text == ";":
                self.position += 1
                self.end(statement, scope)
                statement, self.last_head = [], ""
                continue
            if text in HEADS or (text in ("else", "do", "try") and not statement):
                self.read_head(scope)
                statement = []
                continue
            self.read_token(statement, scope)
        self.end(statement, scope)

    last_head = ""

    def read_head(self, scope):
        """`if (…)` and its like is an expression of its own; what follows is the next."""
        self.last_head = self.peek()
        self.position += 1
        while self.peek() in ("constexpr", "co_await"):
            self.position += 1
        if self.peek() != "(":
            return
        inner = []
        self.position += 1
        depth = 1
        while self.position < len(self.tokens) and depth:
            text = self.peek()
            if text == ")" and depth == 1:
                self.position += 1
                break
            if text == ";" and depth == 1:
                self.end(inner, scope)
                inner = []
                self.position += 1
                continue
            depth += {"(": 1, ")": -1}.get(text, 0)
            self.read_token(inner, scope)
        self.end(inner, scope)

    def read_token(self, statement, scope):
        """One token onto the statement; a whole lambda counts as one."""
        token = self.tokens[self.position]
        if token.text == "[" and self.introduces_lambda(statement):
            statement.append(self.read_lambda())
            return
        statement.append(token)
        self.position += 1

    @staticmethod
    def introduces_lambda(statement):
        if not statement:
            return True
        before = statement[-1]
        if before.text in (")", "]", '""'):
            return False
        return before.kind != "word" or before.text in ("return", "co_return", "co_await", "co_yield", "case")

    def read_lambda(self):
        start = self.tokens[self.position]
        captures = self.peek(1) != "]"
        self.skip_balanced("[", "]")
        if self.peek() == "<":
            self.skip_angles()
        if self.peek() == "(":
            self.skip_balanced("(", ")")
        while self.position < len(self.tokens) and self.peek() not in ("{", ";", ")", ","):
            if self.peek() == "<":
                self.skip_angles()
            elif self.peek() == "(":
                self.skip_balanced("(", ")")
            else:
                self.position += 1
        inner = Scope()
        if self.peek() == "{":
            self.position += 1
            head, self.last_head = self.last_head, ""
            self.read_block(inner)
            self.last_head = head
        return Token("LAMBDA", start.line, "lambda", Lambda(captures, inner.is_coroutine))

    def skip_balanced(self, opening, closing):
        depth = 0
        while self.position < len(self.tokens):
            text = self.peek()
            depth += (text == opening) - (text == closing)
            self.position += 1
            if depth == 0:
                return

    def skip_angles(self):
        depth = 0
        while self.position < len(self.tokens):
            depth += {"<": 1, ">": -1}.get(self.peek(), 0)
            self.position += 1
            if depth <= 0:
                return

    def opens_block(self, statement):
        if not statement:
            return True
        depth = sum({"(": 1, ")": -1, "[": 1, "]": -1}.get(token.text, 0) for token in statement)
        if depth > 0:
            return False
        first = statement[0].text
        if first in ("namespace", "class", "struct", "enum", "union", "extern", "template", "inline", "constexpr"):
            if "=" not in [token.text for token in statement]:
                return True
        last = statement[-1].text
        if last in (")", "const", "noexcept", "override", "final", "mutable", "}", ":"):
            return "co_await" not in [token.text for token in statement]
        return "->" in [token.text for token in statement] and statement[-1].text != "return" and self.has_signature(statement)

    @staticmethod
    def has_signature(statement):
        """`auto f(…) -> Type`: the arrow follows a closing parenthesis or its qualifiers."""
        texts = [token.text for token in statement]
        at = len(texts) - 1 - texts[::-1].index("->")
        return at > 0 and texts[at - 1] in (")", "const", "noexcept", "mutable")

    @staticmethod
    def starts_function(statement):
        return bool(statement) and statement[-1].text in (")", "const", "noexcept", "override", "final") or any(
            token.text == "->" for token in statement
        )

    def end(self, statement, scope):
        if not statement:
            return
        texts = [token.text for token in statement]
        if any(text in ("co_await", "co_return", "co_yield") for text in texts):
            scope.is_coroutine = True
        if LOCKS & set(texts) and "co_await" not in texts:
            scope.locks.append(statement[0].line)
        for name in [token for token, after in zip(texts, texts[1:] + [""]) if after == "."]:
            if name + ".unlock" in "".join(texts):
                scope.locks.clear()
        if "co_await" in texts:
            self.check_await(statement, texts, scope)
        self.check_spawn(statement, texts)

    def report(self, token, rule, message):
        self.findings.append(Finding(token.line, rule, message))

    def check_await(self, statement, texts, scope):
        first = texts.index("co_await")
        awaited, operand = statement[first], statement[first + 1:]
        names = texts[first + 1:]
        if scope.in_catch:
            self.report(awaited, "catch", "co_await in a catch block: keep the error, await after it")
        if scope.locks:
            self.report(awaited, "lock", f"the lock of line {scope.locks[-1]} is held across this co_await")
        if texts.count("co_await") > 1:
            self.report(awaited, "two-awaits", "two co_await in one expression: name the first result")
        if "?" in texts[:first]:
            self.report(awaited, "conditional", "co_await on a branch of ?: — use if")
        for at, token in enumerate(operand):
            if token.kind == "lambda":
                self.report(token, "lambda", "a lambda inside an awaited expression: name it first")
            if token.text == "{" and not SCALAR.match(names[at - 1] if at else ""):
                self.report(token, "braces", "a {…} temporary inside an awaited expression: name it first")
                break
            if TYPE_LIKE.match(token.text) and names[at + 1:at + 2] == ["("] and self.is_method_call_on(names, at + 1):
                self.report(token, "temporary", f"a method of a temporary {token.text} awaited: name the object first")

    @staticmethod
    def is_method_call_on(names, at):
        depth = 0
        for index in range(at, len(names)):
            depth += {"(": 1, ")": -1}.get(names[index], 0)
            if depth == 0:
                return names[index + 1:index + 2] == ["."]
        return False

    def check_spawn(self, statement, texts):
        if "co_spawn" not in texts:
            return
        # What co_spawn starts is its second argument; its third is called at the end and is no coroutine.
        for token in statement[texts.index("co_spawn"):]:
            if token.kind == "lambda" and token.lambda_.captures and token.lambda_.is_coroutine:
                self.report(token, "spawned-lambda", "a spawned coroutine takes its parameters by value, not by capture")


def check(text):
    reader = Reader(tokenize(text))
    while reader.position < len(reader.tokens):
        reader.read_block(Scope())
    return sorted(reader.findings, key=lambda finding: finding.line)


def main(arguments):
    failures = files = 0
    for argument in arguments or ["src"]:
        path = Path(argument)
        for file in sorted(path.rglob("*.[ch]pp")) if path.is_dir() else [path]:
            files += 1
            for finding in check(file.read_text()):
                failures += 1
                print(f"{file}:{finding.line}: {finding.rule}: {finding.message}")
    print(f"{files} files, {failures} findings")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
