"""``--no-cache`` is accepted for one release, without effect."""

from pathlib import Path

import pytest

from trueup.cli.main import run

TEXT = "apiVersion: trueup/v1\nkind: Connector\nmetadata: {key: acme}\nspec: {name: Acme}\n"
NOTE = "--no-cache has no effect: trueup has no cache anymore. The next release will reject it.\n"


def validate(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    status = run(["validate", ".", *arguments])
    return status, *capsys.readouterr()


def test_the_option_has_no_effect_but_a_note(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.yaml").write_text(TEXT)
    (tmp_path / "trueup.yaml").write_text("apiVersion: trueup/v1\nkind: Project\n")
    monkeypatch.chdir(tmp_path)
    status, out, err = validate(capsys)
    assert (status, err) == (0, "")
    assert validate(capsys, "--no-cache") == (status, out, NOTE)
    assert validate(capsys, "--no-cache", "--quiet") == (status, out, "")
    assert not (tmp_path / ".trueup").exists()


def test_help_does_not_show_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["validate", "--help"]) == 0
    assert "cache" not in capsys.readouterr().out
