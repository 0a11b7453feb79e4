import re
from dataclasses import replace

import pytest

from trueup.model.action import AddElement, Create, Level, Reason
from trueup.model.plan import Verdict
from trueup.model.value import ABSENT, Parts
from trueup.report.layout import MOST_ROWS
from trueup.report.outcomes import outcome_tree
from trueup.report.plan import plan_tree
from trueup.report.runs import runs_tree
from trueup.report.safe_text import columns
from trueup.report.text import render_text
from trueup.report.tree import ReportTree
from unit.report.recorded_samples import KILLED_RUN, WHOLE_RUN
from unit.report.samples import (
    CAUSES,
    EPD,
    ERP,
    FULL,
    OUTCOMES,
    SAME,
    TAX,
    certification,
    connector,
    finding,
    plan,
    planned,
    resource,
    scalar,
)

HOSTILE = "\x1b[2J\x1b[1;1H\r\n~ fake \u202eevil\u2066\x9b31m\x07"


def _text(tree: ReportTree, width: int = 80, *, verbose: bool = False, color: bool = False) -> str:
    return render_text(tree, width=width, color=color, verbose=verbose)


def test_a_terminal_is_read_from_its_end() -> None:
    text = _text(plan_tree(FULL))
    places = [
        text.index(word) for word in ("~ Connector acme-tax", "- Connector", "? Connector", "! Connector", "Plan: ")
    ]
    assert places == sorted(places)


@pytest.mark.parametrize("width", [60, 80, 100, 140])
@pytest.mark.parametrize("verbose", [False, True])
def test_no_line_is_wider_than_the_terminal(width: int, *, verbose: bool) -> None:
    for tree in (plan_tree(FULL), plan_tree(CAUSES), outcome_tree(FULL, OUTCOMES)):
        text = _text(tree, width, verbose=verbose)
        assert max(columns(line) for line in text.splitlines()) <= width
        assert not any(line.endswith(" ") for line in text.splitlines())


def test_the_position_is_at_the_right_edge() -> None:
    for width in (80, 140):
        line = _text(plan_tree(plan(TAX)), width).splitlines()[0]
        assert line.startswith("  ~ Connector acme-tax ")
        assert line.endswith(" connectors/tax.yaml:3")
        assert len(line) == width


def test_a_long_name_is_shortened_unless_all_is_wanted() -> None:
    long = replace(TAX, identity=connector("k" * 200))
    head = _text(plan_tree(plan(long))).splitlines()[0]
    assert "…" in head
    assert head.endswith(" connectors/tax.yaml:3")
    assert "k" * 200 in _text(plan_tree(plan(long)), verbose=True).replace("\n", "").replace(" ", "")


def test_a_position_that_does_not_fit_gets_its_own_line() -> None:
    far = resource(connector("acme-tax"), Verdict.UPDATE, file=f"{'connectors/' * 5}tax.yaml")
    head, place = _text(plan_tree(plan(far))).splitlines()[:2]
    assert head == "  ~ Connector acme-tax"
    assert place.strip() == f"{far.position.file}:3"
    assert len(place) == 80


def test_a_long_headline_without_a_position_leaves_no_empty_line() -> None:
    lines = _text(runs_tree((WHOLE_RUN, KILLED_RUN)), 60).splitlines()
    assert lines.count("") == 1
    assert max(map(len, lines)) <= 60


def test_nothing_in_a_value_can_draw_on_the_terminal() -> None:
    hostile = resource(
        certification(HOSTILE),
        Verdict.BLOCKED,
        scalar("certificateNumber", HOSTILE, f"{HOSTILE}2"),
        planned(AddElement("brands", (HOSTILE,), {"website": HOSTILE}), ABSENT, Parts({"website": HOSTILE})),
        file=f"{HOSTILE}.yaml",
        findings=(finding(Level.BLOCKED, "x", HOSTILE, HOSTILE),),
        error=HOSTILE,
    )
    for verbose in (False, True):
        text = _text(plan_tree(plan(hostile)), verbose=verbose)
        assert all(char == "\n" or char.isprintable() for char in text)
        assert r"\x1b[2J" in text


def test_without_colour_there_is_no_escape_sequence_and_with_it_the_same_words() -> None:
    plain, colored = _text(plan_tree(FULL)), _text(plan_tree(FULL), color=True)
    assert "\x1b" not in plain
    assert re.sub(r"\x1b\[[0-9;]*m", "", colored) == plain


def test_held_back_actions_are_dim_and_others_are_not() -> None:
    held = _text(plan_tree(plan(ERP)), color=True)
    assert "\x1b[2mAcme ERP\x1b[0m" in held
    sent = _text(plan_tree(plan(replace(ERP, verdict=Verdict.UPDATE))), color=True)
    assert "\x1b[31mAcme ERP\x1b[0m" in sent


def test_unchanged_resources_are_counted_and_listed_only_on_request() -> None:
    tree = plan_tree(plan(SAME, TAX))
    assert "acme-search" not in _text(tree)
    assert "= Connector acme-search" in _text(tree, verbose=True)
    assert "1 unchanged" in _text(tree)


def test_a_creation_shows_a_few_fields_and_every_field_on_request() -> None:
    fields = {f"creator.{name}": name for name in ("email", "name", "title", "company", "logoUrl", "supportUrl")}
    create = planned(Create({**fields, "name": "Acme", "documentationUrl": "d"}), ABSENT, reason=Reason.DOES_NOT_EXIST)
    tree = plan_tree(plan(resource(connector("a"), Verdict.CREATE, create)))
    assert "spec.creator.logoUrl  + logoUrl\n      and 2 more values: -v shows all\n" in _text(tree)
    assert "documentationUrl" not in _text(tree)
    assert "documentationUrl  + d" in _text(tree, verbose=True)
    assert "more values" not in _text(tree, verbose=True)


