import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

from unit.docs.pages import ROOT


def script(name: str) -> ModuleType:
    spec = spec_from_file_location(f"scripts_{name}", ROOT / "scripts" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


GENERATE = script("generate_docs")
SCHEMAS = script("generate_schemas")


@pytest.mark.parametrize(
    ("page", "wanted"),
    [
        pytest.param(page, text, id=str(page.relative_to(ROOT)))
        for page, text in (*GENERATE.expected_texts(check=True), *SCHEMAS.expected_texts())
    ],
)
def test_what_is_generated_is_up_to_date(page: Path, wanted: str) -> None:
    assert page.read_text(encoding="utf-8") == wanted


def test_a_mapping_of_which_a_part_is_given_requires_nothing_and_keeps_what_its_lists_require() -> None:
    listed = {"type": "array", "items": {"type": "object", "required": ["name"]}}
    choice = {"type": "object", "oneOf": [{"required": ["a"]}], "properties": {"a": {"type": "string"}, "b": listed}}
    free = {"type": "object", "additionalProperties": {"$ref": "#/$defs/choice"}}
    flat = {"type": "object", "properties": {"c": {"type": "string"}}}
    spec = {"type": "object", "properties": {"choice": {"$ref": "#/$defs/choice"}, "free": free, "flat": flat}}
    relaxed = {
        "type": "object",
        "properties": {name: {"$ref": f"#/$defs/choice/properties/{name}"} for name in "ab"},
    }
    assert SCHEMAS.partial({"$defs": {"spec": spec, "choice": choice}}, "#/$defs/spec") == {
        "type": "object",
        "properties": {
            "choice": relaxed,
            "free": {"type": "object", "additionalProperties": relaxed},
            "flat": {"$ref": "#/$defs/spec/properties/flat"},
        },
    }


def test_a_block_that_nothing_makes_is_an_error() -> None:
    with pytest.raises(KeyError):
        GENERATE.generate("<!-- generated: nonsense -->\n<!-- end generated -->")


def test_a_generated_block_keeps_what_stands_around_it() -> None:
    text = "before\n<!-- generated: codes refusal -->\nOUTDATED\n<!-- end generated -->\nafter\n"
    made = GENERATE.generate(text)
    assert made.startswith("before\n<!-- generated: codes refusal -->\n")
    assert made.endswith("<!-- end generated -->\nafter\n")
    assert "OUTDATED" not in made


@pytest.mark.slow
def test_a_check_leaves_out_the_figures_of_the_layout() -> None:
    text = "<!-- generated: house -->\nOUTDATED\n<!-- end generated -->\n"
    assert GENERATE.generate(text, check=True) == text
    made = GENERATE.generate(text)
    assert "| lines of the longest file |" in made
    assert "OUTDATED" not in made


def test_the_readme_marks_both_of_its_commands() -> None:
    commands = script("readme_command").commands((ROOT / "README.md").read_text(encoding="utf-8"))
    assert sorted(commands) == ["demo", "test"]
    assert commands["demo"].endswith("trueup demo")
    assert "pytest" in commands["test"]


def test_a_readme_command_that_is_marked_twice_is_refused() -> None:
    block = "<!-- command: demo -->\n```bash\ntrue\n```\n"
    with pytest.raises(ValueError, match="twice"):
        script("readme_command").commands(block + block)


def test_a_file_that_is_too_long_is_found(tmp_path: Path) -> None:
    (tmp_path / "short.py").write_text("x = 1\n" * 400, encoding="utf-8")
    (tmp_path / "long.py").write_text("x = 1\n" * 401, encoding="utf-8")
    assert script("check_file_length").too_long([tmp_path]) == [(tmp_path / "long.py", 401)]
