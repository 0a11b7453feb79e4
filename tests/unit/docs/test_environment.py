"""Every environment variable that the code reads is on the page about them, and the page names no others of ours."""

import ast
import re

from unit.docs.pages import ROOT

VARIABLE = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+_?|HOME|PATH|TERM|COLUMNS|TMPDIR")
SET_BY_US = {"LC_ALL", "GIT_COMMON_DIR", "GIT_NO_LAZY_FETCH", "GIT_TERMINAL_PROMPT"}
"""Variables that are only given to git."""
OTHERS = {"F_SETPIPE_SZ", "FTP_PROXY"}
"""Texts of the same spelling that are something else."""
PREFIXES = {"TRUEUP_ALLOW_", "TRUEUP_INPUT_", "CTP_", "ORIGIN_", "TRUEUP_", "GIT_CONFIG_KEY_", "GIT_CONFIG_VALUE_"}


def read_by_the_code() -> set[str]:
    """Return every text in the sources that is spelled like a variable; the sandbox reads none."""
    found: set[str] = set()
    for file in (ROOT / "src" / "trueup").rglob("*.py"):
        if "sandbox" not in file.relative_to(ROOT / "src" / "trueup").parts[:1]:
            nodes = ast.walk(ast.parse(file.read_text()))
            texts = {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
            found |= {text for text in texts if VARIABLE.fullmatch(text)}
    return found


def test_the_sandbox_reads_no_environment() -> None:
    for file in (ROOT / "src" / "trueup" / "sandbox").rglob("*.py"):
        assert "environ" not in re.findall(r"[a-z_]+", file.read_text()), file


def test_every_variable_is_documented_and_read() -> None:
    page = (ROOT / "docs" / "reference" / "environment.md").read_text()
    named = set(re.findall(r"`([A-Z][A-Z0-9_]+)\b", page))
    code = read_by_the_code()
    assert len(code) > 30
    assert code - SET_BY_US - OTHERS - PREFIXES - named == set()
    ours = {name for name in named if name.startswith("TRUEUP_")}
    assert ours <= code | {"TRUEUP_", "TRUEUP_INPUT_"}
