from dataclasses import replace

import pytest

from github_markdown import read
from trueup.errors import Diagnostic
from trueup.github.budget import (
    COMMENT_BYTES,
    LEAST_BYTES,
    LEFT_OUT,
    OPEN_RESOURCES,
    PieceForm,
    fit,
    render_page,
    size_in_bytes,
)
from trueup.github.page import Page, linked_layout
from trueup.model.action import Create, Delete, Level, Unlist
from trueup.model.field import Risk
from trueup.model.plan import Cause, Plan, ResourcePlan, Verdict
from trueup.model.position import Position
from trueup.report.plan import plan_tree
from unit.github.contexts import context
from unit.report.samples import DIGEST, FULL, connector, finding, plan, planned, resource, scalar

LONG = "long " * 200


def page(of: Plan) -> Page:
    return Page(
        title="trueup plan",
        marker="<!-- marker -->",
        tree=plan_tree(of),
        footer=("Commit `abc`.",),
        more="All of it is in [the report](https://example.com).",
        layout=linked_layout(context().line_url),
    )


def created(number: int) -> ResourcePlan:
    action = planned(Create({"name": LONG, "description": LONG}))
    return resource(connector(f"new-{number:03}"), Verdict.CREATE, action)


def updated(number: int) -> ResourcePlan:
    return resource(connector(f"old-{number:03}"), Verdict.UPDATE, scalar("name", "x", LONG))


def deleted(number: int) -> ResourcePlan:
    action = planned(Delete("no longer sold"), risk=Risk.DESTRUCTIVE)
    return resource(connector(f"gone-{number:03}"), Verdict.DELETE, action)


def blocked(number: int) -> ResourcePlan:
    found = finding(Level.BLOCKED, "clearing", f"cannot be cleared {number}")
    return resource(connector(f"stuck-{number:03}"), Verdict.BLOCKED, scalar("name", "x", "y"), findings=(found,))


def test_pieces_are_shortened_by_rank_from_the_end_as_far_as_needed() -> None:
    first = (PieceForm("aaaa", 1), PieceForm("a"))
    second = (PieceForm("bbbb", 1), PieceForm("b", 2), LEFT_OUT)
    kept = (PieceForm("cccc"),)
    assert fit([first, second, kept], 12) == [0, 0, 0]
    assert fit([first, second, kept], 11) == [0, 1, 0]
    assert fit([first, second, kept], 8) == [1, 1, 0]
    assert fit([first, second, kept], 5) == [1, 2, 0]
    assert fit([first, second, kept], 0) == [1, 2, 0]


def test_the_fold_comes_after_verdict_warning_and_table() -> None:
    text = render_page(page(plan(*FULL.resources, deleted(1))), COMMENT_BYTES)
    order = ["<!-- marker -->", "## trueup plan", "**Plan: 1 to create", "[!CAUTION]", "| Target |", "###", "---\n"]
    places = [text.index(part) for part in order]
    assert places == sorted(places)
    assert text.startswith("<!-- marker -->\n")
    assert "left out" not in text


def test_the_warning_names_what_is_deleted_or_taken_away() -> None:
    unlist = planned(Unlist(), risk=Risk.DESTRUCTIVE)
    listed = resource(connector("acme-listed"), Verdict.UPDATE, unlist)
    text = render_page(page(plan(deleted(1), listed, updated(1))), COMMENT_BYTES)
    warning = text.partition("[!CAUTION]")[2].partition("\n\n")[0]
    assert "Deletes, unlists or unpublishes 2 resources" in warning
    assert "`gone-001`" in warning
    assert "`acme-listed`" in warning
    assert "old-001" not in warning


def test_a_blocked_deletion_is_not_in_the_warning() -> None:
    unlist = planned(Unlist(), risk=Risk.DESTRUCTIVE)
    held = resource(connector("x"), Verdict.BLOCKED, unlist)
    assert "CAUTION" not in render_page(page(plan(held)), COMMENT_BYTES)


