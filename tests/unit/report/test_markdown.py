from github_markdown import read
from trueup.model.action import AddElement, Create, Level, SetValue
from trueup.model.plan import Verdict
from trueup.model.run import FieldReport, Status
from trueup.model.value import ABSENT, NOT_RETURNED, Known, Members, Parts, Value
from trueup.report.markdown import entry_markdown, render_markdown, section_markdown
from trueup.report.outcomes import outcome_tree
from trueup.report.plan import plan_tree
from trueup.report.text import render_text
from trueup.report.tree import Section
from unit.report.samples import (
    DIGEST,
    ERP,
    FULL,
    PSP,
    SAME,
    TAX,
    certification,
    connector,
    finding,
    outcome,
    plan,
    planned,
    resource,
    scalar,
)

HOSTILE = "x` | <img src=x> @octocat #1 ```\n| --- |"


def test_the_total_is_first_and_the_most_important_section_next() -> None:
    text = render_markdown(plan_tree(FULL))
    places = [
        text.index(word) for word in ("## Plan", "**Plan: 1 to create", "### Could not", "### Blocked", "### Changes")
    ]
    assert places == sorted(places)
    assert text.endswith("\n")


def test_the_plan_hash_is_shown() -> None:
    assert f"Plan hash `{DIGEST}`" in render_markdown(plan_tree(FULL))


def test_added_and_removed_values_are_in_a_diff_fence() -> None:
    fence = read(render_markdown(plan_tree(plan(TAX)))).codes[-1].splitlines()
    assert fence[2:6] == [
        "- spec.repository.tag            v1.3.0",
        "+ spec.repository.tag            v1.4.0  (setRepository)",
        "- spec.supportedRegions          australia-southeast1.gcp",
        "+ spec.supportedRegions          us-central1.gcp  (setSupportedRegions)",
    ]


def test_a_creation_shows_every_field() -> None:
    text = render_markdown(plan_tree(plan(PSP)))
    assert "+ spec.creator.email     payments@acme.example" in text


def test_the_fields_of_a_creation_after_the_first_few_are_folded() -> None:
    fields: dict[str, Value] = {f"creator.{name}": name for name in ("email", "name", "title", "company", "logoUrl")}
    create = planned(Create({**fields, "name": "A", "supportedRegions": Members(("a", "b")), "documentationUrl": "d"}))
    text = render_markdown(plan_tree(plan(resource(connector("a"), Verdict.CREATE, create))))
    before, folded = text.split("<details><summary>3 more lines</summary>")
    assert "+ spec.creator.logoUrl  logoUrl" in before
    assert folded.splitlines()[3:6] == [
        "+ spec.supportedRegions  a",
        "+ spec.supportedRegions  b",
        "+ spec.documentationUrl  d",
    ]
    assert folded.endswith("```\n\n</details>\n")


def test_what_is_unset_is_neither_removed_nor_added() -> None:
    new = planned(SetValue("url", "u"), ABSENT, Known("u"))
    gone = planned(SetValue("issueDate", ""), Known("2020-01-01"), ABSENT)
    unseen = planned(SetValue("expiryDate", "2030-01-01"), NOT_RETURNED, Known("2030-01-01"))
    site = planned(AddElement("brands", ("B",), {"website": "w"}), Known(Parts({})), Known(Parts({"website": "w"})))
    tree = plan_tree(plan(resource(certification("c"), Verdict.UPDATE, new, gone, unseen, site)))
    assert read(render_markdown(tree)).codes[-1].splitlines() == [
        "+ spec.url         u",
        "- spec.issueDate   2020-01-01",
        "  spec.expiryDate  (not returned)",
        "+ spec.expiryDate  2030-01-01",
        "- spec.brands      B",
        "+ spec.brands      B (website w)",
    ]
    shown = [" ".join(line.split()) for line in render_text(tree, width=80, color=False, verbose=False).splitlines()]
    assert shown[1:5] == [
        "spec.url + u",
        "spec.issueDate - 2020-01-01",
        "spec.expiryDate (not returned) -> 2030-01-01",
        "spec.brands ~ B (+ website w)",
    ]


def test_what_is_held_back_is_not_coloured_as_if_it_were_done() -> None:
    text = render_markdown(plan_tree(plan(ERP)))
    assert "```diff" not in text
    assert "# held back: 1 action" in text


def test_unchanged_resources_are_only_counted() -> None:
    tree = plan_tree(plan(SAME, TAX))
    assert "acme-search" not in render_markdown(tree)
    assert "1 unchanged" in render_markdown(tree)
    assert section_markdown(Section(title="Unchanged", entries=tree.sections[-1].entries), tree) == ""


def test_hostile_names_values_and_findings_stay_text() -> None:
    hostile = resource(
        certification(HOSTILE),
        Verdict.BLOCKED,
        scalar("certificateNumber", HOSTILE, f"{HOSTILE}2"),
        file="a`|b.yaml",
        findings=(finding(Level.BLOCKED, "x", HOSTILE, "spec.a|`b`"),),
    )
    page = read(render_markdown(plan_tree(plan(hostile))))
    assert set(page.tags) == {"h2", "h3", "p", "strong", "code", "blockquote", "pre"}
    assert "@octocat" not in page.outside_code
    assert "#1" not in page.outside_code


def test_three_moments_of_a_field_are_one_item_of_a_list() -> None:
    moved = FieldReport(path="a|b", planned=Known(HOSTILE), now=Known("|"), wanted=Known("`|`"), note="a|b")
    page = read(render_markdown(outcome_tree(FULL, [outcome(TAX, Status.STALE, fields=(moved,))])))
    assert page.tags.count("li") == 1
    assert "table" not in page.tags
    assert page.codes[-2:] == ["|", "`|`"]


def test_messages_of_the_platform_cannot_leave_their_fence() -> None:
    ended = outcome(TAX, Status.FAILED, details=("```", "</details>", "@octocat"))
    page = read(render_markdown(outcome_tree(FULL, [ended])))
    assert page.codes[-1] == "```\n</details>\n@octocat\n"


def test_one_resource_is_one_piece() -> None:
    tree = plan_tree(FULL)
    whole = render_markdown(tree)
    for section in tree.sections[:-1]:
        for entry in section.entries:
            assert entry_markdown(entry, tree) in whole
