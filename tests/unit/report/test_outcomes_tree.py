from dataclasses import replace

from trueup.model.run import FieldReport, Status
from trueup.model.value import ABSENT, NOT_RETURNED, Elements, Known, Members
from trueup.report.markdown import render_markdown
from trueup.report.outcomes import compared, outcome_tree
from trueup.report.text import render_text
from trueup.report.tree import (
    Compared,
    Comparison,
    Divider,
    Line,
    Quote,
    ReportEntryNode,
    ReportTree,
    Role,
    Shown,
    Sign,
)
from unit.report.samples import FULL, OUTCOMES, SAME, TAX, UNREADABLE, outcome, plan


def _entry(tree: ReportTree, name: str) -> ReportEntryNode:
    return next(entry for section in tree.sections for entry in section.entries if entry.name == name)


def _words(entry: ReportEntryNode) -> str:
    return "".join(span.text for span in entry.status)


def _moments(field: Compared) -> tuple[str, str, str]:
    return field.planned.text, field.now.text, field.wanted.text


def test_the_most_urgent_section_comes_first() -> None:
    assert [section.title for section in outcome_tree(FULL, OUTCOMES).sections] == [
        "Failed",
        "Outcome unknown",
        "Stale",
        "Blocked",
        "Deferred",
        "Applied after a rebase",
        "Applied",
        "Unchanged",
    ]


def test_the_total_counts_every_status() -> None:
    tree = outcome_tree(FULL, OUTCOMES)
    assert "".join(span.text for span in tree.total) == (
        "Applied 1, rebased 1, stale 1, failed 1 (1 not readable), unknown 1, deferred 1, blocked 1, unchanged 1 "
        "(5 requests)."
    )
    assert sum(tree.counts.values()) == len(OUTCOMES)
    assert set(tree.counts) == {status.value for status in Status}


def test_what_was_not_approved_has_its_own_section_with_the_actions_of_the_plan() -> None:
    left = tuple(action.action for action in TAX.actions[:1])
    tree = outcome_tree(FULL, (outcome(TAX, Status.UNAPPROVED, message="No plan shows it.", left=left),))
    (section,) = tree.sections
    (entry,) = section.entries
    assert (section.title, entry.word, entry.sign) == ("Not approved", "unapproved", Sign.PROBLEM)
    (line,) = [block for block in entry.blocks if isinstance(block, Line)]
    assert line.label == "spec.description"
    assert "".join(span.text for span in tree.total) == "Unapproved 1 (0 requests)."


def test_an_apply_of_nothing_has_its_own_total() -> None:
    tree = outcome_tree(plan(), ())
    assert "".join(span.text for span in tree.total) == "Nothing to apply: no resource is selected."


def test_the_headline_counts_actions_and_requests() -> None:
    tree = outcome_tree(FULL, OUTCOMES)
    assert _words(_entry(tree, "ACME-EPD-001")) == "rebased, 2 actions in 2 requests"
    assert _words(_entry(tree, "acme-old")) == "unknown, 1 request"
    assert _words(_entry(tree, "acme-erp")) == "blocked"


def test_a_resource_that_was_carried_through_keeps_the_sign_of_its_plan() -> None:
    tree = outcome_tree(FULL, OUTCOMES)
    assert _entry(tree, "acme-psp").sign is Sign.CREATE
    assert _entry(tree, "acme-pim").sign is Sign.PROBLEM


def test_messages_of_the_platform_are_quoted() -> None:
    entry = _entry(outcome_tree(FULL, OUTCOMES), "acme-pim")
    (quote,) = [block for block in entry.blocks if isinstance(block, Quote)]
    assert quote.texts[0] == "certifications[1].brands[1] require one name."


def test_a_stale_resource_compares_planned_now_and_wanted() -> None:
    entry = _entry(outcome_tree(FULL, OUTCOMES), "acme-tax")
    (comparison,) = [block for block in entry.blocks if isinstance(block, Comparison)]
    assert comparison.title == "changed since the plan:"
    last = comparison.fields[-1]
    assert (last.path, last.planned.text, last.now.text, last.wanted.text) == (
        "spec.creator.noOfContributors",
        "4",
        "6",
        "5",
    )


