from dataclasses import replace

from trueup.model.action import (
    AddComment,
    AddElement,
    AddMember,
    Create,
    Delete,
    Level,
    Publish,
    RequestPreview,
    SetParts,
    SetValue,
)
from trueup.model.field import Risk
from trueup.model.plan import Cause, Forecast, ForecastWait, PlannedAction, Verdict
from trueup.model.position import Position
from trueup.model.value import ABSENT, Elements, Parts
from trueup.report.forecast import forecast_text
from trueup.report.plan import plan_tree
from trueup.report.tree import Divider, Line, Remark, ReportEntryNode, ReportTree, Role, Shown, Sign, Span
from unit.report.samples import (
    BUSY,
    CAUSES,
    DIGEST,
    EPD,
    ERP,
    FULL,
    GONE,
    PSP,
    SAME,
    TAX,
    UNREADABLE,
    certification,
    connector,
    finding,
    plan,
    planned,
    resource,
    scalar,
)


def _titles(tree: ReportTree) -> list[str]:
    return [section.title for section in tree.sections]


def _entry(tree: ReportTree, name: str) -> ReportEntryNode:
    return next(entry for section in tree.sections for entry in section.entries if entry.name == name)


def _total(tree: ReportTree) -> str:
    return "".join(span.text for span in tree.total)


def _lines(entry: ReportEntryNode) -> list[Line]:
    return [block for block in entry.blocks if isinstance(block, Line)]


def _remarks(entry: ReportEntryNode) -> list[Remark]:
    return [block for block in entry.blocks if isinstance(block, Remark)]


def test_the_sections_are_in_order_of_importance() -> None:
    assert _titles(plan_tree(FULL)) == [
        "Could not be read",
        "Blocked",
        "Deferred",
        "To delete",
        "Changes",
        "Unchanged",
    ]


def test_the_total_counts_every_verdict_and_the_actions_of_updates() -> None:
    tree = plan_tree(FULL)
    assert _total(tree) == (
        "Plan: 1 to create, 2 to update (16 actions), 1 to delete, 1 deferred, 1 blocked, 1 not readable, 2 unchanged."
    )
    assert sum(tree.counts.values()) == len(FULL.resources)
    assert set(tree.counts) == {verdict.value for verdict in Verdict}


def test_a_plan_without_changes_has_its_own_total() -> None:
    tree = plan_tree(plan(SAME, replace(SAME, identity=connector("other"))))
    assert _total(tree) == "No changes. Live matches 2 manifests."
    assert [entry.shown for section in tree.sections for entry in section.entries] == [Shown.FULL, Shown.FULL]


def test_a_plan_of_nothing_has_its_own_total() -> None:
    assert _total(plan_tree(plan())) == "Nothing to plan: no resource is selected."


def test_an_unchanged_resource_with_a_finding_is_shown() -> None:
    not_returned = replace(SAME, findings=(finding(Level.NOTE, "remembered", "Not returned.", "brands"),))
    assert _total(plan_tree(plan(SAME, not_returned))) == "Nothing to apply: 2 unchanged."
    noted = replace(SAME, findings=(finding(Level.NOTE, "not-returned", "Not returned."),))
    assert _entry(plan_tree(plan(noted)), "acme-search").shown is Shown.ALWAYS


def test_a_blocked_resource_shows_the_reason_and_then_the_held_actions() -> None:
    remark, divider, line = _entry(plan_tree(plan(ERP)), "acme-erp").blocks
    assert isinstance(remark, Remark)
    assert remark.word == "blocked"
    assert divider == Divider("held back: 1 action")
    assert isinstance(line, Line)
    assert line.held


def test_a_busy_resource_is_shown_as_deferred() -> None:
    entry = _entry(plan_tree(plan(BUSY)), "acme-mail")
    assert [remark.word for remark in _remarks(entry)] == ["deferred"]
    assert all(line.held for line in _lines(entry))


def test_a_busy_note_on_a_resource_that_is_not_deferred_stays_a_note() -> None:
    entry = _entry(plan_tree(plan(replace(BUSY, verdict=Verdict.UPDATE))), "acme-mail")
    assert [remark.word for remark in _remarks(entry)] == ["note"]


def test_a_finding_names_its_field_once_and_its_place_when_it_is_another() -> None:
    named = finding(Level.BLOCKED, "x", "supportedRegions cannot be empty.", "supportedRegions", line=3)
    other = finding(Level.WARNING, "x", "It cannot be cleared.", "description", line=9)
    tree = plan_tree(
        plan(resource(connector("a"), Verdict.BLOCKED, file="connectors/erp.yaml", findings=(named, other)))
    )
    first, second = _remarks(_entry(tree, "a"))
    assert (first.path, second.path) == ("", "spec.description")
    assert (first.place, second.place) == (None, Position("connectors/erp.yaml", 9, 3))


