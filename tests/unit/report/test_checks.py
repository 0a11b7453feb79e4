import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from trueup.model.checkup import CheckResult, CheckState
from trueup.report.checks import checks_markdown, checks_text, checks_to_json
from trueup.report.safe_text import columns
from unit.report.checks_samples import CHECKS

SCHEMA = json.loads((Path(__file__).parents[3] / "schemas" / "checks.schema.json").read_text())

NARROW = """\
This machine
  ok       versions    trueup 0.1.0, Python 3.12.3, Linux 6.8.0 x86_64
  missing  project     no trueup.yaml in this folder or above it
                       next: Run trueup init, or change to the folder of a
                       project.

Target connect-eu
  warn     clock       this machine is 312 s ahead of auth.example:443
                       next: Set the clock of this machine: certificates and
                       tokens depend on it.
  fail     connection  no connection to
                       connect.europe-west1.gcp.commercetools.com:443:
                       Connection refused
                       next: Check the address in trueup.yaml and the firewall.
                       If a proxy is needed, set HTTPS_PROXY.
  skipped  read        needs connection

5 checks: 1 ok, 1 warn, 1 fail, 1 skipped, 1 missing."""

WIDE = """\
This machine
  ok       versions    trueup 0.1.0, Python 3.12.3, Linux 6.8.0 x86_64 (7 ms)
                       httpx 0.28.1
  missing  project     no trueup.yaml in this folder or above it (0 ms)
                       next: Run trueup init, or change to the folder of a project.

Target connect-eu
  warn     clock       this machine is 312 s ahead of auth.example:443 (0 ms)
                       next: Set the clock of this machine: certificates and tokens depend on it.
  fail     connection  no connection to connect.europe-west1.gcp.commercetools.com:443: Connection refused (1203 ms)
                       next: Check the address in trueup.yaml and the firewall. If a proxy is needed, set HTTPS_PROXY.
  skipped  read        needs connection (0 ms)

5 checks: 1 ok, 1 warn, 1 fail, 1 skipped, 1 missing."""


@pytest.mark.parametrize(("width", "verbose", "text"), [(80, False, NARROW), (140, True, WIDE)])
def test_the_table_fits_the_terminal(width: int, text: str, *, verbose: bool) -> None:
    shown = checks_text(CHECKS, width=width, color=False, verbose=verbose)
    assert shown == text
    assert max(map(columns, shown.splitlines())) <= width


def test_each_state_has_its_colour() -> None:
    shown = checks_text(CHECKS, width=100, color=True, verbose=False)
    assert "\x1b[32mok" in shown
    assert "\x1b[33mwarn" in shown
    assert "\x1b[1;31mfail" in shown


def test_a_text_of_a_server_cannot_control_the_terminal_or_the_table() -> None:
    hostile = CheckResult(name="read", target="eu", state=CheckState.FAIL, seen="a\x1b[2J|b\nc", advice="`|x`")
    assert "\x1b" not in checks_text([hostile], width=80, color=False, verbose=True)
    row = checks_markdown([hostile]).splitlines()[4]
    assert row.replace("\\|", "").count("|") == 5


def test_markdown_is_a_table_for_each_target() -> None:
    lines = checks_markdown(CHECKS).splitlines()
    assert lines[:4] == ["### This machine", "", "| state | check | seen | next |", "|---|---|---|---|"]
    assert "### Target connect\\-eu" in lines or "### Target connect-eu" in lines
    assert lines[-1] == "5 checks: 1 ok, 1 warn, 1 fail, 1 skipped, 1 missing."


def test_the_document_follows_its_schema() -> None:
    document = checks_to_json(CHECKS)
    Draft202012Validator(SCHEMA).validate(document)
    assert {entry["state"] for entry in document} == set(CheckState)
    assert set(document[0]) == set(SCHEMA["items"]["required"]) == set(SCHEMA["items"]["properties"])