def test_a_long_sentence_is_shown_once_in_a_section_and_in_full_on_request() -> None:
    tree = plan_tree(plan(ERP, replace(ERP, identity=connector("acme-oms"))))
    assert "blocked: the same as Connector acme-erp" in _text(tree)
    assert _text(tree).count("cannot go back") == 1
    assert " ".join(_text(tree, verbose=True).split()).count("cannot go back") == 2


def test_the_name_of_an_action_is_left_out_where_it_would_take_a_line() -> None:
    long = plan_tree(plan(resource(connector("a"), Verdict.UPDATE, scalar("creator.company", "A" * 20, "B" * 20))))
    assert "(setCreatorCompany)" not in _text(long)
    assert "(setCreatorCompany)" in _text(long, verbose=True)
    short = plan_tree(plan(resource(connector("a"), Verdict.UPDATE, scalar("creator.company", "A", "B"))))
    assert "A -> B  (setCreatorCompany)" in _text(short)


def test_a_long_reason_hangs_below_its_word() -> None:
    lines = _text(plan_tree(plan(ERP))).splitlines()
    assert lines[1].startswith("      blocked: ")
    assert lines[2].startswith("        cannot")


def test_a_long_value_is_shortened_in_the_middle_unless_all_is_wanted() -> None:
    long = resource(connector("a"), Verdict.UPDATE, scalar("name", "short", "start" + "x" * 500 + "end"))
    brief, whole = _text(plan_tree(plan(long))), _text(plan_tree(plan(long)), verbose=True)
    assert "…" in brief
    assert "x" * 500 not in brief.replace("\n", "").replace(" ", "")
    assert f"start{'x' * 500}end" in whole.replace("\n", "").replace(" ", "")


def _hiding(word: str) -> str:
    return "x" * 500 + word + "x" * 500


def test_two_long_values_that_differ_late_still_differ_on_the_screen() -> None:
    long = resource(connector("a"), Verdict.UPDATE, scalar("name", _hiding("old"), _hiding("new")))
    text = _text(plan_tree(plan(long)))
    assert "old" in text
    assert "new" in text


def test_long_lines_of_a_text_that_differ_late_still_differ_on_the_screen() -> None:
    old, new = (f"first line\n{_hiding(word)}" for word in ("old", "new"))
    long = resource(connector("a"), Verdict.UPDATE, scalar("description", old, new))
    shown = _text(plan_tree(plan(long)))
    assert "old" in shown
    assert "new" in shown


def test_a_long_text_shows_its_first_changed_lines() -> None:
    new = "\n".join(f"line {number}" for number in range(40))
    long = resource(connector("a"), Verdict.UPDATE, scalar("description", ABSENT, new))
    assert f"… {40 - MOST_ROWS} more lines" in _text(plan_tree(plan(long)))
    assert "+ line 39" in _text(plan_tree(plan(long)), verbose=True)


def test_a_sign_stays_with_its_member() -> None:
    text = _text(plan_tree(plan(TAX)), 60, verbose=True)
    assert "- australia-southeast1.gcp" in text


def test_reasons_and_the_hash_are_shown_on_request() -> None:
    assert "[group-differs]" in _text(plan_tree(plan(TAX)), verbose=True)
    assert "[group-differs]" not in _text(plan_tree(plan(TAX)))
    assert "sha256:" in _text(plan_tree(plan(TAX)), verbose=True)
    assert "sha256:" not in _text(plan_tree(plan(TAX)))


def test_a_label_is_printed_once_for_consecutive_elements() -> None:
    assert _text(plan_tree(plan(EPD))).count(" spec.brands ") == 1


def test_sections_are_announced_only_where_causes_divide_them() -> None:
    assert "Your change\n" in _text(plan_tree(CAUSES))
    assert "Changes\n" not in _text(plan_tree(FULL))


def test_several_targets_are_named() -> None:
    elsewhere = replace(TAX, identity=replace(TAX.identity, target="connect-us"))
    assert "Connector acme-tax on connect-us" in _text(plan_tree(plan(TAX, elsewhere)))


def test_more_room_is_used() -> None:
    narrow, wide = (_text(plan_tree(plan(EPD)), width).splitlines() for width in (80, 140))
    assert len(wide) < len(narrow)


def test_the_three_moments_are_side_by_side_if_they_fit() -> None:
    tree = outcome_tree(FULL, OUTCOMES[:1])
    wide = next(line for line in _text(tree, 160).splitlines() if "wanted" in line)
    assert "planned from" in wide
    narrow = next(line for line in _text(tree, 80).splitlines() if "wanted" in line)
    assert "planned from" not in narrow


@pytest.mark.parametrize("width", [60, 80])
def test_a_long_name_with_an_odd_character_keeps_the_character_s_name_in_sight(width: int) -> None:
    odd = resource(certification("ACME-EPD-FLOORING-AND-MORE-\u2013-001"), Verdict.UPDATE, scalar("url", "a", "b"))
    text = _text(plan_tree(plan(odd)), width)
    assert "(U+2013 EN DASH)" in " ".join(text.split())
    assert max(columns(line) for line in text.splitlines()) <= width
