"""Every mistake of ``yaml_mistakes.toml``, made in its manifest: where it is reported, how, and with what correction.

A case names the lines of the manifest that are written differently. The file has every message and hint in full, so
that a change of wording shows there. A correction must give the manifest back, or a value with the signs that were
typed, which ``means`` then names.
"""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from corrections import corrected
from trueup.cli.main import run
from trueup.manifest.validate import check_text
from trueup.manifest.yaml_file import read_yaml

_FILE: dict[str, Any] = tomllib.loads(Path(__file__).with_name("yaml_mistakes.toml").read_text(encoding="utf-8"))
MANIFEST: str = _FILE["manifest"]
CASES: dict[str, dict[str, str]] = _FILE["case"]


@pytest.mark.parametrize("name", CASES)
def test_a_mistake_is_reported_at_its_line_with_the_corrected_line(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    case = CASES[name]
    assert MANIFEST.count(case["instead_of"]) == 1
    text = MANIFEST.replace(case["instead_of"], case["written"])
    (tmp_path / "a.yaml").write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "300")
    assert run(["validate", "a.yaml"]) == 3
    shown = "".join(capsys.readouterr())
    assert shown.count("error[") == 1, shown
    assert shown.startswith(f"a.yaml:{case['at']}: error["), shown
    assert f": {case['message']}\n" in shown
    if case["hint"]:
        assert f"  hint: {case['hint']}\n" in shown
        meant = MANIFEST.replace(case["instead_of"], case.get("means", case["instead_of"]))
        assert root(repaired(text)) == root(meant)


def repaired(text: str) -> str:
    """Return a text with all mistakes corrected as their hints say; one that is made on several lines comes again."""
    for _ in text.split("\n"):
        said = check_text(text.encode(), "").diagnostics
        if not said:
            break
        text = corrected(text, said[0].position.line, said[0].hint)
    return text


def root(text: str) -> object:
    (document,) = read_yaml(text.encode(), "").documents
    return document.root


def test_nearly_every_mistake_has_a_correction() -> None:
    assert len(CASES) > 50
    assert [name for name, case in CASES.items() if not case["hint"]] == ["item-without-a-list"]
