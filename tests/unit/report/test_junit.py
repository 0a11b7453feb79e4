from dataclasses import replace
from xml.etree import ElementTree as ET

from trueup.errors import Diagnostic, Severity
from trueup.model.plan import Drift, Fate, ResourceDrift, Verdict
from trueup.model.position import Position
from trueup.report.drift import drift_tree
from trueup.report.junit import render_junit
from trueup.report.plan import plan_tree
from unit.report.samples import ERP, PSP, SAME, TAX, connector, plan, resource, scalar

WRONG = Diagnostic(
    code="unknown-field", message="no <b>", position=Position("a b.yaml", 3, 5), path="spec.x", allowed="y", hint="z"
)


def test_each_resource_is_a_case_that_passes_fails_or_is_skipped() -> None:
    deferred = resource(ERP.identity, Verdict.DEFERRED, scalar("name", "a", "b"))
    unread = resource(PSP.identity, Verdict.UNREADABLE, error="down")
    root = ET.fromstring(render_junit(plan_tree(plan(TAX, SAME, deferred, unread)), command="plan"))
    cases = {case.get("name"): [child.tag for child in case] for case in root.iter("testcase")}
    assert cases[TAX.identity.value] == ["failure"]
    assert cases[SAME.identity.value] == []
    assert cases[ERP.identity.value] == ["skipped"]
    assert cases[PSP.identity.value] == ["error"]
    sums = {name: sum(int(suite.get(name, "")) for suite in root) for name in ("failures", "errors", "skipped")}
    assert sums == {"failures": 1, "errors": 1, "skipped": 1}
    assert "spec.repository.tag  v1.4.0" in "".join(root.itertext())


def test_a_resource_without_drift_passes_and_one_that_waits_for_an_apply_is_skipped() -> None:
    place = Position("a.yaml", 1, 1)
    fates = (Fate.SAME, Fate.PENDING, Fate.DELETED)
    drift = Drift(resources=tuple(ResourceDrift(identity=connector(fate), fate=fate, position=place) for fate in fates))
    root = ET.fromstring(render_junit(drift_tree(drift), command="drift"))
    cases = {case.get("name"): [child.tag for child in case] for case in root[0]}
    assert cases == {"same": [], "pending": ["skipped"], "deleted": ["failure"]}


def test_warnings_and_allowed_values_are_included() -> None:
    warned = replace(WRONG, severity=Severity.WARNING)
    wrong, odd = ET.fromstring(render_junit(None, [WRONG, warned], command="validate")).iter("testcase")
    assert [(result.tag, result.text) for result in (*wrong, *odd)] == [("failure", "y\nz"), ("system-out", "no <b>")]


def test_a_run_without_a_plan_has_a_case_with_the_error() -> None:
    root = ET.fromstring(render_junit(None, [WRONG], command="validate", error="down\x00"))
    assert [child.tag for case in root.iter("testcase") for child in case] == ["failure", "error"]
    well = ET.fromstring(render_junit(None, command="validate"))
    assert [list(case) for case in well.iter("testcase")] == [[]]