def test_a_creation_shows_every_field_and_those_that_people_know_it_by_first() -> None:
    lines = _lines(_entry(plan_tree(plan(PSP)), "acme-psp"))
    assert {line.shown for line in lines} == {Shown.ALWAYS}
    assert [line.label for line in lines] == [
        "spec.name",
        "spec.repository.url",
        "spec.repository.tag",
        "spec.description",
        "spec.integrationTypes",
        "spec.creator.email",
    ]


def _creation(*follow: PlannedAction, fields: int) -> list[Line | Divider]:
    """Return the lines of a creation with this many members of a collection, and of the actions after it."""
    create = planned(Create({"brands": Elements({(f"B{n}",): {} for n in range(fields)})}), ABSENT, ABSENT)
    entry = _entry(plan_tree(plan(resource(certification("c"), Verdict.CREATE, create, *follow))), "c")
    return [block for block in entry.blocks if isinstance(block, Line | Divider)]


def test_the_lines_of_a_creation_after_the_first_few_are_folded_and_counted() -> None:
    blocks = _creation(fields=9)
    assert [block.shown for block in blocks] == [Shown.ALWAYS] * 6 + [Shown.FOLDED] * 3 + [Shown.BRIEF]
    assert isinstance(count := blocks[-1], Line)
    assert count.pieces == (Span("and 3 more values: -v shows all", Role.MUTED),)


def test_a_single_line_is_shown_rather_than_counted() -> None:
    assert [block.shown for block in _creation(fields=7)] == [Shown.ALWAYS] * 7


def test_what_follows_a_creation_is_folded_with_its_divider_unless_it_has_a_warning() -> None:
    routine = planned(SetValue("url", "u"), stage=1)
    risky = planned(AddElement("channels", ("ORIGIN",), {}), ABSENT, ABSENT, stage=2, risk=Risk.VISIBLE)
    shown = [(type(block).__name__, block.shown) for block in _creation(routine, risky, fields=7)[6:]]
    assert shown == [
        ("Line", Shown.FOLDED),
        ("Divider", Shown.FOLDED),
        ("Line", Shown.FOLDED),
        ("Line", Shown.BRIEF),
        ("Divider", Shown.ALWAYS),
        ("Line", Shown.ALWAYS),
    ]


def test_requests_of_one_resource_are_separated() -> None:
    entry = _entry(plan_tree(plan(EPD)), "ACME-EPD-001")
    assert [block.text for block in entry.blocks if isinstance(block, Divider)] == ["then, once verified:"]


def test_actions_after_a_creation_are_below_a_divider() -> None:
    follow = planned(AddMember("privateProjects", "r:p"), stage=1)
    entry = _entry(plan_tree(plan(replace(PSP, actions=(*PSP.actions, follow)))), "acme-psp")
    assert [block.text for block in entry.blocks if isinstance(block, Divider)] == ["then, once it exists:"]


def test_risky_actions_are_tagged() -> None:
    (line,) = _lines(_entry(plan_tree(plan(GONE)), "acme-old"))
    assert [tag.text for tag in line.tags] == ["destructive"]
    assert line.sign is Sign.DELETE


def test_an_element_that_is_new_is_added_and_one_that_is_there_is_changed() -> None:
    new = planned(AddElement("brands", ("A",), {"website": "w"}), ABSENT, Parts({"website": "w"}))
    changed = planned(AddElement("brands", ("B",), {"website": "w"}), Parts({"website": "v"}), Parts({"website": "w"}))
    first, second = _lines(_entry(plan_tree(plan(resource(certification("c"), Verdict.UPDATE, new, changed))), "c"))
    assert (first.label, first.subject, first.sign) == ("spec.brands", "A", Sign.CREATE)
    assert (second.label, second.subject, second.sign) == ("spec.brands", "B", None)


def test_the_path_of_an_action_is_that_in_the_manifest_and_the_name_is_the_platforms() -> None:
    tag = planned(
        SetParts("repository", {"url": "u", "tag": "2"}),
        Parts({"url": "u", "tag": "1"}),
        Parts({"url": "u", "tag": "2"}),
    )
    both = planned(
        SetParts("repository", {"url": "v", "tag": "2"}),
        Parts({"url": "u", "tag": "1"}),
        Parts({"url": "v", "tag": "2"}),
    )
    actions = (tag, both, planned(RequestPreview()), planned(Publish(certification=False)), planned(Delete("over")))
    lines = _lines(_entry(plan_tree(plan(resource(connector("c"), Verdict.UPDATE, *actions))), "c"))
    assert [(line.label, line.name) for line in lines] == [
        ("spec.repository.tag", "setRepository"),
        ("spec.repository", "setRepository"),
        ("lifecycle.previewable", "updatePreviewable"),
        ("lifecycle.publish", ""),
        ("lifecycle.state", ""),
    ]


