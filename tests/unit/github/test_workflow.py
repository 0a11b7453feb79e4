import io
from itertools import cycle
from pathlib import Path

import pytest

from trueup.github.workflow import MOST_BYTES, annotation, append_summary, stop_workflow_commands, write_outputs


def read_outputs(text: str) -> dict[str, str]:
    """Read outputs as a runner does."""
    found: dict[str, str] = {}
    lines = iter(text.splitlines())
    for line in lines:
        name, _, delimiter = line.partition("<<")
        value: list[str] = []
        for inner in lines:
            if inner == delimiter:
                break
            value.append(inner)
        found[name] = "\n".join(value)
    return found


def test_a_value_cannot_end_early_and_continue_as_another_output(tmp_path: Path) -> None:
    file = tmp_path / "output"
    values = {"summary": "a\nEOF\ninjected=1\nx<<y\n", "changes": "true", "empty": ""}
    write_outputs(file, values)
    assert read_outputs(file.read_text()) == {**values, "summary": values["summary"]}


def test_a_value_with_the_delimiter_gets_another_delimiter(tmp_path: Path) -> None:
    file = tmp_path / "output"
    words = cycle(["one", "two"])
    write_outputs(file, {"summary": "trueup_one\nx"}, token=lambda: next(words))
    assert read_outputs(file.read_text()) == {"summary": "trueup_one\nx"}


def test_outputs_are_appended_to_earlier_ones(tmp_path: Path) -> None:
    file = tmp_path / "output"
    write_outputs(file, {"a": "1"})
    write_outputs(file, {"b": "\ud800"})
    assert read_outputs(file.read_text()) == {"a": "1", "b": "\\ud800"}


def test_a_summary_that_would_be_dropped_is_not_written(tmp_path: Path) -> None:
    file = tmp_path / "summary"
    assert append_summary(file, "first\n")
    assert not append_summary(file, "x" * MOST_BYTES)
    assert append_summary(file, "last\n")
    assert file.read_text() == "first\nlast\n"


def test_foreign_text_is_printed_while_commands_are_off() -> None:
    stream = io.StringIO()
    with stop_workflow_commands(stream, token=lambda: "word"):
        stream.write("::error::not ours")
    assert stream.getvalue().splitlines() == ["::stop-commands::trueup-word", "::error::not ours", "::trueup-word::"]


def test_commands_are_turned_on_again_after_an_exception() -> None:
    stream = io.StringIO()
    with pytest.raises(ValueError, match="x"), stop_workflow_commands(stream, token=lambda: "word"):
        raise ValueError("x")
    assert stream.getvalue().endswith("::trueup-word::\n")


def test_an_annotation_is_one_line() -> None:
    assert annotation("notice", "100%\n::error::x\r") == "::notice title=trueup::100%25%0A::error::x%0D\n"