def test_done_actions_are_shown_only_with_verbose_unless_some_are_left() -> None:
    done = outcome(TAX, Status.APPLIED, done=(TAX.actions[0].action,))
    partly = outcome(TAX, Status.REBASED, done=(TAX.actions[0].action,), left=(TAX.actions[1].action,))
    for ended, shown in ((done, Shown.FULL), (partly, Shown.ALWAYS)):
        blocks = _entry(outcome_tree(FULL, [ended]), "acme-tax").blocks
        assert blocks[0] == Divider("done:", shown)
        assert isinstance(blocks[1], Line)
        assert blocks[1].shown is shown


def test_actions_that_are_left_never_look_done() -> None:
    entry = _entry(outcome_tree(FULL, OUTCOMES), "acme-old")
    divider, line = entry.blocks[-2:]
    assert divider == Divider("may not have been done:")
    assert isinstance(line, Line)
    assert line.held


def test_an_action_that_the_plan_does_not_hold_is_still_named() -> None:
    entry = _entry(outcome_tree(plan(SAME), [outcome(TAX, Status.STALE, left=(TAX.actions[0].action,))]), "acme-tax")
    assert [block.label for block in entry.blocks if isinstance(block, Line)] == ["spec.description"]


def test_only_the_elements_of_a_collection_that_differ_are_compared() -> None:
    report = FieldReport(
        path="brands",
        planned=Known(Elements({("A",): {"website": "1"}, ("B",): {"website": "b"}})),
        now=Known(Elements({("A",): {"website": "2"}, ("B",): {"website": "b"}, ("C",): {}})),
        wanted=Known(Elements({("A",): {"website": "1"}, ("B",): {"website": "b"}})),
    )
    field = compared(report)
    assert _moments(field) == (
        "A (website 1)",
        "A (website 2), C",
        "A (website 1)",
    )


def test_a_moment_without_any_differing_element_is_shown_as_missing() -> None:
    field = compared(
        FieldReport(
            path="integrationTypes",
            planned=Known(Members(("tax",))),
            now=Known(Members(("tax", "psp"))),
            wanted=ABSENT,
        )
    )
    assert _moments(field) == ("tax", "tax, psp", "(unset)")
    field = compared(
        FieldReport(
            path="integrationTypes",
            planned=Known(Members(("tax",))),
            now=Known(Members(("tax", "psp"))),
            wanted=Known(Members(("tax",))),
        )
    )
    assert (field.planned.text, field.planned.role, field.now.text) == ("(missing)", Role.UNSET, "psp")


def test_a_collection_that_was_not_returned_is_shown_whole() -> None:
    field = compared(
        FieldReport(path="a", planned=NOT_RETURNED, now=Known(Members(("x",))), wanted=Known(Members(("x", "y"))))
    )
    assert _moments(field) == ("(not returned)", "x", "x, y")


def test_unverified_fields_are_separate_from_fields_not_stored_as_sent() -> None:
    wanted = Known("b")
    not_returned = FieldReport(path="not_returned", planned=ABSENT, now=NOT_RETURNED, wanted=wanted)
    missed = FieldReport(path="missed", planned=ABSENT, now=Known("a"), wanted=wanted)
    for fields, titles in [
        ((not_returned, missed), {"not stored as sent:": ["spec.missed"], "not verified:": ["spec.not_returned"]}),
        ((not_returned,), {"not verified:": ["spec.not_returned"]}),
    ]:
        ended = outcome(TAX, Status.UNKNOWN, fields=fields)
        blocks = _entry(outcome_tree(plan(TAX), [ended]), "acme-tax").blocks
        found = [block for block in blocks if isinstance(block, Comparison)]
        assert {block.title: [field.path for field in block.fields] for block in found} == titles


def test_a_target_that_could_not_be_read_is_one_for_the_doctor() -> None:
    (closing,) = outcome_tree(plan(UNREADABLE), [outcome(UNREADABLE, Status.FAILED)]).closings
    assert closing.spans[0].text == "Find out why: trueup doctor --target connect-eu"
    assert outcome_tree(FULL, OUTCOMES).closings == ()


def test_a_failed_outcome_says_what_to_give_to_the_support_of_the_platform() -> None:
    failed = replace(outcome(TAX, Status.FAILED, message="Refused."), correlation_id="trueup-1")
    tree = outcome_tree(plan(TAX), [failed])
    text = render_text(tree, width=100, color=False, verbose=False)
    assert "For the platform's support: correlation id trueup-1." in text
    assert "correlation id trueup-1" in render_markdown(tree)
