"""Code that must work for any kind names none, and asks the registry."""

import ast
from dataclasses import fields
from pathlib import Path
from typing import Final

import pytest

import trueup
from trueup.kinds.registry import KINDS
from trueup.model.identity import Kind, Platform
from trueup.model.live import Lifecycle

ROOT: Final = Path(trueup.__file__).parent
PACKAGES: Final = (
    "diff", "plan", "apply", "report", "edit", "cli", "doctor", "github", "history", "manifest", "spreadsheet"
)  # fmt: skip
EXEMPT: Final = {
    "plan/codec.py": "spells every action of the model",
    "manifest/load.py": "reads the lifecycle block of the model",
    "manifest/project_urls.py": "knows the targets of each platform",
    "manifest/project.py": "knows the targets of each platform",
    "manifest/schema.py": "knows the names of the schemas",
}
NAMES: Final = {name.lower() for spec in KINDS.values() for name in (spec.kind, spec.plural)} | set(Platform)
MEMBERS: Final = {"Kind": set(Kind.__members__), "Platform": set(Platform.__members__)}
STATES: Final = {field.name for field in fields(Lifecycle)} - {"status", "comments"}
"""Members of a state that only one kind can read; the others have common names."""
PROCESSES: Final = {"RequestPreview", "Publish", "Unlist", "AddComment", "PublishTo", "Rollout"}
FOLDERS: Final = {folder.name for folder in (ROOT / "kinds").iterdir() if folder.is_dir() and "__" not in folder.name}


def named_kinds(source: str) -> list[str]:
    """Return the places in a module that name one kind, one platform, or a process or a state that one kind has."""
    found = []
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Attribute(value=ast.Name(id="Kind" | "Platform" as of), attr=name) if name in MEMBERS[of]:
                found.append(f"{node.lineno}: {ast.unparse(node)}")
            case ast.Attribute(attr=name) if name in STATES:
                found.append(f"{node.lineno}: {ast.unparse(node)}")
            case ast.Constant(value=str(text)) if text.lower() in NAMES:
                found.append(f"{node.lineno}: {text!r}")
            case ast.ImportFrom(module="trueup.model.action" | "trueup.model.manifest", names=names):
                found += [f"{node.lineno}: {each.name}" for each in names if each.name in PROCESSES]
            case ast.ImportFrom(module=str(module)) if FOLDERS & set(module.split(".")[2:]):
                found.append(f"{node.lineno}: {module}")
            case _:
                pass
    return found


def test_no_other_package_names_a_kind_or_a_platform() -> None:
    files = {str(file.relative_to(ROOT)): file for package in PACKAGES for file in (ROOT / package).rglob("*.py")}
    assert len(files) > 100
    assert EXEMPT.keys() <= files.keys()
    found = {name: named_kinds(file.read_text()) for name, file in files.items() if name not in EXEMPT}
    assert {name: places for name, places in found.items() if places} == {}


@pytest.mark.parametrize(
    "source",
    [
        "x = identity.kind is Kind.CONNECTOR",
        "match platform:\n    case Platform.ORIGIN:\n        pass",
        "if str(kind) == 'Certification': pass",
        "names = {'connector': 1}",
        "folder = 'certifications'",
        "waits = live.lifecycle.has_changes",
        "from trueup.kinds.connector import words",
        "from trueup.kinds.certification.fields import FIELDS",
        "from trueup.model.action import Create, Publish",
        "from trueup.model.action import Create, Rollout",
    ],
)
def test_the_search_finds_code_that_names_a_kind(source: str) -> None:
    assert len(named_kinds(source)) == 1


def test_the_search_accepts_code_that_asks_the_registry() -> None:
    assert named_kinds("from trueup.kinds.registry import KINDS\nx = KINDS[identity.kind].versioned") == []
