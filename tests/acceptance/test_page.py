"""Open the HTML report in a real browser that has no network, and use its filter."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from trueup.model.plan import Verdict
from trueup.report.html import render_html
from trueup.report.plan import plan_tree
from trueup.report.tree import Tree
from unit.report.samples import FULL, connector, plan, resource, scalar

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

pytestmark = [
    pytest.mark.process,
    pytest.mark.skipif(BROWSER is None, reason="NOT RUN: no chromium; apt-get install chromium brings it"),
]

PLANTED = "<img src=x onerror=document.title='planted'><script>document.title='planted'</script>"


def opened(tmp_path: Path, tree: Tree, typed: str = "") -> str:
    """Return the page's document after its script has run, with a word typed into its filter."""
    assert BROWSER is not None
    html = render_html(tree, command="plan")
    if typed:
        # The page allows no other script, so the word stands in the field before its own script looks.
        html = html.replace('<input id="find" type="search"', f'<input id="find" type="search" value="{typed}"')
    file = tmp_path / "report.html"
    file.write_text(html, encoding="utf-8")
    flags = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
    flags += [
        "--disable-component-update",
        "--host-resolver-rules=MAP * ~NOTFOUND",
        f"--user-data-dir={tmp_path}/profile",
    ]
    done = subprocess.run(
        [BROWSER, *flags, "--dump-dom", file.as_uri()],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
        env={"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"},
    )
    return done.stdout


def test_the_filter_is_there_and_hides_what_does_not_match(tmp_path: Path) -> None:
    whole = opened(tmp_path, plan_tree(FULL))
    number = len(FULL.resources)
    assert f">{number} of {number} resources<" in whole
    assert '<form id="filter" hidden' not in whole
    found = opened(tmp_path, plan_tree(FULL), "acme-pim")
    assert f">1 of {number} resources<" in found
    hidden = re.findall(r'<details class="entry"[^>]*hidden', found)
    assert len(hidden) == number - 1


def test_a_value_that_looks_like_markup_stays_text(tmp_path: Path) -> None:
    planted = resource(connector(f"x{PLANTED}"), Verdict.UPDATE, scalar("name", PLANTED, f"{PLANTED}2"))
    page = opened(tmp_path, plan_tree(plan(planted)))
    assert "<title>trueup plan</title>" in page
    assert "<img" not in page
    assert "&lt;img src=x" in page
