"""Whatever a plan holds, the pages and files about it are whole, and every value in them is text."""

from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

import hostile
from trueup.errors import Diagnostic
from trueup.model.plan import Plan
from trueup.report.html import render_html
from trueup.report.junit import render_junit
from trueup.report.outcomes import outcome_tree
from trueup.report.plan import plan_tree
from trueup.report.sarif import render_sarif
from unit.report.test_html import read

pytestmark = pytest.mark.slow

TAGS = {
    *("html", "head", "meta", "title", "style", "body", "header", "h1", "p", "span", "main", "section", "h2", "small"),
    *("form", "label", "input", "select", "option", "output", "details", "summary", "b", "code", "div", "button"),
    *("table", "thead", "tbody", "tr", "th", "td", "ul", "li", "footer", "script"),
}


def assert_page(html: str) -> str:
    page = read(html)
    assert {tag for tag, _ in page.tags} <= TAGS
    assert sum(tag == "script" for tag, _ in page.tags) == 1
    assert not [name for _, attributes in page.tags for name in attributes if name.startswith("on") or name == "src"]
    assert all(char == "\n" or char.isprintable() for char in html)
    return page.text


@hostile.RENDERED
@given(hostile.plans(), st.data())
def test_no_plan_can_break_out_of_its_page_or_its_xml(plan: Plan, data: st.DataObject) -> None:
    trees = (plan_tree(plan), outcome_tree(plan, data.draw(hostile.outcomes(plan))))
    for tree in trees:
        text = assert_page(render_html(tree, command="plan"))
        root = ET.fromstring(render_junit(tree, command="plan"))
        names = [case.get("name", "") for case in root.iter("testcase")]
        for number in range(len(plan.resources)):
            assert f"r{number}-" in text
            assert sum(name.startswith(f"r{number}-") for name in names) == 1


@hostile.RENDERED
@given(st.lists(hostile.diagnostics(), max_size=3), hostile.texts())
def test_no_problem_can_break_out_of_its_page_or_its_xml(found: list[Diagnostic], error: str) -> None:
    assert_page(render_html(None, command="validate", diagnostics=found, error=error))
    ET.fromstring(render_junit(None, found, command="validate", error=error))
    assert render_sarif(found).isascii()
