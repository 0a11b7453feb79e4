import json
import re
from dataclasses import fields, replace

from trueup.model.action import Action, RemoveElement, SetValue
from trueup.model.run import Ended, Ending, Intent, Invocation, Run, Status, Write
from trueup.model.value import ABSENT, Known, LiveValue, Parts
from trueup.report.document import render_document
from trueup.report.result import Result
from trueup.report.runs import run_tree, runs_tree
from trueup.report.text import render_text
from trueup.report.tree import Divider, Line, Remark, ReportEntryNode, ReportTree, Sign
from unit.report.recorded_samples import KILLED_RUN, WHOLE_RUN
from unit.report.samples import EPD, PSP, TAX


def _total(tree: ReportTree) -> str:
    return "".join(span.text for span in tree.total)


def _entry(tree: ReportTree, name: str) -> ReportEntryNode:
    return next(entry for section in tree.sections for entry in section.entries if entry.name == name)


def _words(entry: ReportEntryNode) -> str:
    return "".join(span.text for span in entry.status)


def test_runs_are_listed_in_the_order_given() -> None:
    tree = runs_tree((WHOLE_RUN, KILLED_RUN))
    assert [entry.name for entry in tree.sections[0].entries] == [WHOLE_RUN.id, KILLED_RUN.id]
    assert _total(tree) == "2 runs on record, 1 of them unsettled."


def test_a_run_that_ended_shows_its_statuses() -> None:
    entry = _entry(runs_tree((WHOLE_RUN,)), WHOLE_RUN.id)
    assert entry.sign is Sign.PROBLEM
    assert _words(entry) == "2026-11-22 07:05:10 UTC  applied 1, failed 1, unchanged 1"
    assert entry.blocks == ()


def test_a_run_without_a_failure_has_the_sign_of_success() -> None:
    signs = [
        _entry(runs_tree((replace(WHOLE_RUN, statuses=statuses, distrusted=distrusted),)), WHOLE_RUN.id).sign
        for statuses, distrusted in (
            ({Status.APPLIED: 2, Status.UNCHANGED: 1}, ""),
            ({Status.UNCHANGED: 1}, ""),
            ({}, ""),
            ({Status.APPLIED: 2, Status.DEFERRED: 1}, ""),
            ({Status.APPLIED: 2, Status.FAILED: 1}, ""),
            ({Status.APPLIED: 2}, "it is not sealed"),
        )
    ]
    assert signs == [Sign.DONE, Sign.DONE, Sign.DONE, Sign.WAITING, Sign.PROBLEM, Sign.SAME]


def test_a_run_that_did_not_end_names_open_writes_and_damage() -> None:
    entry = _entry(runs_tree((KILLED_RUN,)), KILLED_RUN.id)
    assert entry.sign is Sign.PROBLEM
    assert "did not finish" in _words(entry)
    remarks = [block for block in entry.blocks if isinstance(block, Remark)]
    assert [(remark.word, remark.text) for remark in remarks] == [
        ("open", "2 writes: Connector acme-psp, Certification ACME-EPD-001"),
        ("damaged", "line 7: not JSON"),
    ]


def test_a_run_that_ended_is_unsettled_while_a_write_is_open_or_its_journal_is_damaged() -> None:
    opened = replace(WHOLE_RUN, writes=KILLED_RUN.writes)
    damaged = replace(WHOLE_RUN, damaged="line 2")
    assert runs_tree((WHOLE_RUN, opened, damaged)).counts == {"runs": 3, "unsettled": 2, "not sealed": 0}


def test_no_runs_have_their_own_total() -> None:
    assert _total(runs_tree(())) == "No runs on record."


def test_a_run_without_resources_had_nothing_to_do() -> None:
    empty = replace(WHOLE_RUN, writes=(), outcomes=(), statuses={})
    assert _words(_entry(runs_tree((empty,)), empty.id)).endswith("nothing to do")


def test_resources_with_unknown_outcome_have_their_own_section() -> None:
    tree = run_tree(KILLED_RUN)
    assert [(section.title, [entry.name for entry in section.entries]) for section in tree.sections] == [
        ("Unknown", ["acme-psp", "ACME-EPD-001"]),
        ("Known", ["acme-tax"]),
    ]
    assert tree.counts["unsettled"] == 2
    assert tree.counts["applied"] == 1
    assert _total(tree) == "3 writes for 2 resources, 2 unknown; did not finish."


