import pytest

from trueup.cli.main import run


@pytest.mark.parametrize("asked", ["html", "junit", "sarif", "none"])
def test_a_format_that_a_command_does_not_have_is_refused_as_text(
    asked: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", ["trueup", "plan", "--format", asked])
    assert run() == 64
    written = capsys.readouterr()
    assert written.out == ""
    assert f"'{asked}' is not one of 'text', 'json', 'markdown'" in written.err
