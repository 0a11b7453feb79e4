"""Show the help page of all commands without the command line library, which takes longer than all the rest of it.

Even ``typing`` would double the time that this takes, so it is not imported.

The pages lie beside this module as click lays them out for two widths; ``scripts/generate_docs.py`` writes them.
"""

import os

WIDTHS = (100, 80)
"""Columns for which there is a page, widest first; no page is wider on a wider terminal."""


def first_page(columns: int) -> str | None:
    """Return the page for a terminal of so many columns; None where only click can lay it out."""
    width = next((width for width in WIDTHS if width <= columns), None)
    if width is None:
        return None
    try:
        with open(page_file(width), encoding="utf-8") as file:  # noqa: PTH123 - nothing is imported for this
            return file.read()
    except OSError:
        return None


def page_file(width: int) -> str:
    """Return the path of the page of this width."""
    return os.path.join(os.path.dirname(__file__), f"help-{width}.txt")  # noqa: PTH118, PTH120 - as above
