import json

from trueup.errors import Diagnostic, Severity
from trueup.model.codes import codes_named
from trueup.model.position import Position
from trueup.report.sarif import render_sarif

WRONG = Diagnostic(
    code="unknown-field", message="no <b>", position=Position("a b.yaml", 3, 5), path="spec.x", allowed="y", hint="z"
)


def test_each_code_is_a_rule_and_each_problem_in_a_file_is_a_result() -> None:
    warned = Diagnostic(code="old", message="w", position=Position("b.yaml", 0, 0), severity=Severity.WARNING)
    outside = Diagnostic(code="old", message="w", position=Position("/etc/x", 1, 1))
    log = json.loads(render_sarif([warned, WRONG, outside, WRONG]))
    run = log["runs"][0]
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["old", "unknown-field"]
    assert [result["level"] for result in run["results"]] == ["error", "error", "warning"]
    first = run["results"][0]
    assert first["ruleId"] == run["tool"]["driver"]["rules"][first["ruleIndex"]]["id"] == "unknown-field"
    place = first["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "a%20b.yaml"
    assert place["region"] == {"startLine": 3, "startColumn": 5}
    assert run["results"][2]["locations"][0]["physicalLocation"]["region"]["startLine"] == 1


def test_a_rule_has_the_texts_of_its_code() -> None:
    unlisted = Diagnostic(code="of-a-later-version", message="m", position=Position("b.yaml", 1, 1))
    rules = json.loads(render_sarif([WRONG, unlisted]))["runs"][0]["tool"]["driver"]["rules"]
    known, other = sorted(rules, key=lambda rule: rule["id"] != WRONG.code)
    (code,) = codes_named(WRONG.code)
    assert known["shortDescription"]["text"] == code.meaning
    assert known["fullDescription"]["text"] == f"{code.meaning} {code.why}"
    assert code.fix in known["help"]["text"]
    assert other["fullDescription"]["text"] == "of-a-later-version"


def test_a_fingerprint_does_not_depend_on_the_line() -> None:
    moved = Diagnostic(code=WRONG.code, message="m", position=Position("a b.yaml", 9, 5), path="spec.x")
    logs = [json.loads(render_sarif([found])) for found in (WRONG, moved)]
    assert len({log["runs"][0]["results"][0]["partialFingerprints"]["trueup/v1"] for log in logs}) == 1
