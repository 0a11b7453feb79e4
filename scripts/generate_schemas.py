"""Write the generated part of each manifest schema, or with ``--check`` fail when one is not up to date.

A manifest for several targets has blocks that are merged: ``spec`` and those of ``variants``. Nothing is required in
one of them alone. ``$defs/partial`` of a schema says so; it is made from ``$defs/spec`` and ``$defs/lifecycle``.
"""

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from trueup.kinds.registry import KINDS

ROOT: Final = Path(__file__).resolve().parent.parent
BLOCKS: Final = ("spec", "lifecycle")
"""The blocks of a manifest that have a part for each target."""

WHOLE: Final = ("required", "oneOf", "anyOf", "allOf", "not", "if", "then", "else", "minProperties")
"""Keywords about a mapping as a whole. In one of two mappings that are merged they mean nothing."""

MARK: Final = '    "partial": '
END: Final = "\n  }\n}\n"

Schema = Mapping[str, Any]


def at(root: Schema, pointer: str) -> Schema:
    """Return the schema that a reference names."""
    node: Any = root
    for step in pointer.removeprefix("#/").split("/"):
        node = node[step]
    found: Schema = node
    return found


def partial(root: Schema, pointer: str) -> Schema:
    """Return the schema of a mapping that is merged into another one, or a reference where that is no other schema."""
    node = at(root, pointer)
    while node.keys() == {"$ref"}:
        pointer, node = node["$ref"], at(root, node["$ref"])
    # A node may have a reference and words of its own.
    base = node.get("$ref", pointer)
    found = {**at(root, base), **{keyword: value for keyword, value in node.items() if keyword != "$ref"}}
    inner = {name: partial(root, f"{base}/properties/{name}") for name in found.get("properties", {})}
    free = found.get("additionalProperties")
    others = partial(root, f"{base}/additionalProperties") if isinstance(free, dict) else free
    changed = [child for child in (*inner.values(), others) if isinstance(child, dict) and child.keys() != {"$ref"}]
    if found.get("type") != "object" or not (changed or any(keyword in found for keyword in WHOLE)):
        return {"$ref": pointer}
    kept = {keyword: value for keyword, value in found.items() if keyword not in WHOLE}
    remade = {"properties": inner or None, "additionalProperties": others}
    return {**kept, **{keyword: value for keyword, value in remade.items() if value is not None}}


def expected(text: str) -> str:
    """Return the text of a schema with its generated part made anew; the part is the last of its definitions."""
    root = json.loads(text)
    made = {block: partial(root, f"#/$defs/{block}") for block in BLOCKS}
    written = json.dumps(made, indent=2, ensure_ascii=False).replace("\n", "\n    ")
    before = text.partition(MARK)[0] if MARK in text else text.removesuffix(END) + ",\n"
    return f"{before}{MARK}{written}{END}"


def expected_texts() -> Iterator[tuple[Path, str]]:
    """Yield the file of each manifest schema with the text that it should have."""
    for kind in KINDS:
        file = ROOT / "schemas" / f"{kind.lower()}.schema.json"
        yield file, expected(file.read_text(encoding="utf-8"))


def main(arguments: list[str]) -> int:
    """Write all schemas, or with ``--check`` name those that differ and return 1."""
    differing = [(file, text) for file, text in expected_texts() if file.read_text(encoding="utf-8") != text]
    for file, text in differing:
        if arguments == ["--check"]:
            sys.stderr.write(f"{file.relative_to(ROOT)} is not up to date: run python scripts/generate_schemas.py\n")
        else:
            file.write_text(text, encoding="utf-8")
    return 1 if differing and arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
