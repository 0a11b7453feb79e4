"""Open the HTML report in a real browser that has no network: use it, attack it, and take its script away."""

import asyncio
import html as markup
from collections.abc import Callable, Coroutine
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any, TypeVar

import pytest

from acceptance.browser import BROWSER, Browser, Tab, browsing
from trueup.model.plan import Plan, Verdict
from trueup.report.html import render_html
from trueup.report.outcomes import outcome_tree
from trueup.report.plan import plan_tree
from trueup.report.tree import ReportTree
from unit.report.samples import ERP, FULL, OUTCOMES, PSP, SAME, TAX, connector, plan, resource, scalar

pytestmark = [
    pytest.mark.slow,
    pytest.mark.browser,
    pytest.mark.skipif(BROWSER is None, reason="NOT RUN: no chromium; apt-get install chromium brings it"),
]

T = TypeVar("T")

SCRIPT = "document.title='planted'"
PLANTED = f'<img src=x onerror="{SCRIPT}"><script>{SCRIPT}</script><style>body {{ display: none }}</style>'

ENTRIES = "[...document.querySelectorAll('.entry')]"
SEEN = f"{ENTRIES}.filter((node) => node.offsetParent).map((node) => node.querySelector('.name b').textContent)"
OPEN = "document.querySelectorAll('details[open]').length"
TOLD = "document.getElementById('shown').textContent"
VIOLATIONS = (
    "addEventListener('securitypolicyviolation', (event) => (window.refused ??= []).push(event.violatedDirective))"
)


def visit(folder: Path, page: ReportTree | str, use: Callable[[Tab], Coroutine[Any, Any, T]], **how: Any) -> T:
    """Open a report and use it; whatever it is, it asks for nothing but itself."""

    async def visited() -> T:
        async with browsing(folder) as browser:
            return await opened(browser, folder, page, use, **how)

    return asyncio.run(visited())


async def opened(
    browser: Browser, folder: Path, page: ReportTree | str, use: Callable[[Tab], Coroutine[Any, Any, T]], **how: Any
) -> T:
    file = folder / "report.html"
    file.write_text(page if isinstance(page, str) else render_html(page, command="plan"), encoding="utf-8")
    tab = await browser.open(file, **how)
    used = await use(tab)
    assert set(tab.asked.values()) == {file.as_uri()}
    return used


def many(number: int) -> Plan:
    """Return a plan of that many resources, of every sort, each with a name of its own."""
    kinds = (TAX, PSP, ERP, SAME)
    return plan(*(replace(kinds[n % 4], identity=connector(f"acme-{n:03}")) for n in range(number)))


def test_the_filter_finds_by_name_value_and_verdict(tmp_path: Path) -> None:
    async def use(tab: Tab) -> None:
        assert await tab.value(TOLD) == "9 of 9 resources"
        await tab.click("#find")
        await tab.type("acme-PIM")
        assert await tab.value(SEEN) == ["acme-pim"]
        assert await tab.value(TOLD) == "1 of 9 resources"
        headings = "[...document.querySelectorAll('h2')].filter((node) => node.offsetParent).length"
        assert await tab.value(headings) == 1
        await tab.clear("#find")
        await tab.type("us-central1.gcp")
        assert await tab.value(SEEN) == ["acme-tax"]
        await tab.clear("#find")
        await tab.choose("#word", "unchanged")
        assert await tab.value(SEEN) == ["acme-search", "acme-cms"]
        await tab.click("#find")
        await tab.type("nothing has this")
        assert await tab.value(TOLD) == "0 of 9 resources"
        await tab.press("Enter")
        assert await tab.value(TOLD) == "0 of 9 resources", "Enter must not send the form and load the page again"
        assert tab.complaints == []

    visit(tmp_path, plan_tree(FULL), use)


def test_a_large_page_is_folded_and_unfolds_at_once(tmp_path: Path) -> None:
    async def use(tab: Tab) -> None:
        assert await tab.value(OPEN) == 0
        await tab.click("#fold")
        assert await tab.value(OPEN) == 75
        await tab.click("#fold")
        assert await tab.value(OPEN) == 0

    visit(tmp_path, plan_tree(many(100)), use)


