import json

from trueup.errors import Diagnostic, Rejected, Unavailable, UsageError
from trueup.model.action import AddElement
from trueup.model.plan import Verdict
from trueup.model.position import Position
from trueup.model.value import ABSENT
from trueup.plan.codec import plan_to_json
from trueup.report.document import render_document
from trueup.report.result import Result
from unit.report.samples import FULL, OUTCOMES, STALE, certification, plan, planned, resource, scalar


def test_every_ending_has_the_same_shape() -> None:
    empty = json.loads(render_document(Result(command="plan", status=0)))
    full = json.loads(
        render_document(
            Result(command="apply", status=5, plan=FULL, outcomes=OUTCOMES, error=Unavailable("No answer.", status=503))
        )
    )
    assert empty.keys() == full.keys()
    assert full["exitStatus"] == 5
    assert empty == {
        "formatVersion": 1,
        "command": "plan",
        "exitStatus": 0,
        "diagnostics": [],
        "plan": None,
        "outcomes": None,
        "error": None,
    }


def test_the_plan_is_the_saved_form() -> None:
    document = json.loads(render_document(Result(command="plan", status=2, plan=FULL)))
    assert document["plan"] == json.loads(json.dumps(plan_to_json(FULL)))


def test_the_json_of_an_outcome_is_complete() -> None:
    (member,) = json.loads(render_document(Result(command="apply", status=4, outcomes=[STALE])))["outcomes"]
    assert member["identity"]["value"] == "acme-tax"
    assert member["status"] == "stale"
    assert member["left"][0]["path"] == "description"
    assert member["done"] == []
    assert member["fields"][1] == {
        "path": "creator.noOfContributors",
        "planned": {"known": 4},
        "now": {"known": 6},
        "wanted": {"known": 5},
        "note": "",
    }


def test_the_json_of_an_error_has_class_and_platform_messages() -> None:
    rejected = Rejected("Refused.", status=400, code="CE00001", messages=["one", "two"])
    assert json.loads(render_document(Result(command="apply", status=1, error=rejected)))["error"] == {
        "type": "Rejected",
        "message": "Refused.",
        "status": 400,
        "code": "CE00001",
        "messages": ["one", "two"],
        "correlationId": "",
    }
    assert json.loads(render_document(Result(command="plan", status=64, error=UsageError("No."))))["error"] == {
        "type": "UsageError",
        "message": "No.",
    }


def test_no_terminal_can_be_drawn_on() -> None:
    hostile = Diagnostic(code="x", message="\x1b[31m \u202e 你", position=Position("a.yaml", 1, 2))
    text = render_document(Result(command="validate", status=3, diagnostics=(hostile,)))
    assert text.isascii()
    assert "\x1b" not in text
    assert json.loads(text)["diagnostics"][0] == {
        "severity": "error",
        "code": "x",
        "message": "\x1b[31m \u202e 你",
        "position": {"file": "a.yaml", "line": 1, "column": 2},
        "path": "",
        "allowed": "",
        "hint": "",
    }


def test_texts_that_could_be_mistaken_for_others_are_spelled_out_everywhere() -> None:
    number = scalar("certificateNumber", "A-1", "A\u20131")
    added = planned(AddElement("brands", ("M\u00fc", "Mu\u0308"), {}), ABSENT, ABSENT)
    odd = resource(certification("E\u200b"), Verdict.UPDATE, number, added)
    document = json.loads(render_document(Result(command="plan", status=0, plan=plan(odd))))
    assert document["spelled"] == {
        "E\u200b": "E\u200b (U+200B ZERO WIDTH SPACE)",
        "A\u20131": "A\u20131 (U+2013 EN DASH)",
        "Mu\u0308": "Mu\u0308 (U+0308 COMBINING DIAERESIS)",
    }
