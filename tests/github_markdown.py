"""Read Markdown as GitHub does, with GitHub's own parser, so that tests judge what a reader sees."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

import cmarkgfm  # type: ignore[import-untyped]  # the package has no types


@dataclass(slots=True)
class Page:
    """The parts of a page: its tags in order, its text, its text outside of code, and the cells of its rows."""

    tags: list[str] = field(default_factory=list)
    text: str = ""
    outside_code: str = ""
    codes: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.page = Page()
        self.code = 0
        self.cell = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.page.tags.append(tag)
        if tag == "code":
            self.code += 1
            self.page.codes.append("")
        elif tag == "tr":
            self.page.rows.append([])
        elif tag in {"th", "td"}:
            self.page.rows[-1].append("")
            self.cell = True

    def handle_endtag(self, tag: str) -> None:
        self.code -= tag == "code"
        self.cell = self.cell and tag not in {"th", "td"}

    def handle_data(self, data: str) -> None:
        self.page.text += data
        if self.cell:
            self.page.rows[-1][-1] += data
        if self.code:
            self.page.codes[-1] += data
        else:
            self.page.outside_code += data


def read(markdown: str) -> Page:
    reader = _Reader()
    reader.feed(cmarkgfm.github_flavored_markdown_to_html(markdown))
    reader.close()
    return reader.page