def test_a_hostile_value_stays_text(tmp_path: Path) -> None:
    hostile = resource(connector(f"x{PLANTED}"), Verdict.UPDATE, scalar("name", PLANTED, f"{PLANTED}2"))

    async def use(tab: Tab) -> None:
        counts = "['img', 'script', 'style', 'iframe'].map((tag) => document.getElementsByTagName(tag).length)"
        assert await tab.value(counts) == [0, 1, 1, 0]
        assert await tab.value("document.title") == "trueup plan"
        values = await tab.value("[...document.querySelectorAll('td.value')].map((node) => node.textContent)")
        assert values == [PLANTED, f"{PLANTED}2 setName"]
        assert await tab.value(SEEN) == [f"x{PLANTED}"]
        assert tab.complaints == []

    visit(tmp_path, plan_tree(plan(hostile)), use)


def test_markup_that_got_through_all_the_same_does_nothing(tmp_path: Path) -> None:
    page = render_html(plan_tree(plan(resource(connector(PLANTED), Verdict.UNCHANGED))), command="plan")
    torn = page.replace(str(markup.escape(PLANTED)).replace("&quot;", "&#34;").replace("&#x27;", "&#39;"), PLANTED)
    assert torn.count("<script>") == 2

    async def use(tab: Tab) -> None:
        assert await tab.value("document.querySelectorAll('img').length") == 1
        assert await tab.value("document.title") == "trueup plan"
        assert await tab.value("getComputedStyle(document.body).display") == "block"
        assert len([told for told in tab.complaints if "Content Security Policy" in told]) >= 3
        late = f"{VIOLATIONS}; const node = document.createElement('script'); node.textContent = \"{SCRIPT}\";"
        await tab.value(f"{late} document.body.append(node)")
        await tab.value("fetch('https://evil.example/').catch(() => null)")
        assert await tab.value("document.title") == "trueup plan"
        assert await tab.value("refused") == ["script-src-elem", "connect-src"]

    visit(tmp_path, torn, use)


def test_without_script_everything_is_there(tmp_path: Path) -> None:
    async def use(tab: Tab) -> None:
        assert await tab.value("getComputedStyle(document.getElementById('filter')).display") == "none"
        assert len(await tab.value(SEEN)) == 100
        await tab.click("summary")
        assert await tab.value(OPEN) == 1

    visit(tmp_path, plan_tree(many(100)), use, script=False)


def test_nothing_runs_over_the_edge_and_everything_can_be_read(tmp_path: Path) -> None:
    trees = (plan_tree(plan(*FULL.resources, long())), outcome_tree(FULL, OUTCOMES))

    async def look(browser: Browser, width: int, *, dark: bool) -> None:
        async def use(tab: Tab) -> None:
            assert await tab.value("document.documentElement.scrollWidth") <= width
            for selector in READ:
                assert await tab.value(CONTRAST % selector) >= 4.5, (selector, dark)

        for tree in trees:
            await opened(browser, tmp_path, tree, use, width=width, dark=dark)

    async def looked() -> None:
        async with browsing(tmp_path) as browser:
            for width, dark in product((390, 1280), (False, True)):
                await look(browser, width, dark=dark)

    asyncio.run(looked())


def long() -> Any:
    return resource(connector("n" * 250), Verdict.UPDATE, scalar("name", "x" * 3000, "y" * 3000))


READ = ("body", "p.muted, td.muted", ".create", ".value", ".tag.problem", ".remark", ".about", ".place", ".divider")

CONTRAST = """(() => {
  const light = (color) => {
    const [r, g, b] = color.match(/[\\d.]+/g).map(Number).map((c) => c / 255)
      .map((c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const node = document.querySelector('%s');
  let behind = node;
  while (getComputedStyle(behind).backgroundColor === 'rgba(0, 0, 0, 0)') behind = behind.parentElement;
  const colors = [getComputedStyle(node).color, getComputedStyle(behind).backgroundColor];
  const pair = colors.map(light).sort((a, b) => b - a);
  return (pair[0] + 0.05) / (pair[1] + 0.05);
})()"""
"""How well an element's text stands out from what is behind it; WCAG's formula, which asks for 4.5 at least."""
