"""The API's reference as one Markdown page, made of the OpenAPI document."""

from collections.abc import Iterator, Mapping
from typing import Any

Schema = Mapping[str, Any]
_INTRODUCTION = """# The HTTP API

Every route with its parameters, body and answer, made of [openapi.json](openapi.json) by `make docs`.

- Addresses begin with that of the deployment, on a laptop `http://127.0.0.1:8000`. Who may ask: [access](access.md).
- Errors are `application/problem+json` (RFC 9457): `detail` says what to do, `errors` name fields by JSON pointer,
  and `code` says why something is a conflict. A 503 has `Retry-After`.
- Lists come in pages: pass `next_cursor` as `cursor` until it is null. Amounts of money are text.
"""
_HEADINGS = {
    "search": "Search and materials",
    "materials": "Search and materials",
    "pricelists": "Price lists and batches",
    "batches": "Price lists and batches",
    "suppliers": "Suppliers, rates and units",
    "reference": "Suppliers, rates and units",
    "changes": "Price changes, watches and webhooks",
    "watches": "Price changes, watches and webhooks",
    "webhooks": "Price changes, watches and webhooks",
    "reviews": "Reviews and synonyms",
    "synonyms": "Reviews and synonyms",
    "estimates": "Estimates",
    "health": "State and upkeep",
    "index": "State and upkeep",
}
# Described once above.
_PROBLEM = "Problem"


def reference(document: Mapping[str, Any]) -> str:
    """A section for each subject, each route in it, then what their bodies and answers are made of."""
    sections: dict[str, list[str]] = {heading: [] for heading in _HEADINGS.values()}
    for path, methods in document["paths"].items():
        for method, route in methods.items():
            sections[_HEADINGS[path.removeprefix("/api/v1/").split("/")[0]]] += _route(method, path, route)
    lines = [_INTRODUCTION]
    for heading, routes in sections.items():
        lines += [f"## {heading}\n", *routes]
    lines.append("## What bodies and answers are made of\n")
    for name, schema in sorted(document["components"]["schemas"].items()):
        if name != _PROBLEM:
            lines += _schema(name, schema)
    return "\n".join(lines).rstrip() + "\n"


def _route(method: str, path: str, route: Schema) -> Iterator[str]:
    yield f"### {method.upper()} {path}\n"
    yield f"{route.get('description') or route['summary'] + '.'}\n"
    parameters = [one for one in route.get("parameters", ()) if one["in"] != "path"]
    if parameters:
        yield "| parameter | type | meaning |\n|---|---|---|"
        yield from (_row(one["name"], one["schema"], one.get("required", False), one) for one in parameters)
        yield ""
    body = route.get("requestBody")
    if body:
        yield f"Body: {_type(_content(body))}\n"
    for status, answer in sorted(route["responses"].items()):
        if status.startswith("2"):
            yield f"Answer {status}: {_type(_content(answer))}\n"


def _content(message: Schema) -> Schema:
    contents = list(message.get("content", {}).values())
    return dict(contents[0].get("schema", {})) if contents else {"type": "nothing"}


def _schema(name: str, schema: Schema) -> Iterator[str]:
    yield f"### {name}\n"
    if "description" in schema:
        yield f"{schema['description']}\n"
    fields = schema.get("properties")
    if not fields:
        yield f"{_type(schema)}\n"
        return
    yield "| field | type | meaning |\n|---|---|---|"
    required = schema.get("required", ())
    yield from (_row(field, one, field in required, one) for field, one in fields.items())
    yield ""


def _row(name: str, schema: Schema, required: bool, described: Schema) -> str:
    meaning = " ".join(str(described.get("description") or schema.get("description") or "").split())
    default = schema.get("default")
    said = [meaning, f"default `{default}`" if default not in (None, "") else "", "required" if required else ""]
    return f"| `{name}` | {_type(schema)} | {_cell('; '.join(filter(None, said)))} |"


def _type(schema: Schema) -> str:
    """In words, with a link to what has fields of its own."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    for several in ("anyOf", "oneOf", "allOf"):
        if several in schema:
            return " or ".join(dict.fromkeys(map(_type, schema[several])))
    values = [schema["const"]] if "const" in schema else schema.get("enum")
    return ", ".join(f"`{value}`" for value in values) if values else _plain_type(schema)


def _plain_type(schema: Schema) -> str:
    kind = schema.get("type", "anything")
    if kind == "array":
        return f"list of {_type(schema.get('items', {}))}{_bounds(schema, 'Items')}"
    if kind == "object" and isinstance(schema.get("additionalProperties"), Mapping):
        return f"object of {_type(schema['additionalProperties'])}"
    return f"{schema.get('format') or kind}{_bounds(schema, 'Length')}{_bounds(schema, 'imum')}"


def _bounds(schema: Schema, unit: str) -> str:
    least, most = schema.get(f"min{unit}"), schema.get(f"max{unit}")
    if least is None and most is None:
        return ""
    if most is None:
        return f" (from {least})"
    return f" ({'up to' if least is None else f'{least} to'} {most})"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
