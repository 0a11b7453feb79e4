"""The command show: the same as when it was made, and one clear message for what cannot be shown."""

import io
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import chdir
from pathlib import Path
from typing import Any, Final

import pytest

from acceptance.commands import quickstart
from github_markdown import read
from repositories import Work, git
from trueup.cli.main import run
from trueup.report.checks import checks_to_json, rendered_checks
from trueup.report.document import render_document
from trueup.report.renderers import RENDERERS, Look
from trueup.report.result import Result
from trueup.report.tree import (
    Closing,
    Compared,
    Comparison,
    Divider,
    Labelled,
    Line,
    Quote,
    Remark,
    ReportEntryNode,
    ReportRow,
    ReportTree,
    Role,
    Section,
    Sign,
    Span,
    Swap,
)
from unit.report.checks_samples import CHECKS

pytestmark = pytest.mark.slow

COMMANDS: Final = (
    "validate",
    "plan --sandbox",
    "plan --sandbox --shard 1/2",
    "plan --sandbox --select demo=none",
    "preview --base HEAD",
    "drift --sandbox",
    "adopt --sandbox --dry-run",
    "import --sandbox --dry-run --target connect-eu",
    "set acme-psp spec.repository.tag=v2 --dry-run",
    "runs",
    "explain",
    "explain stale",
    "explain unchanged",
    "validate missing.yaml",
)
Output = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def applied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Return the quickstart in a repository, after an apply of one connector to the sandbox."""
    with pytest.MonkeyPatch.context() as patch:
        top = tmp_path_factory.mktemp("show")
        for name, value in {"XDG_STATE_HOME": str(top / "home"), "COLUMNS": "90", "NO_COLOR": "1"}.items():
            patch.setenv(name, value)
        place = quickstart(top)
        git(place, "init", "--quiet", "--initial-branch", "main")
        Work(place).commit()
        with chdir(place):
            assert run(["apply", "connectors/search-and-mail.yaml", "--sandbox", "--yes", "--quiet"]) == 0
            yield place


@pytest.fixture
def out(applied: Path, capsys: pytest.CaptureFixture[str]) -> Output:
    capsys.readouterr()

    def printed(*words: str) -> tuple[int, str, str]:
        with chdir(applied):
            status = run(words)
        found = capsys.readouterr()
        return status, found.out, found.err

    return printed


@pytest.mark.parametrize("words", COMMANDS)
def test_each_command_s_document_is_shown_as_its_text_and_markdown(out: Output, tmp_path: Path, words: str) -> None:
    file = tmp_path / "a.json"
    file.write_text(out(*words.split(), "--format", "json")[1])
    for options in ((), ("--verbose",), ("--format", "markdown")):
        _, made, messages = out(*words.split(), *options)
        status, shown, found = out("show", str(file), *options)
        assert (status, shown) == (0, made)
        # The messages of decisions and of the excerpts are not in a document.
        assert options or [line for line in found.splitlines() if line not in messages.splitlines()] == []
    assert out("show", str(file), "--format", "json")[1] == file.read_text()


def test_a_saved_plan_is_shown_and_plan_says_how(out: Output, tmp_path: Path) -> None:
    file = tmp_path / "my plan.json"
    _, made, messages = out("plan", "--sandbox", "--out", str(file), "--verbose", "--quiet")
    assert messages == ""
    assert out("show", str(file), "--verbose", "--quiet") == (0, made, "")
    _, page, messages = out("plan", "--sandbox", "--out", str(file), "--report", str(tmp_path / "page.html"))
    assert messages == (
        f"Saved the plan as {file}. Read it: trueup show '{file}'. Apply it: trueup apply --plan '{file}'\n"
    )
    assert out("show", str(file), "--format", "html")[1] == (tmp_path / "page.html").read_text()
    assert out("show", str(file))[1] == page
    document = json.loads(out("show", str(file), "--format", "json")[1])
    assert (document["command"], document["exitStatus"]) == ("plan", 3)


def test_a_run_is_shown_by_its_id_and_by_its_journal(out: Output, applied: Path, tmp_path: Path) -> None:
    (journal,) = (applied / ".trueup" / "runs").glob("*.jsonl")
    _, made, _ = out("runs", "show", journal.stem)
    for name in (journal.stem, journal.stem[-6:], str(journal), f".trueup/runs/{journal.name}"):
        assert out("show", name) == (0, made, "")
    elsewhere = tmp_path / journal.name
    elsewhere.write_bytes(journal.read_bytes())
    status, shown, _ = out("show", str(elsewhere))
    assert status == 0
    assert "No plan relies on this run: it is not among the journals of this project." in " ".join(shown.split())
    assert made.splitlines()[0] in shown


def test_standard_input_is_read(out: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    _, made, _ = out("plan", "--sandbox")
    for encoding in ("utf-8", "utf-8-sig", "utf-16"):
        _, text, _ = out("plan", "--sandbox", "--format", "json")
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode(encoding))))
        assert out("show", "-") == (0, made, "")


def document(**members: object) -> str:
    start = {"formatVersion": 1, "command": "plan", "exitStatus": 0, "diagnostics": [], "plan": None}
    return json.dumps({**start, "outcomes": None, "error": None, **members})


BAD: Final[dict[str, tuple[str | bytes, str, str]]] = {
    "empty": ("", "1:1", "it is empty"),
    "no JSON": ('{"command": "plan",\n  oops}', "2:3", "it is not JSON"),
    "cut": ('{"command": "plan",\n "plan": {', "2:11", "it ends too early"),
    "no text": (b"\x80\x81\xff", "1:1", "it is not UTF-8"),
    "deep": ("[" * 100_000, "1:1", "it is nested too deeply"),
    "list": ("[]", "1:1", "not the JSON document of a command"),
    "manifest": ("kind: Connector\n", "1:1", "it is not JSON"),
    "another version": (document(formatVersion=9), "1:1", "it has format version 9"),
    "another command": (document(command="plot\u202e"), "1:1", "of a command that this version"),
    "no report": (document(command="adopt"), "1:1", "This document of trueup adopt has data only"),
    "report of a wrong type": (document(report=7), "1:1", "report is not an object"),
    "report with a wrong block": (
        document(report={"title": "", "total": [{}], "counts": {}}),
        "1:1",
        "report.total[0]: text is missing",
    ),
    "unknown code": (document(command="explain", codes=[{"group": {}, "code": "x"}]), "1:1", "has codes that"),
    "no checks": (document(command="doctor", checks=5), "1:1", "of the doctor: checks is not a list"),
    "wrong state of a check": (
        document(command="doctor", checks=[{"name": "git", "target": None, "state": "odd"}]),
        "1:1",
        "not a document of the doctor: checks[0]",
    ),
    "no codes": (document(command="explain", codes=5), "1:1", "has codes that"),
    "plan of another version": ('{"formatVersion": 9, "resources": []}', "1:1", "The plan has format version 9"),
    "damaged plan": ('{"formatVersion": 2, "resources": []}', "1:1", "The plan is damaged"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_cannot_be_shown_costs_one_message_with_its_place(out: Output, tmp_path: Path, name: str) -> None:
    content, place, says = BAD[name]
    file = tmp_path / "bad.json"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    for form in ("text", "html"):
        status, shown, messages = out("show", str(file), "--format", form)
        assert (status, shown) == (3, "")
        assert messages.count("error[") == 1
        assert f"{file}:{place}" in messages
        assert says in " ".join(messages.split())


def test_a_member_that_is_nested_too_deeply_is_not_written_again(out: Output, tmp_path: Path) -> None:
    file = tmp_path / "deep.json"
    file.write_text(document(error={"message": "Stopped."})[:-1] + f', "more": {"[" * 900}{"]" * 900}}}')
    assert out("show", str(file)) == (0, "", "trueup: Stopped.\n")
    status, shown, _ = out("show", str(file), "--format", "json")
    assert status == 3
    assert json.loads(shown)["diagnostics"][0]["message"].endswith("it is nested too deeply.")


def test_what_is_not_there_is_named(out: Output, tmp_path: Path) -> None:
    assert out("show", "nobody") == (
        64,
        "",
        "trueup: There is no file 'nobody'. There is no run 'nobody'. See: trueup runs\n",
    )
    assert out("show", str(tmp_path))[0] == 64
    assert out("show")[0] == 64


@pytest.mark.parametrize("form", ["text", "markdown"])
def test_the_checks_of_the_doctor_are_shown_as_when_they_were_made(out: Output, tmp_path: Path, form: str) -> None:
    file = tmp_path / "a.json"
    file.write_text(document(command="doctor", checks=checks_to_json(CHECKS)))
    assert out("show", str(file), "--format", form) == (
        0,
        f"{rendered_checks(CHECKS, markdown=form == 'markdown', width=90, color=False)}\n",
        "",
    )
    assert out("show", str(file), "--format", "junit")[0] == 64


def test_codes_have_no_page(out: Output, tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    file.write_text(out("explain", "stale", "--format", "json")[1])
    status, _, messages = out("show", str(file), "--format", "html")
    assert (status, messages) == (64, "trueup: The document of trueup explain cannot be shown as html.\n")


def test_a_document_that_only_has_data_is_named_as_such(out: Output, tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    file.write_text(document(command="export", rows=[]))
    status, _, messages = out("show", str(file))
    assert (status, messages.partition("\n")[0]) == (
        3,
        f"{file}:1:1: error[document-format]: This document of trueup export has data only, and no report to show.",
    )


ODD: Final = "\x1b[2J\n```\n::error::x\n</script><script>\u202eevil\x00"


def hostile() -> ReportTree:
    """Return a report with :data:`ODD` wherever a text can be."""
    odd = Span(ODD, Role.VALUE)
    line = Line(
        label=ODD,
        pieces=(odd, Swap(odd, Span(ODD, Role.UNSET), ODD), Labelled(ODD, odd)),
        name=ODD,
        tags=(Span(ODD, Role.CAUTION),),
        reason=ODD,
    )
    compared = Compared(path=ODD, planned=odd, now=odd, wanted=odd, note=ODD)
    blocks = (
        line,
        Line(label=ODD, subject=ODD, pieces=(Labelled(ODD, odd),), sign=Sign.CREATE),
        Line(label=ODD, rows=(ReportRow(ODD, ODD),)),
        Divider(ODD),
        Remark(word=ODD, text=ODD, role=Role.PROBLEM, path=ODD, code=ODD),
        Quote((ODD,)),
        Comparison(ODD, (compared,)),
    )
    entry = ReportEntryNode(
        sign=Sign.UPDATE, word=ODD, kind=ODD, name=ODD, target=ODD, status=(odd,), notes=(odd,), blocks=blocks
    )
    other = ReportEntryNode(sign=Sign.UPDATE, word="a", kind="b", name="c", target="d")
    return ReportTree(
        title=ODD,
        total=(odd,),
        counts={ODD: 1},
        sections=(Section(title=ODD, entries=(entry, other), announced=True),),
        closings=(Closing((odd,)),),
        several_targets=True,
        notices=(ODD,),
    )


@pytest.mark.parametrize("form", ["text", "markdown", "html", "junit"])
def test_a_report_from_a_file_draws_nothing_of_its_own(form: str) -> None:
    result = Result(command="adopt", status=0, tree=hostile(), diagnostics=())
    text = RENDERERS[form](result, Look(width=80, verbose=True)).text
    assert not {"\x1b", "\x00", "\u202e", "\r"} & set(text)
    assert not [line for line in text.splitlines() if line.lstrip().startswith("::")]
    if form == "html":
        assert text.count("</script>") == 1
    if form == "markdown":
        page = read(text)
        assert "script" not in page.tags
        # The second resource comes last, and no fence or tag of the first one holds it.
        assert page.outside_code.rstrip().endswith("on")
        assert page.tags.count("h3") == 1


def test_a_hostile_report_is_read_back_and_shown(out: Output, tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    file.write_text(render_document(Result(command="adopt", status=0, tree=hostile())))
    for form in ("text", "markdown", "html", "junit", "sarif", "json"):
        status, shown, messages = out("show", str(file), "--format", form, "--verbose", "--quiet")
        assert (status, messages) == (0, "")
        assert not {"\x1b", "\x00", "\u202e"} & set(shown)


def test_a_forged_plan_is_refused(out: Output, tmp_path: Path) -> None:
    file = tmp_path / "plan.json"
    out("plan", "--sandbox", "--out", str(file))
    plan: dict[str, Any] = json.loads(file.read_text())
    plan["resources"][0]["error"] = "\x1b[2J"
    file.write_text(json.dumps(plan))
    status, _, messages = out("show", str(file))
    assert status == 3
    assert "its checksum does not match its content" in " ".join(messages.split())
