"""Checks live answers against api/openapi.yaml (OpenAPI 3.1, whose schemas are JSON Schema 2020-12)."""
import json
import re
from pathlib import Path

import jsonschema
import yaml

SPEC = Path(__file__).resolve().parents[2] / "api" / "openapi.yaml"
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
DATE_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")

formats = jsonschema.FormatChecker(formats=())
formats.checks("uuid")(lambda value: not isinstance(value, str) or bool(UUID.fullmatch(value)))
formats.checks("date-time")(lambda value: not isinstance(value, str) or bool(DATE_TIME.fullmatch(value)))
formats.checks("uri")(lambda value: not isinstance(value, str) or bool(re.match(r"[a-z][a-z0-9+.-]*:\S+$", value)))


class Mismatch(AssertionError):
    """An answer that the description does not promise."""


class OpenApi:
    def __init__(self, path=SPEC):
        self.document = yaml.safe_load(Path(path).read_text())
        self.resolver = jsonschema.RefResolver.from_schema(self.document)
        self.templates = sorted(
            ((template, self._pattern(template)) for template in self.document["paths"]),
            key=lambda entry: entry[0].count("{"),
        )
        self.seen = set()  # (METHOD, template, status) of every answer checked

    @staticmethod
    def _pattern(template):
        parts = re.split(r"(\{[^}]*\})", template)
        return re.compile("".join("[^/]+" if part.startswith("{") else re.escape(part) for part in parts))

    def operations(self):
        methods = ("get", "put", "post", "delete", "patch", "head", "options")
        return {
            (method.upper(), template)
            for template, item in self.document["paths"].items()
            for method in item
            if method in methods
        }

    def resolve(self, node):
        while "$ref" in node:
            _, node = self.resolver.resolve(node["$ref"])
        return node

    def find(self, path):
        for template, pattern in self.templates:
            if pattern.fullmatch(path):
                return template
        return None

    def check(self, method, path, answer, malformed=False):
        """Raises Mismatch unless the description promises exactly such an answer. A request that may be malformed may be
        refused with any 4xx or 5xx, in the shape of its surface's errors."""
        template = self.find(path)
        what = f"{method} {path} → {answer.status_code}"
        if template is None:
            if answer.status_code == 404:
                return self.check_error_shape(path, answer)
            raise Mismatch(f"{what}: no such path in the description")
        item = self.resolve(self.document["paths"][template])
        operation = item.get(method.lower()) or (item.get("get") if method == "HEAD" else None)
        if operation is None:
            if answer.status_code == 405:
                return self.check_error_shape(path, answer)
            if method == "OPTIONS" and answer.status_code == 204:
                return None
            raise Mismatch(f"{what}: no such method in the description")
        response = operation["responses"].get(str(answer.status_code))
        if response is None and malformed and answer.status_code >= 400:
            return self.check_error_shape(path, answer)
        if response is None:
            raise Mismatch(f"{what}: the description knows {sorted(operation['responses'])}\n{answer.text[:500]}")
        self.seen.add((method, template, answer.status_code))
        response = self.resolve(response)
        for name, header in response.get("headers", {}).items():
            if self.resolve(header).get("required") and name not in answer.headers:
                raise Mismatch(f"{what}: the header {name} is promised and missing")
        if method != "HEAD":
            self._check_body(what, response.get("content"), answer)

    def _check_body(self, what, content, answer):
        sent = answer.headers.get("Content-Type", "").split(";")[0].strip().lower()
        if not content:
            if answer.content:
                raise Mismatch(f"{what}: no body is promised, {len(answer.content)} bytes came")
            return
        promised = next((kind for kind in (sent, sent.split("/")[0] + "/*", "*/*") if kind in content), None)
        if promised is None:
            raise Mismatch(f"{what}: content type {sent!r}, the description promises {sorted(content)}")
        schema = content[promised].get("schema")
        if schema is None or not (sent == "application/json" or sent.endswith("+json")):
            return
        try:
            body = json.loads(answer.content)
        except ValueError as error:
            raise Mismatch(f"{what}: not JSON: {error}\n{answer.text[:500]}") from None
        validator = jsonschema.Draft202012Validator(schema, resolver=self.resolver, format_checker=formats)
        errors = sorted(validator.iter_errors(body), key=lambda error: list(map(str, error.path)))
        if errors:
            lines = [f"  at /{'/'.join(map(str, e.absolute_path))}: {e.message[:300]}" for e in errors[:5]]
            raise Mismatch(what + ": the body differs from its schema\n" + "\n".join(lines))

    @staticmethod
    def check_error_shape(path, answer):
        """Errors of paths and methods that do not exist follow the rule of their surface all the same."""
        kind = answer.headers.get("Content-Type", "").split(";")[0]
        if answer.request.method == "HEAD":
            return
        if path.startswith("/api/"):
            body = answer.json()
            if kind != "application/json" or set(body) != {"error"} or not isinstance(body["error"], str):
                raise Mismatch(f"{path}: an error on /api is exactly {{'error': text}}, not {answer.text[:300]}")
        elif path.startswith("/v1/"):
            body = answer.json()
            if kind != "application/problem+json" or not {"title", "status", "code"} <= set(body):
                raise Mismatch(f"{path}: an error on /v1 is a problem document, not {kind} {answer.text[:300]}")