def test_each_of_several_targets_has_a_row_with_what_it_has() -> None:
    rows = read(render_page(page(FULL), COMMENT_BYTES)).rows
    assert rows == [
        ["Target", "Resources"],
        ["connect-eu", "1 create, 1 update, 1 delete, 1 deferred, 1 blocked, 1 unreadable, 2 unchanged"],
        ["origin", "1 update"],
    ]
    assert "Target" not in render_page(page(plan(updated(1))), COMMENT_BYTES)


def test_a_resource_links_to_its_line_in_the_head_commit() -> None:
    assert (
        f"[`connectors/tax.yaml:3`](https://github.example/acme/connectors/blob/{'a' * 40}/connectors/tax.yaml#L3)"
    ) in render_page(page(plan(updated(1))), COMMENT_BYTES)


@pytest.mark.parametrize("file", ["-", "/etc/passwd", "../other/a.yaml"])
def test_a_file_outside_of_the_repository_has_no_link(file: str) -> None:
    named = replace(updated(1), position=Position(file, 3, 1))
    assert "blob" not in render_page(page(plan(named)), COMMENT_BYTES)


def test_creations_lose_their_fields_before_updates_lose_their_differences() -> None:
    text = render_page(page(plan(*map(created, range(40)), *map(updated, range(30)))), COMMENT_BYTES)
    assert text.count("`new-") == 40
    assert text.count("`old-") == 30
    assert text.count("(setName)") == 30
    assert text.count("+ spec.name") < 70
    assert "Shortened to fit" in text
    assert "[the report](https://example.com)" in text


def test_deletions_and_blocked_resources_are_kept_when_others_are_omitted() -> None:
    everything = [make(n) for make in (created, updated, deleted, blocked) for n in range(40)]
    text = render_page(page(plan(*everything)), 30_000)
    for number in range(40):
        assert f"`gone-{number:03}`" in text.partition("### To delete")[2]
        assert f"cannot be cleared {number}" in text
    assert text.count("`new-") + text.count("`old-") < 80
    assert "not listed here" in text


def test_a_plan_of_any_size_fits_and_still_counts_everything() -> None:
    text = render_page(page(plan(*map(deleted, range(999)), *map(updated, range(999)))), LEAST_BYTES)
    assert size_in_bytes(text) <= LEAST_BYTES
    assert "999 to delete" in text
    assert "Deletes, unlists or unpublishes 999 resources" in text


def test_long_differences_are_folded_and_short_ones_open() -> None:
    fields = {f"field{number}": "x" for number in range(20)}
    long = resource(connector("long"), Verdict.CREATE, planned(Create(fields)))
    text = render_page(page(plan(long, updated(1))), COMMENT_BYTES)
    assert text.count("<details>") == text.count("</details>") == 1


def test_your_change_drift_and_conflict_are_separate() -> None:
    causes = {"a": Cause.YOURS, "b": Cause.DRIFT, "c": Cause.BOTH}
    made = [resource(connector(f"{n}-x"), Verdict.UPDATE, scalar("name", "x", "y", c)) for n, c in causes.items()]
    text = render_page(page(plan(*made)), COMMENT_BYTES)
    titles = ["### Changed on both sides", "### Drift", "### Your change"]
    assert [text.index(title) for title in titles] == sorted(text.index(title) for title in titles)


def test_problems_of_files_are_a_list_that_fits() -> None:
    found = tuple(Diagnostic(code="unknown-field", message=LONG, position=Position("a.yaml", n, 1)) for n in range(500))
    text = render_page(Page(title="trueup validate", diagnostics=found), COMMENT_BYTES)
    assert size_in_bytes(text) <= COMMENT_BYTES
    assert "**500 errors in 1 file: 500 unknown-field.**" in text
    assert read(text).tags.count("ul") == 1
    assert "Shortened to fit" in text


def test_a_problem_links_to_its_line_in_the_head_commit() -> None:
    found = Diagnostic(code="unknown-field", message="m", position=Position("a|b.yaml", 12, 5))
    layout = linked_layout(context().line_url)
    text = render_page(Page(title="trueup validate", diagnostics=(found,), layout=layout), COMMENT_BYTES)
    address = f"https://github.example/acme/connectors/blob/{'a' * 40}/a%7Cb.yaml#L12"
    assert f"- [`a|b.yaml:12:5`]({address}): error `unknown-field`: m" in text


