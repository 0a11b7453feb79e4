import base64
import hashlib
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from trueup.errors import Diagnostic, Severity
from trueup.model.codes import codes_named
from trueup.model.plan import Drift, Fate, Plan, ResourceDrift, Verdict
from trueup.model.position import Position
from trueup.model.run import Status
from trueup.report.drift import drift_tree
from trueup.report.html import Link, render_html
from trueup.report.junit import render_junit
from trueup.report.outcomes import outcome_tree
from trueup.report.plan import plan_tree
from trueup.report.sarif import render_sarif
from unit.report.samples import DIGEST, ERP, FULL, PSP, SAME, TAX, connector, outcome, plan, resource, scalar

WRONG = Diagnostic(
    code="unknown-field", message="no <b>", position=Position("a b.yaml", 3, 5), path="spec.x", allowed="y", hint="z"
)


class Reader(HTMLParser):
    """Collect what a browser would make of a page: tags, text, and what it may run."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.raw: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        last = self.tags[-1][0] if self.tags else ""
        if last in {"style", "script"} and last not in self.raw:
            self.raw[last] = data
        else:
            self.text += data


def read(html: str) -> Reader:
    reader = Reader()
    reader.feed(html)
    reader.close()
    return reader


def test_a_page_holds_every_resource_and_the_total() -> None:
    page = read(render_html(plan_tree(FULL), command="plan", digest=DIGEST))
    for planned in FULL.resources:
        assert planned.identity.value in page.text
    assert "1 to create" in page.text
    assert DIGEST in page.text
    shown = [attributes for _, attributes in page.tags if attributes.get("class") == "entry"]
    assert len(shown) == len(FULL.resources)
    assert {str(attributes["data-word"]) for attributes in shown} == {r.verdict.value for r in FULL.resources}


def test_a_page_needs_nothing_else_and_allows_itself_only_its_own_style_and_script() -> None:
    page = read(render_html(plan_tree(FULL), command="plan"))
    policy = next(a["content"] for _, a in page.tags if a.get("http-equiv") == "Content-Security-Policy")
    assert policy is not None
    assert policy.startswith("default-src 'none';")
    for tag in ("style", "script"):
        name = base64.b64encode(hashlib.sha256(page.raw[tag].encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{name}'" in policy
    assert not [tag for tag, attributes in page.tags if {"src", "href", "style", "onclick"} & attributes.keys()]


def test_what_is_held_back_is_not_coloured_as_if_it_were_done() -> None:
    assert 'class="value removed"' in render_html(plan_tree(plan(TAX)), command="plan")
    held = render_html(plan_tree(plan(ERP)), command="plan")
    assert "held back" in held
    assert 'class="value removed"' not in held


def test_a_page_warns_by_name_of_what_is_deleted_and_counts_by_target() -> None:
    page = read(render_html(plan_tree(FULL), command="plan"))
    assert [a["class"] for _, a in page.tags if a.get("role") == "alert"] == ["alert"]
    assert "Deletes or takes away 1 resource:\nConnector acme-old" in page.text
    assert "connect-eu1111112" in page.text
    assert "origin0100000" in page.text
    calm = read(render_html(plan_tree(plan(TAX)), command="plan"))
    assert not [tag for tag, a in calm.tags if a.get("role") == "alert" or a.get("class") == "targets"]


def test_places_lead_to_where_the_files_are() -> None:
    origin = [Link("Commit abc", "https://example.com/abc")]
    address = {"connectors/tax.yaml": "https://example.com/tax#L3", "a b.yaml": ""}
    page = read(
        render_html(
            plan_tree(plan(TAX)),
            command="plan",
            diagnostics=[WRONG],
            origin=origin,
            address=lambda place: address[place.file],
        )
    )
    assert [a["href"] for tag, a in page.tags if tag == "a"] == [
        "https://example.com/tax#L3",
        "https://example.com/abc",
    ]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({}, "No problems."),
        ({"closing": "41 manifests are valid."}, "41 manifests are valid."),
        ({"error": "down"}, "The run ended early."),
        ({"diagnostics": [WRONG]}, "1 error in 1 file."),
    ],
)
def test_a_page_without_a_plan_has_a_verdict_all_the_same(given: dict[str, Any], told: str) -> None:
    assert told in read(render_html(None, command="validate", **given)).text


def test_an_apply_shows_how_it_ended_and_what_moved() -> None:
    ended = [outcome(TAX, Status.STALE), outcome(PSP, Status.APPLIED)]
    page = read(render_html(outcome_tree(plan(TAX, PSP), ended), command="apply"))
    assert "stale" in page.text
    assert "applied" in page.text


def test_problems_and_what_ended_a_run_are_shown_without_a_plan() -> None:
    page = read(render_html(None, command="validate", diagnostics=[WRONG], error="down"))
    assert "no <b>" in page.text
    assert "a b.yaml:3:5" in page.text
    assert "down" in page.text


def test_a_large_page_is_folded() -> None:
    many = Plan(resources=FULL.resources * 10, digest="", forecast=FULL.forecast)
    assert " open>" not in render_html(plan_tree(many), command="plan")
    assert " open>" in render_html(plan_tree(plan(TAX)), command="plan")


def test_junit_has_a_case_a_resource_that_passes_fails_or_waits() -> None:
    deferred = resource(ERP.identity, Verdict.DEFERRED, scalar("name", "a", "b"))
    unread = resource(PSP.identity, Verdict.UNREADABLE, error="down")
    root = ET.fromstring(render_junit(plan_tree(plan(TAX, SAME, deferred, unread)), command="plan"))
    cases = {case.get("name"): [child.tag for child in case] for case in root.iter("testcase")}
    assert cases[TAX.identity.value] == ["failure"]
    assert cases[SAME.identity.value] == []
    assert cases[ERP.identity.value] == ["skipped"]
    assert cases[PSP.identity.value] == ["error"]
    sums = {name: sum(int(suite.get(name, "")) for suite in root) for name in ("failures", "errors", "skipped")}
    assert sums == {"failures": 1, "errors": 1, "skipped": 1}
    assert "setRepository  tag v1.4.0" in "".join(root.itertext())


def test_in_junit_what_is_as_wanted_passes_also_where_live_was_looked_at_alone() -> None:
    place = Position("a.yaml", 1, 1)
    drift = Drift(
        resources=tuple(
            ResourceDrift(identity=connector(fate), fate=fate, position=place) for fate in (Fate.SAME, Fate.DELETED)
        )
    )
    root = ET.fromstring(render_junit(drift_tree(drift), command="drift"))
    assert {case.get("name"): [child.tag for child in case] for case in root[0]} == {"same": [], "deleted": ["failure"]}


def test_junit_tells_of_warnings_too_and_what_would_be_right() -> None:
    warned = replace(WRONG, severity=Severity.WARNING)
    wrong, odd = ET.fromstring(render_junit(None, [WRONG, warned], command="validate")).iter("testcase")
    assert [(told.tag, told.text) for told in (*wrong, *odd)] == [("failure", "y\nz"), ("system-out", "no <b>")]


def test_junit_of_a_run_without_a_plan_tells_why() -> None:
    root = ET.fromstring(render_junit(None, [WRONG], command="validate", error="down\x00"))
    assert [child.tag for case in root.iter("testcase") for child in case] == ["failure", "error"]
    well = ET.fromstring(render_junit(None, command="validate"))
    assert [list(case) for case in well.iter("testcase")] == [[]]


def test_sarif_has_a_rule_a_code_and_a_result_a_problem_in_a_file() -> None:
    warned = Diagnostic(code="old", message="w", position=Position("b.yaml", 0, 0), severity=Severity.WARNING)
    outside = Diagnostic(code="old", message="w", position=Position("/etc/x", 1, 1))
    log = json.loads(render_sarif([warned, WRONG, outside, WRONG]))
    run = log["runs"][0]
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["old", "unknown-field"]
    assert [result["level"] for result in run["results"]] == ["error", "error", "warning"]
    first = run["results"][0]
    assert first["ruleId"] == run["tool"]["driver"]["rules"][first["ruleIndex"]]["id"] == "unknown-field"
    place = first["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "a%20b.yaml"
    assert place["region"] == {"startLine": 3, "startColumn": 5}
    assert run["results"][2]["locations"][0]["physicalLocation"]["region"]["startLine"] == 1


def test_a_rule_of_sarif_says_what_the_list_of_codes_says() -> None:
    unlisted = Diagnostic(code="of-a-later-version", message="m", position=Position("b.yaml", 1, 1))
    rules = json.loads(render_sarif([WRONG, unlisted]))["runs"][0]["tool"]["driver"]["rules"]
    known, other = sorted(rules, key=lambda rule: rule["id"] != WRONG.code)
    (code,) = codes_named(WRONG.code)
    assert known["shortDescription"]["text"] == code.meaning
    assert known["fullDescription"]["text"] == f"{code.meaning} {code.why}"
    assert code.fix in known["help"]["text"]
    assert other["fullDescription"]["text"] == "of-a-later-version"


def test_a_fingerprint_outlives_lines_written_above() -> None:
    moved = Diagnostic(code=WRONG.code, message="m", position=Position("a b.yaml", 9, 5), path="spec.x")
    logs = [json.loads(render_sarif([found])) for found in (WRONG, moved)]
    assert len({log["runs"][0]["results"][0]["partialFingerprints"]["trueup/v1"] for log in logs}) == 1


@pytest.mark.parametrize("name", ["report.css", "report.js"])
def test_style_and_script_cannot_end_their_element(name: str) -> None:
    folder = Path(__file__).parents[3] / "src" / "trueup" / "report"
    assert not re.search("</|<!--", (folder / name).read_text(encoding="utf-8"))
