"""Check the text of one file, from its bytes to its diagnostics."""

import re
from pathlib import Path

import pytest

from trueup.manifest.validate import check_text

DOCUMENTS = Path(__file__).parents[2] / "golden" / "documents"

CERTIFICATION = "apiVersion: trueup/v1\nkind: Certification\nmetadata: {externalId: A}\nspec:\n"
CONNECTOR = "apiVersion: trueup/v1\nkind: Connector\nmetadata: {key: a}\nspec:\n"


def problem(text: str, code: str) -> tuple[str, str]:
    """Return the allowed value and the hint of the only problem with this code."""
    (found,) = [one for one in check_text(text.encode(), "a.yaml").diagnostics if one.code == code]
    return found.allowed, found.hint


@pytest.mark.parametrize("value", [".5", "1e3", ".nan"])
def test_quotes_are_not_suggested_where_the_quoted_text_is_refused_too(value: str) -> None:
    assert problem(f"{CERTIFICATION}  voc: {{emission: {{densityMax: {value}}}}}\n", "bad-number")[1] == ""


def test_quotes_are_suggested_where_text_is_accepted() -> None:
    number = f"{CERTIFICATION}  voc: {{emission: {{densityMax: .5}}}}\n"
    text = f"{CONNECTOR}  name: .7\n"
    found = check_text(f"{number}---\n{text}".encode(), "a.yaml").diagnostics
    hints = [one.hint for one in found if one.code == "bad-number"]
    assert hints == ["", "If it is meant as text, put quotes around it: '.7'."]


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("1,5", " (write 1.5)"),
        ("-12,50", " (write -12.50)"),
        ("1,5000", " (write 1.5000)"),
        ("1,500", ""),
        ("1,000,000", ""),
        ("1,", ""),
    ],
)
def test_a_comma_is_read_as_a_decimal_point_unless_it_may_separate_thousands(value: str, written: str) -> None:
    found = check_text(
        f'{CERTIFICATION}  voc: {{emission: {{densityMax: "{value}"}}}}\n'.encode(), "a.yaml"
    ).diagnostics
    assert [one.message for one in found if one.code == "bad-format"] == [f"{value!r} is not a valid number{written}."]


def test_a_saved_plan_is_no_manifest_and_the_hint_says_how_it_is_used() -> None:
    hint = problem((DOCUMENTS / "quickstart-saved.json").read_text(), "missing-kind")[1]
    commands = [words.split() for words in re.findall(r"trueup ([a-z -]+) FILE", hint)]
    assert commands == [["show"], ["apply", "--plan"]]
    assert problem("spec: {}\n", "missing-kind")[1] == ""
