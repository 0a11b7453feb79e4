import base64
import hashlib
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from trueup.errors import Diagnostic
from trueup.model.action import Create
from trueup.model.plan import Plan, Verdict
from trueup.model.position import Position
from trueup.model.run import Status
from trueup.model.value import ABSENT, Elements
from trueup.report.html import Link, render_html
from trueup.report.outcomes import outcome_tree
from trueup.report.plan import plan_tree
from unit.report.samples import DIGEST, ERP, FULL, PSP, TAX, certification, outcome, plan, planned, resource

WRONG = Diagnostic(
    code="unknown-field", message="no <b>", position=Position("a b.yaml", 3, 5), path="spec.x", allowed="y", hint="z"
)


class Reader(HTMLParser):
    """A parser that collects what a browser sees in a page: tags, text, and what it may run."""

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


def test_a_page_shows_every_resource_and_the_total() -> None:
    page = read(render_html(plan_tree(FULL), command="plan", digest=DIGEST))
    for shown_resource in FULL.resources:
        assert shown_resource.identity.value in page.text
    assert "1 to create" in page.text
    assert DIGEST in page.text
    shown = [attributes for _, attributes in page.tags if attributes.get("class") == "entry"]
    assert len(shown) == len(FULL.resources)
    assert {str(attributes["data-word"]) for attributes in shown} == {r.verdict.value for r in FULL.resources}


def test_a_page_loads_nothing_and_allows_only_its_own_style_and_script() -> None:
    page = read(render_html(plan_tree(FULL), command="plan"))
    policy = next(a["content"] for _, a in page.tags if a.get("http-equiv") == "Content-Security-Policy")
    assert policy is not None
    assert policy.startswith("default-src 'none';")
    for tag in ("style", "script"):
        name = base64.b64encode(hashlib.sha256(page.raw[tag].encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{name}'" in policy
    assert not [tag for tag, attributes in page.tags if {"src", "href", "style", "onclick"} & attributes.keys()]


def test_actions_that_are_held_back_have_no_colours() -> None:
    assert 'class="value removed"' in render_html(plan_tree(plan(TAX)), command="plan")
    held = render_html(plan_tree(plan(ERP)), command="plan")
    assert "held back" in held
    assert 'class="value removed"' not in held


def test_a_page_names_deleted_resources_and_counts_by_target() -> None:
    page = read(render_html(plan_tree(FULL), command="plan"))
    assert [a["class"] for _, a in page.tags if a.get("role") == "alert"] == ["alert"]
    assert "Deletes, unlists or unpublishes 1 resource:\nConnector acme-old" in page.text
    assert "connect-eu1111112" in page.text
    assert "origin0100000" in page.text
    calm = read(render_html(plan_tree(plan(TAX)), command="plan"))
    assert not [tag for tag, a in calm.tags if a.get("role") == "alert" or a.get("class") == "targets"]


def test_positions_link_to_the_files() -> None:
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
    ("given", "verdict"),
    [
        ({}, "No problems."),
        ({"closing": "41 manifests are valid."}, "41 manifests are valid."),
        ({"error": "down"}, "The run ended early."),
        ({"diagnostics": [WRONG]}, "1 error in 1 file."),
    ],
)
def test_a_page_without_a_plan_has_a_verdict(given: dict[str, Any], verdict: str) -> None:
    assert verdict in read(render_html(None, command="validate", **given)).text


def test_the_page_of_an_apply_shows_the_outcomes() -> None:
    ended = [outcome(TAX, Status.STALE), outcome(PSP, Status.APPLIED)]
    page = read(render_html(outcome_tree(plan(TAX, PSP), ended), command="apply"))
    assert "stale" in page.text
    assert "applied" in page.text


def test_a_page_without_a_plan_shows_problems_and_the_error() -> None:
    page = read(render_html(None, command="validate", diagnostics=[WRONG], error="down"))
    assert "no <b>" in page.text
    assert "a b.yaml:3:5" in page.text
    assert "down" in page.text


def test_the_fields_of_a_creation_are_folded_and_a_repeated_label_is_pale() -> None:
    brands = Elements({(f"B{number}",): {} for number in range(9)})
    create = planned(Create({"brands": brands}), ABSENT, ABSENT)
    page = render_html(plan_tree(plan(resource(certification("c"), Verdict.CREATE, create))), command="plan")
    open_, folded = page.split('<details class="more"><summary>3 more lines</summary>')
    assert "B5" in open_
    assert "B6" not in open_
    assert "B8" in folded
    assert page.count('class="again"') == 5 + 2


def test_the_name_of_an_action_is_beside_its_values() -> None:
    page = render_html(plan_tree(FULL), command="plan")
    assert '<span class="tag action">setRepository</span>' in page


def test_the_entries_of_a_large_page_are_folded() -> None:
    many = Plan(resources=FULL.resources * 10, digest="", forecast=FULL.forecast)
    assert " open>" not in render_html(plan_tree(many), command="plan")
    assert " open>" in render_html(plan_tree(plan(TAX)), command="plan")


@pytest.mark.parametrize("name", ["report.css", "report.js"])
def test_style_and_script_cannot_end_their_element(name: str) -> None:
    folder = Path(__file__).parents[3] / "src" / "trueup" / "report"
    assert not re.search("</|<!--", (folder / name).read_text(encoding="utf-8"))
