from dataclasses import replace

from trueup.model.plan import Verdict
from trueup.model.run import Status
from trueup.report.outcomes import outcome_tree
from trueup.report.plan import plan_tree
from trueup.report.tree import Quote, Remark, ReportEntryNode, ReportTree, Role, Sign, without_repeats
from unit.report.samples import FULL, outcome, plan

REFUSED = "connect-eu: no token: HTTP 401: Client authentication failed."


def entry(name: str, text: str, target: str = "eu") -> ReportEntryNode:
    remark = Remark(word="not read", text=text, role=Role.PROBLEM)
    return ReportEntryNode(
        sign=Sign.PROBLEM, word="", kind="Connector", name=name, target=target, place=None, blocks=(remark,)
    )


def remark_texts(entries: tuple[ReportEntryNode, ...]) -> list[str]:
    return [block.text for entry in entries for block in entry.blocks if isinstance(block, Remark)]


def remarks(tree: ReportTree) -> list[str]:
    return [text for section in tree.sections for text in remark_texts(section.entries)]


def test_a_remark_about_a_whole_target_is_printed_once() -> None:
    entries = without_repeats([entry("a", REFUSED), entry("b", REFUSED), entry("c", REFUSED)])
    assert remark_texts(entries) == [REFUSED, "the same as Connector a", "the same as Connector a"]


def test_remarks_of_other_targets_and_other_reasons_are_kept() -> None:
    entries = [entry("a", REFUSED), entry("b", REFUSED, "us"), entry("c", f"{REFUSED} Again.")]
    assert remark_texts(without_repeats(entries)) == [REFUSED, REFUSED, f"{REFUSED} Again."]


def test_a_short_remark_is_repeated() -> None:
    assert remark_texts(without_repeats([entry("a", "No answer."), entry("b", "No answer.")])) == [
        "No answer.",
        "No answer.",
    ]


def test_the_plan_of_an_unreadable_target_has_the_reason_once() -> None:
    unread = [replace(r, verdict=Verdict.UNREADABLE, error=REFUSED, actions=(), findings=()) for r in FULL.resources]
    one_target = {unread[0].identity.target}
    texts = remarks(plan_tree(plan(*(r for r in unread if r.identity.target in one_target))))
    assert texts.count(REFUSED) == 1
    assert len(texts) > 1


def test_platform_messages_in_the_message_are_not_repeated() -> None:
    failed = outcome(FULL.resources[0], Status.FAILED, message=f"{REFUSED} (HTTP 401)", details=(REFUSED, "And more."))
    blocks = outcome_tree(FULL, [failed]).sections[0].entries[0].blocks
    assert Quote(("And more.",)) in blocks