def test_every_write_shows_its_actions_and_its_ending() -> None:
    divider, description, repository, opened, lost = _entry(run_tree(KILLED_RUN), "ACME-EPD-001").blocks
    assert divider == Divider("write 3 at 2026-11-22 07:05:13 UTC: unknown")
    assert isinstance(description, Line)
    assert (description.label, description.held) == ("spec.certificateNumber", True)
    assert isinstance(repository, Line)
    assert isinstance(opened, Remark)
    assert opened.word == "open"
    assert isinstance(lost, Remark)
    assert (lost.word, lost.text) == ("unknown", "The answer was lost.")


def test_a_lost_write_of_a_resource_with_an_outcome_is_in_the_known_section() -> None:
    first, *_ = WHOLE_RUN.writes
    lost = replace(first, number=0, ended=Ended(ending=Ending.UNKNOWN, message="The answer was lost."))
    run = replace(WHOLE_RUN, writes=(lost, *WHOLE_RUN.writes))
    tree = run_tree(run)
    assert [section.title for section in tree.sections] == ["Known"]
    entry = _entry(tree, "acme-tax")
    assert (entry.word, entry.sign) == ("applied", Sign.DONE)
    assert "this run recorded how the resource ended" in str(entry.blocks)
    assert runs_tree((run,)).counts["unsettled"] == 0


def test_a_resource_settled_by_a_later_run_names_it_and_is_not_marked() -> None:
    settled = replace(KILLED_RUN, damaged="", settled={PSP.identity: "later-1", EPD.identity: "later-2"})
    listed = runs_tree((settled,))
    entry = _entry(listed, settled.id)
    assert (entry.sign, entry.word, listed.counts["unsettled"]) == (Sign.SAME, "settled", 0)
    assert [block.text for block in entry.blocks if isinstance(block, Remark)] == [
        "by run later-1: Connector acme-psp",
        "by run later-2: Certification ACME-EPD-001",
    ]
    tree = run_tree(settled)
    assert [section.title for section in tree.sections] == ["Known"]
    assert _words(_entry(tree, "acme-psp")) == "no outcome on record, settled later"
    assert "run later-1 recorded how the resource ended" in str(_entry(tree, "acme-psp").blocks)
    assert (tree.counts["settled"], tree.counts["unsettled"]) == (2, 0)


def test_a_partly_settled_run_is_still_marked() -> None:
    half = replace(KILLED_RUN, damaged="", settled={PSP.identity: "later-1"})
    assert _entry(runs_tree((half,)), half.id).sign is Sign.PROBLEM


def test_a_write_without_an_ending_is_marked() -> None:
    divider = _entry(run_tree(KILLED_RUN), "acme-psp").blocks[0]
    assert divider == Divider("write 2 at 2026-11-22 07:05:12 UTC: no answer on record")


def test_a_resource_without_writes_is_shown_with_its_outcome() -> None:
    assert _words(_entry(run_tree(WHOLE_RUN), "acme-search")) == "unchanged"


def test_actions_left_of_a_resource_are_not_shown_as_done() -> None:
    blocks = _entry(run_tree(WHOLE_RUN), "acme-old").blocks
    assert blocks[-2] == Divider("not done:")
    last = blocks[-1]
    assert isinstance(last, Line)
    assert last.held


def test_runs_are_plain_json_too() -> None:
    half = replace(KILLED_RUN, settled={PSP.identity: "later-1"})
    document = json.loads(render_document(Result(command="runs", status=0, runs=[half])))
    (run,) = document["runs"]
    assert [write["settledBy"] for write in run["writes"]] == [None, "later-1", None]
    assert [write["ending"] for write in run["writes"]] == ["applied", None, "unknown"]
    assert [write["open"] for write in run["writes"]] == [False, True, True]
    assert run["outcomes"][0]["status"] == Status.APPLIED
    assert run["ended"] == ""
    assert "runs" not in json.loads(render_document(Result(command="plan", status=0)))


def test_the_reason_for_an_unreadable_journal_is_shown_once() -> None:
    reason = "it cannot be read: Permission denied"
    unread = replace(WHOLE_RUN, damaged=reason, distrusted=reason, unreadable=True)
    sentences = [span.text for closing in run_tree(unread).closings for span in closing.spans]
    assert [text for text in sentences if reason in text] == [f"No plan relies on this run: {reason}."]