def test_a_tag_says_what_a_process_does_where_customers_see_nothing_of_it() -> None:
    actions = [
        planned(action, risk=Risk.VISIBLE)
        for action in (RequestPreview(), AddComment("Ready."), Publish(certification=True))
    ]
    lines = _lines(_entry(plan_tree(plan(resource(connector("c"), Verdict.UPDATE, *actions))), "c"))
    assert [tag.text for line in lines for tag in line.tags] == [
        "starts a build",
        "goes to the reviewers",
        "changes what customers see",
    ]


def test_causes_divide_the_changes_into_sections() -> None:
    tree = plan_tree(CAUSES)
    assert _titles(tree) == [
        "Changed on both sides since the base",
        "Drift: live changed, the manifests did not",
        "Your change",
    ]
    assert all(section.announced for section in tree.sections)
    assert [[tag.text for tag in line.tags] for line in _lines(_entry(tree, "acme-tax"))] == [
        ["your change"],
        ["drift"],
    ]


def test_a_cause_is_not_repeated_below_the_title_of_its_section() -> None:
    drifted = resource(connector("a"), Verdict.UPDATE, scalar("name", "a", "b", Cause.DRIFT))
    (line,) = _lines(_entry(plan_tree(plan(drifted)), "a"))
    assert line.tags == ()


def test_targets_are_named_only_where_a_kind_has_several() -> None:
    elsewhere = replace(TAX, identity=replace(TAX.identity, target="connect-us"))
    assert plan_tree(plan(TAX, elsewhere)).several_targets
    assert not plan_tree(plan(TAX, EPD)).several_targets


def test_locales_are_named_only_where_there_are_several() -> None:
    english, german = replace(EPD, locale="en"), replace(EPD, locale="de", identity=certification("x"))
    assert [note.text for note in _entry(plan_tree(plan(english, german)), "x").notes] == ["de"]
    assert _entry(plan_tree(plan(german)), "x").notes == ()


def test_the_closings_are_forecast_unmanaged_resources_and_hash() -> None:
    closings = {"".join(span.text for span in closing.spans): closing.shown for closing in plan_tree(FULL).closings}
    assert closings == {
        "Not returned by the platform, and therefore not compared: 1 field of 1 resource.": Shown.ALWAYS,
        "9 requests to apply, about 2 s.": Shown.ALWAYS,
        "Live without a manifest, not changed: connect-eu 1.": Shown.ALWAYS,
        f"Plan hash {DIGEST}": Shown.FULL,
    }


def test_a_target_that_cannot_be_read_is_one_for_the_doctor() -> None:
    closings = ["".join(span.text for span in closing.spans) for closing in plan_tree(plan(UNREADABLE)).closings]
    assert "Find out why: trueup doctor --target connect-eu" in closings


def test_the_forecast_says_what_processes_cost() -> None:
    one = ForecastWait(process="preview", count=1, seconds=1800)
    several = ForecastWait(process="unlisting", count=12, seconds=90)
    texts = {
        (): "3 requests to apply, about 1 s.",
        (one,): "At least 3 requests to apply, about 1 s; a preview takes up to 30 min.",
        (one, several): "At least 3 requests to apply, about 1 s; a preview takes up to 30 min; 12 unlistings "
        "take up to 1 min 30 s each.",
        (replace(several, count=1),): "At least 3 requests to apply, about 1 s; an unlisting takes up to 1 min 30 s.",
    }
    assert {waits: forecast_text(Forecast(requests=3, seconds=0.75, waits=waits)) for waits in texts} == texts


def test_a_deletion_without_a_reason_is_marked() -> None:
    gone = resource(connector("a"), Verdict.DELETE, planned(Delete(""), risk=Risk.DESTRUCTIVE))
    (line,) = _lines(_entry(plan_tree(plan(gone)), "a"))
    assert "no reason given" in str(line.pieces)


def test_names_that_look_alike_with_named_characters_are_escaped() -> None:
    one, other, plain = "a\u0430", "\u0430a", "b\u00fc"
    actions = [planned(AddElement("brands", (name,), {}), ABSENT, ABSENT) for name in (one, other, plain)]
    tree = plan_tree(plan(*(resource(certification(name), Verdict.UPDATE, *actions) for name in (one, other, plain))))
    entries = [entry for section in tree.sections for entry in section.entries]
    subjects = [block.subject for block in entries[0].blocks if isinstance(block, Line)]
    for names in ([entry.name for entry in entries], subjects):
        assert sorted(name.split(" (")[0] for name in names) == [r'"\u0430a', r'"a\u0430', plain]


def test_a_creation_names_the_odd_characters_of_a_number() -> None:
    create = planned(Create({"certificateNumber": "A\u20131", "url": "A\u20131"}), ABSENT, ABSENT)
    (entry,) = plan_tree(plan(resource(certification("E"), Verdict.CREATE, create))).sections[0].entries
    texts = [
        piece.text
        for block in entry.blocks
        if isinstance(block, Line)
        for piece in block.pieces
        if isinstance(piece, Span)
    ]
    assert texts == ["A\u20131 (U+2013 EN DASH)", "A\u20131"]
