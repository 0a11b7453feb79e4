"""Each body that trueup posts, in a browser at the widths of a computer and of a phone."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from acceptance.browser import BROWSER, browsing
from acceptance.comment_bodies import BODIES, as_page
from trueup.github.own_markdown import closed_markdown

pytestmark = [
    pytest.mark.slow,
    pytest.mark.browser,
    pytest.mark.skipif(BROWSER is None, reason="NOT RUN: no chromium; apt-get install chromium brings it"),
]

COMPUTER, PHONE = 830, 390

WIDER = "[...document.querySelectorAll('{0}')].filter((node) => node.scrollWidth > node.clientWidth).length"
FOLDED = "[...document.querySelectorAll('details:not([open])')].map((node) => node.textContent).join()"


async def measured(folder: Path) -> list[dict[str, Any]]:
    found = []
    async with browsing(folder) as browser:
        for name, body in BODIES.items():
            file = folder / f"{name}.html"
            file.write_text(as_page(body()), encoding="utf-8")
            for width in (COMPUTER, PHONE):
                tab = await browser.open(file, width=width)
                found.append(
                    {
                        "name": name,
                        "width": width,
                        "page": await tab.value("document.documentElement.scrollWidth"),
                        "tables": await tab.value(WIDER.format("table")),
                        "code": await tab.value(WIDER.format("pre")),
                        "folded": await tab.value(FOLDED),
                    }
                )
    return found


def test_no_body_is_wider_than_its_window_and_no_fold_hides_what_must_be_seen(tmp_path: Path) -> None:
    looks = asyncio.run(measured(tmp_path))
    assert len(looks) == 2 * len(BODIES)
    assert [look for look in looks if look["page"] > look["width"] or look["tables"]] == []
    # On a phone a long line of code scrolls within its block, as everywhere on GitHub.
    assert [look["name"] for look in looks if look["width"] == COMPUTER and look["code"]] == []
    assert [look["name"] for look in looks if "gone-" in look["folded"] or "stuck-" in look["folded"]] == []


HOSTILE = (
    "<details>",
    "<details open><summary>x",
    "<!-- ",
    "```\n<details>\n```\n<details>\n```\n</details>",
    "- a\n  ```",
    "<details title='",
    '<a href="',
    "<table><tr><td><details>",
    "<details><table><tr><td></details>",
    "<b><details></b>",
    "~~~\n<script>",
    "<style>body { display: none }",
    "<textarea>",
    "<plaintext>",
)


def test_no_header_hides_the_plan_in_a_browser(tmp_path: Path) -> None:
    async def seen() -> list[str]:
        async with browsing(tmp_path) as browser:
            hidden = []
            for number, header in enumerate(HOSTILE):
                file = tmp_path / f"{number}.html"
                file.write_text(as_page(f"{closed_markdown(header)}\n## The plan\n\nmore"), encoding="utf-8")
                tab = await browser.open(file)
                shown = await tab.value(
                    "[...document.querySelectorAll('h2')].filter((n) => n.checkVisibility()).length"
                )
                hidden += [] if shown == 1 else [header]
            return hidden

    assert asyncio.run(seen()) == []