def _recorded(before: tuple[LiveValue, ...], *actions: Action, ended: Ended | None = None) -> Run:
    intent = Intent(identity=TAX.identity, actions=actions, before=before)
    write = Write(number=1, at="2026-11-22T07:05:11Z", intent=intent, ended=ended or Ended(ending=Ending.APPLIED))
    return replace(WHOLE_RUN, writes=(write,))


def test_a_write_shows_old_and_new_values() -> None:
    run = _recorded(
        (Known("Old"), ABSENT, Known(Parts({"rank": 1}))),
        SetValue("name", "New"),
        SetValue("documentationUrl", "https://a.example"),
        RemoveElement("integrationTypes", ("x",)),
    )
    text = render_text(run_tree(run), width=100, color=False, verbose=False)
    assert re.search(r"Old -> New", text)
    assert re.search(r"spec.documentationUrl +[+] https://a.example", text)
    assert re.search(r"spec.integrationTypes +- x [(]rank 1[)]", text)


def test_a_write_of_an_earlier_version_shows_the_new_values() -> None:
    text = render_text(run_tree(_recorded((), SetValue("name", "New"))), width=100, color=False, verbose=False)
    assert "New" in text
    assert "->" not in text


def test_a_failed_request_shows_its_correlation_id_and_its_time() -> None:
    run = _recorded((), SetValue("name", "New"), ended=Ended(ending=Ending.FAILED, correlation_id="trueup-1"))
    texts = [block.text for block in _entry(run_tree(run), "acme-tax").blocks if isinstance(block, Remark)]
    assert "For the platform's support: correlation id trueup-1. Sent at 2026-11-22 07:05:11 UTC." in texts


def test_the_correlation_id_of_an_outcome_is_shown_once() -> None:
    ended = Ended(ending=Ending.FAILED, correlation_id="trueup-1")
    run = _recorded((), SetValue("name", "New"), ended=ended)
    for own, times in (("trueup-1", 1), ("trueup-2", 2)):
        outcomes = (replace(run.outcomes[0], correlation_id=own),)
        assert str(run_tree(replace(run, outcomes=outcomes))).count("For the platform's support") == times


def test_the_reason_of_a_write_is_not_repeated_for_its_resource() -> None:
    run = _recorded((), SetValue("name", "New"), ended=Ended(ending=Ending.FAILED, message="Refused."))
    for own, texts in (("Refused.", ["Refused."]), ("Stale.", ["Refused.", "Stale."])):
        outcomes = (replace(run.outcomes[0], message=own),)
        entry = _entry(run_tree(replace(run, outcomes=outcomes)), "acme-tax")
        assert [block.text for block in entry.blocks if isinstance(block, Remark)] == texts


def test_a_run_says_who_started_it_where_and_how() -> None:
    invocation = Invocation(
        user="runner",
        host="build-7",
        actor="ada",
        job="GitHub Actions, acme/tax, job apply, run 4711, attempt 1",
        url="https://github.com/acme/tax/actions/runs/4711/attempts/1",
        commit="c" * 40,
        command="trueup apply --yes",
        version="1.0.0",
    )
    closings = ["".join(s.text for s in c.spans) for c in run_tree(replace(WHOLE_RUN, invocation=invocation)).closings]
    assert closings[:4] == [
        f"Started 2026-11-22 07:05:10 UTC by ada in {invocation.job} (user runner) on build-7.",
        "Page of the job: https://github.com/acme/tax/actions/runs/4711/attempts/1",
        f"Commit {'c' * 40}.",
        "Command (version 1.0.0): trueup apply --yes",
    ]
    alone = run_tree(replace(WHOLE_RUN, invocation=Invocation(user="ada", host="laptop"))).closings
    assert alone[0].spans[0].text == "Started 2026-11-22 07:05:10 UTC by ada on laptop."


def test_forged_texts_of_a_journal_cannot_act_on_a_terminal() -> None:
    forged = Invocation(**{field.name: "\x1b[2J::error::x\n" for field in fields(Invocation)})
    text = render_text(run_tree(replace(WHOLE_RUN, invocation=forged)), width=100, color=False, verbose=True)
    assert "\x1b" not in text
