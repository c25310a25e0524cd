"""Checks JSON values against the project's schemas, in the part of JSON Schema that they use.

Reading a results file must not need a package beyond the core, and must be quick for a hundred
thousand rows; so a schema is compiled once into nested functions. The project's own tests hold
this reader to the `jsonschema` package.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from functools import cache
from typing import Any

from keras_rnn_conformance.base.paths import FIXTURES
from keras_rnn_conformance.base.reading import TextFault, json_document

Check = Callable[[Any, str], None]

_TYPES: dict[str, Callable[[Any], bool]] = {
    "object": lambda v: isinstance(v, dict),
    "array": lambda v: isinstance(v, list),
    "string": lambda v: isinstance(v, str),
    "boolean": lambda v: isinstance(v, bool),
    "null": lambda v: v is None,
    "integer": lambda v: isinstance(v, int) and not isinstance(v, bool),
    "number": lambda v: isinstance(v, (int, float)) and not isinstance(v, bool),
}


class SchemaFault(TextFault):
    """A value is not of the form that its schema asks for; the message says where and why."""


@cache
def check(name: str, part: str) -> Check:
    """The check of one definition of a schema file, `fixtures/NAME.schema.json#/$defs/PART`."""
    definitions = _definitions(name)
    return _compiled(definitions[part], definitions)


@cache
def allowed(name: str, part: str, key: str) -> list[Any]:
    """The values that a definition allows for a key; none where it does not list them."""
    values: list[Any] = _definitions(name)[part].get("properties", {}).get(key, {}).get("enum", [])
    return values


def _definitions(name: str) -> dict[str, Any]:
    document = json_document(FIXTURES / f"{name}.schema.json")
    definitions: dict[str, Any] = document["$defs"]
    return definitions


def _compiled(schema: dict[str, Any], definitions: dict[str, Any]) -> Check:
    if "$ref" in schema:
        return _compiled(definitions[schema["$ref"].rpartition("/")[2]], definitions)
    checks = [make(schema, definitions) for keyword, make in _KEYWORDS.items() if keyword in schema]

    def run(value: Any, where: str) -> None:
        for one in checks:
            one(value, where)

    return run


def _type(schema: dict[str, Any], _: dict[str, Any]) -> Check:
    names = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    tests = [_TYPES[name] for name in names]
    wanted = " or ".join(names)

    def run(value: Any, where: str) -> None:
        if not any(test(value) for test in tests):
            raise SchemaFault(f"{where} must be {wanted}")
        if isinstance(value, float) and not math.isfinite(value):
            raise SchemaFault(f"{where} must be a finite number")

    return run


def _enum(schema: dict[str, Any], _: dict[str, Any]) -> Check:
    allowed = schema["enum"]

    def run(value: Any, where: str) -> None:
        if value not in allowed:
            raise SchemaFault(f"{where} must be one of {', '.join(map(str, allowed))}")

    return run


def _pattern(schema: dict[str, Any], _: dict[str, Any]) -> Check:
    # Python's `$` also matches before a newline at the end, which the standard's does not
    pattern = re.compile(re.sub(r"\$$", r"\\Z", schema["pattern"]))

    def run(value: Any, where: str) -> None:
        if isinstance(value, str) and not pattern.search(value):
            raise SchemaFault(f"{where} is not of the form {schema['pattern']}")

    return run


def _limit(
    keyword: str, measure: Callable[[Any], float], sign: int, kind: type | tuple[type, ...]
) -> Callable[[dict[str, Any], dict[str, Any]], Check]:
    def make(schema: dict[str, Any], _: dict[str, Any]) -> Check:
        limit = schema[keyword]

        def run(value: Any, where: str) -> None:
            if isinstance(value, kind) and sign * measure(value) > sign * limit:
                raise SchemaFault(f"{where} breaks {keyword} {limit}")

        return run

    return make


def _required(schema: dict[str, Any], _: dict[str, Any]) -> Check:
    def run(value: Any, where: str) -> None:
        missing = set(schema["required"]) - (value.keys() if isinstance(value, dict) else set())
        if missing:
            raise SchemaFault(f"{where} lacks {', '.join(sorted(missing))}")

    return run


def _properties(schema: dict[str, Any], definitions: dict[str, Any]) -> Check:
    checks = {key: _compiled(one, definitions) for key, one in schema["properties"].items()}

    def run(value: Any, where: str) -> None:
        if isinstance(value, dict):
            for key in value.keys() & checks.keys():
                checks[key](value[key], f"{where}.{key}" if where else key)

    return run


def _additional(schema: dict[str, Any], definitions: dict[str, Any]) -> Check:
    known = schema.get("properties", {}).keys()
    given = schema["additionalProperties"]
    rest = _compiled(given, definitions) if isinstance(given, dict) else None

    def run(value: Any, where: str) -> None:
        if not isinstance(value, dict):
            return
        for key in value.keys() - known:
            if rest is None:
                raise SchemaFault(f"{where or 'the line'} has an unknown key {key[:40]!r}")
            rest(value[key], f"{where}.{key[:40]}")

    return run


def _names(schema: dict[str, Any], definitions: dict[str, Any]) -> Check:
    one = _compiled(schema["propertyNames"], definitions)

    def run(value: Any, where: str) -> None:
        for key in value if isinstance(value, dict) else ():
            one(key, f"the name {key[:40]!r} in {where}")

    return run


def _items(schema: dict[str, Any], definitions: dict[str, Any]) -> Check:
    one = _compiled(schema["items"], definitions)

    def run(value: Any, where: str) -> None:
        for item in value if isinstance(value, list) else ():
            one(item, where)

    return run


_KEYWORDS: dict[str, Callable[[dict[str, Any], dict[str, Any]], Check]] = {
    "type": _type,
    "enum": _enum,
    "maxLength": _limit("maxLength", len, 1, str),
    "minLength": _limit("minLength", len, -1, str),
    "pattern": _pattern,
    "minimum": _limit("minimum", float, -1, (int, float)),
    "maximum": _limit("maximum", float, 1, (int, float)),
    "maxItems": _limit("maxItems", len, 1, list),
    "maxProperties": _limit("maxProperties", len, 1, dict),
    "required": _required,
    "propertyNames": _names,
    "properties": _properties,
    "additionalProperties": _additional,
    "items": _items,
}
