"""Whether an answer of the API is what its document says: asked of every call that a test makes."""

from __future__ import annotations

import gzip
import re
import threading
from functools import cache
from typing import Any

import jsonschema_rs
import orjson

from dukcapil.core.schema import Schema

_NAMED = re.compile(r'"#/components/schemas/([^"/]+)"')


#: What makes the document loads itself when it is first asked, which two at once trip over.
_making = threading.Lock()


def document() -> dict[str, Any]:
    with _making:
        return _document()


@cache
def _document() -> dict[str, Any]:
    made: Any = Schema.generator_class().get_schema(request=None, public=True)
    plain: dict[str, Any] = orjson.loads(orjson.dumps(made, default=str))
    return plain


@cache
def _paths() -> list[tuple[re.Pattern[str], dict[str, Any]]]:
    """Addresses without parameters first: `status/` is no id."""
    found = sorted(document()["paths"].items(), key=lambda item: ("{" in item[0], item[0]))
    return [(re.compile(re.sub(r"\{\w+\}", "[^/]+", path)), methods) for path, methods in found]


def resolved(part: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in part:
        _hash, _components, kind, name = part["$ref"].split("/")
        part = document()["components"][kind][name]
    return part


def _draft(schema: Any) -> Any:
    """OpenAPI 3.0 says `nullable` where JSON Schema says one of two types."""
    if isinstance(schema, list):
        return [_draft(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    made = {name: _draft(value) for name, value in schema.items() if name != "nullable"}
    return {"anyOf": [made, {"type": "null"}]} if schema.get("nullable") is True else made


@cache
def _components() -> dict[str, Any]:
    schemas: dict[str, Any] = _draft(document()["components"]["schemas"])
    return schemas


@cache
def _named_in(component: str) -> set[str]:
    return _names(_components()[component])


def _names(part: Any) -> set[str]:
    """Components that a part of the document names, found in what it says instead of in its shape: a name too
    many costs little.
    """
    return set(_NAMED.findall(orjson.dumps(part).decode()))


def _with_theirs(part: Any) -> set[str]:
    """Those that a part names, those that these name, and so on."""
    found: set[str] = set()
    new = _names(part)
    while new:
        found |= new
        new = set().union(*map(_named_in, new)) - found
    return found


def validator(schema: dict[str, Any]) -> Any:
    """With the components that it names alone: to read all of them takes thirty times as long."""
    made = _draft(schema)
    needed = {name: _components()[name] for name in _with_theirs(made)}
    whole = {**made, "components": {"schemas": needed}}
    return jsonschema_rs.Draft202012Validator(whole, validate_formats=True)


_validators: dict[tuple[int, str], Any] = {}


def operation(method: str, path: str) -> dict[str, Any] | None:
    """None where the document knows no such call: what answers there is for other tests."""
    bare = path.partition("?")[0]
    methods = next((known for shape, known in _paths() if shape.fullmatch(bare)), {})
    found: dict[str, Any] | None = methods.get("get" if method == "HEAD" else method.lower())
    return found


def disagreements(
    method: str, path: str, status: int, headers: dict[str, str], content: bytes
) -> list[str]:
    said = operation(method, path)
    if said is None:
        return []
    where = f"{said['operationId']}: {status}"
    if str(status) not in said["responses"]:
        return [f"{where} is not in the document"]
    answer = resolved(said["responses"][str(status)])
    return [f"{where}{wrong}" for wrong in _against(answer, headers, content, method == "HEAD")]


def _against(
    answer: dict[str, Any], headers: dict[str, str], content: bytes, bare: bool
) -> list[str]:
    media = headers.get("Content-Type", "").partition(";")[0]
    schemas = {name.partition(";")[0]: part for name, part in answer.get("content", {}).items()}
    if not schemas:
        return [f" has a body, {media}"] if content else []
    if media not in schemas:
        return [f" comes as {media or 'nothing'}, not as {', '.join(schemas)}"]
    wanted = set(answer.get("headers", {})) & {"Retry-After"}
    if missing := wanted - headers.keys():
        return [f" without {missing}"]
    if bare or not media.endswith("json"):
        return []
    if headers.get("Content-Encoding") == "gzip":
        content = gzip.decompress(content)
    key = id(answer), media
    if key not in _validators:
        _validators[key] = validator(schemas[media]["schema"])
    read = orjson.loads(content)
    if _validators[key].is_valid(read):
        return []
    return [
        f": {'/'.join(map(str, error.instance_path))}: {error.message[:300]}"
        for error in list(_validators[key].iter_errors(read))[:3]
    ]