def test_there_is_always_a_verdict_above_everything_else() -> None:
    for page_of, verdict in (
        (Page(title="trueup plan", error="down"), "The run ended early."),
        (Page(title="trueup validate"), "No problems."),
        (page(plan()), "Nothing to plan: no resource is selected."),
    ):
        text = render_page(page_of, COMMENT_BYTES).removeprefix("<!-- marker -->\n")
        assert text.splitlines()[2] == f"**{verdict}**"


def test_the_note_about_shortening_is_above_the_resources() -> None:
    text = render_page(page(plan(*map(updated, range(99)))), 20_000)
    assert text.index("Shortened to fit") < text.index("### Changes")


def test_the_error_that_ended_the_run_is_shown() -> None:
    text = render_page(Page(title="trueup plan", error="No answer from <host>."), COMMENT_BYTES)
    assert "No answer from &lt;host&gt;." in text
    long = render_page(Page(title="trueup plan", error="x" * 99_999), COMMENT_BYTES)
    assert size_in_bytes(long) <= COMMENT_BYTES
    assert "ended early" in long


def test_of_many_resources_only_those_that_must_be_seen_are_outside_of_the_fold() -> None:
    unlisted = resource(connector("acme-listed"), Verdict.UPDATE, planned(Unlist(), risk=Risk.DESTRUCTIVE))
    of = page(plan(blocked(1), deleted(1), *map(updated, range(OPEN_RESOURCES + 1)), unlisted))
    text = render_page(of, COMMENT_BYTES)
    outside, _, inside = text.partition(f"<details><summary>{OPEN_RESOURCES + 1} other resources</summary>")
    assert [name in outside.partition("###")[2] for name in ("stuck-001", "gone-001", "acme-listed")] == [True] * 3
    assert inside.partition("</details>")[0].count("`old-") == OPEN_RESOURCES + 1
    assert "<details>" not in render_page(page(plan(*map(updated, range(OPEN_RESOURCES)))), COMMENT_BYTES)


def test_a_few_resources_stay_in_their_order() -> None:
    unlisted = resource(connector("acme-listed"), Verdict.UPDATE, planned(Unlist(), risk=Risk.DESTRUCTIVE))
    text = render_page(page(plan(updated(1), unlisted, updated(2))), COMMENT_BYTES).partition("### Changes")[2]
    places = [text.index(name) for name in ("old-001", "acme-listed", "old-002")]
    assert places == sorted(places)


def test_the_teams_own_markdown_is_around_the_page_and_the_marker_stays_first() -> None:
    of = replace(page(plan(updated(1))), header="**Freeze**\n", own_footer="Ask us.\n")
    text = render_page(of, COMMENT_BYTES)
    assert text.startswith("<!-- marker -->\n**Freeze**\n\n## trueup plan")
    assert text.endswith("\n\nAsk us.\n")
    short = render_page(replace(of, header="x" * 3_000 + "\n", own_footer="y" * 3_000 + "\n"), LEAST_BYTES)
    assert size_in_bytes(short) <= LEAST_BYTES
    assert "1 to update" in short


def test_an_ending_is_said_first_with_what_to_do_and_needs_no_other_verdict() -> None:
    text = render_page(Page(title="t", state="Not applied.", detail="1 is left.", steps=("Do <this>.",)), COMMENT_BYTES)
    assert text == "## t\n\n**Not applied.**\n\n1 is left.\n\nWhat to do next:\n\n- Do &lt;this&gt;.\n\n"


def test_what_apply_refuses_comes_before_what_merging_does() -> None:
    of = replace(page(plan(deleted(1))), refusals=("Too much.",), merging="Merging applies nothing.")
    text = render_page(of, COMMENT_BYTES)
    assert text.index("**An apply refuses this.** Too much.") < text.index("Merging applies nothing.")


def test_the_verdict_names_the_start_of_the_plan_hash() -> None:
    assert ".** Plan hash `abababab`.\n" in render_page(replace(page(FULL), digest=DIGEST), COMMENT_BYTES)
