import re
import tomllib
from pathlib import Path

import pytest

from unit.docs.pages import FENCE, ROOT, pages

LINK = re.compile(r"\[[^\]]*\]\((?P<target>[^)\s]+)\)")
HEADING = re.compile(r"^#+ (?P<title>.+)$", re.MULTILINE)


def prose(page: Path) -> str:
    return FENCE.sub("", page.read_text(encoding="utf-8"))


def anchors(page: Path) -> set[str]:
    titles = (found["title"].lower() for found in HEADING.finditer(prose(page)))
    return {re.sub(r"[^\w\- ]", "", title).strip().replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_relative_links_lead_somewhere(page: Path) -> None:
    broken = []
    for found in LINK.finditer(prose(page)):
        target, _, anchor = found["target"].partition("#")
        if "://" in target or target.startswith("mailto:"):
            continue
        file = (page.parent / target) if target else page
        if not file.exists() or (anchor and anchor not in anchors(file)):
            broken.append(found["target"])
    assert broken == []


def test_every_page_can_be_reached_from_the_readme() -> None:
    reached, waiting = set[Path](), [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page in reached:
            continue
        reached.add(page)
        targets = (found["target"].partition("#")[0] for found in LINK.finditer(prose(page)))
        waiting += [
            (page.parent / target).resolve() for target in targets if target.endswith(".md") and "://" not in target
        ]
    assert set(pages()) - reached == set()


def test_the_index_of_decisions_names_every_record() -> None:
    folder = ROOT / "docs" / "adr"
    index = (folder / "README.md").read_text(encoding="utf-8")
    records = sorted(folder.glob("[0-9]*.md"))
    assert records
    assert [record.name for record in records if f"({record.name})" not in index] == []


def test_the_record_of_dependencies_gives_a_reason_for_each() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    names = {re.split(r"[<>=\[; ]", requirement)[0] for requirement in project["dependencies"]}
    record = (ROOT / "docs" / "adr" / "0014-dependencies.md").read_text(encoding="utf-8")
    given = set(re.findall(r"^\| ([a-z0-9-]+) \| ", record, re.MULTILINE)) - {"library"}
    assert given == names
