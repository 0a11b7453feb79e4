"""What manifests, files and platforms say never acts on a terminal or on the runner of a workflow."""

import json
import re
from pathlib import Path

import pytest

from acceptance.commands import Done, quickstart, trueup
from trueup.apply.journal_file import FileJournal
from trueup.cli.files import ProjectState
from trueup.model.action import SetValue
from trueup.model.identity import Identity, IdField, Kind
from trueup.model.plan import Forecast, Plan
from trueup.model.run import Intent

pytestmark = [pytest.mark.process, pytest.mark.slow]

HOSTILE = "\x1b[2J\x1b]0;t\x07\r\n::set-output name=a::b\n  ::error::c ##[set-output name=d]e \u202e\u2066\x9b1m"
KEEP_GOING = {"plan", "apply", "drift", "adopt", "import"}
RUNNER = {"GITHUB_ACTIONS": "true"}
ESCAPED = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")

COMMANDS = (
    ("validate",),
    ("plan",),
    ("plan", "--verbose"),
    ("preview",),
    ("apply", "--yes"),
    ("drift",),
    ("adopt",),
    ("import",),
    ("runs",),
    ("plan", "--target", HOSTILE),
    ("plan", "--select", f"demo={HOSTILE}"),
    ("plan", f"{HOSTILE}.yaml"),
    ("plan", "--project", HOSTILE),
    ("plan", "--out", f"{HOSTILE}/x"),
    ("plan", "--report", f"{HOSTILE}/x"),
    ("apply", "--plan", HOSTILE),
    ("runs", "show", HOSTILE),
    ("show", HOSTILE),
    ("merge", HOSTILE),
    ("schema", HOSTILE),
    (HOSTILE,),
    ("plan", f"--{HOSTILE}"),
)


def acts(done: Done) -> list[str]:
    """Return what would act of either stream."""
    lines = [line for stream in (done.out, done.err) for line in re.split(r"[\r\n]", stream)]
    commands = [line for line in lines if line.lstrip().startswith("::") or "##[" in line]
    return commands + [line for line in lines if ESCAPED.search(line)]


def hostile(folder: Path) -> Path:
    """Copy the quickstart, with hostile text wherever a manifest or live may hold some."""
    place = quickstart(folder)
    text = json.dumps(HOSTILE)
    certification = {
        "apiVersion": "trueup/v1",
        "kind": "Certification",
        "metadata": {"externalId": HOSTILE},
        "spec": {"certificateNumber": HOSTILE, "standard": {"code": "EPD"}, "reportingBody": HOSTILE},
    }
    (place / "certifications" / "hostile.yaml").write_text(json.dumps(certification))
    (place / "certifications" / "other.yaml").write_text(f"apiVersion: trueup/v1\nkind: {text}\n")
    for file in (place / "connectors").glob("*.yaml"):
        file.write_text(re.sub(r"(?m)^(  name:) .*$", lambda found: f"{found[1]} {text}", file.read_text()))
    live = place / "live.yaml"
    live.write_text(re.sub(r"(?m)^(    name:) .*$", lambda found: f"{found[1]} {text}", live.read_text()))
    return place


@pytest.mark.parametrize("form", ["text", "json", "markdown"])
def test_hostile_text_acts_in_no_command(tmp_path: Path, form: str) -> None:
    place = hostile(tmp_path)
    for words in COMMANDS:
        given = (*words, "--format", form, "--keep-going") if words[0] in KEEP_GOING else (*words, "--format", form)
        done = trueup(*given, cwd=place, env=RUNNER)
        assert acts(done) == [], words
        assert "fault of trueup" not in done.out + done.err, done
        if form == "json" and done.out.startswith("{"):
            json.loads(done.out)


@pytest.mark.parametrize("env", [RUNNER, {"GITHUB_ACTIONS": ""}], ids=["runner", "elsewhere"])
def test_a_hostile_identity_on_record_acts_in_no_command(
    tmp_path: Path, env: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    place = quickstart(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "home"))
    assert trueup("apply", "--yes", cwd=place).status in {0, 3, 5}
    name = Identity(target="origin", kind=Kind.CERTIFICATION, field=IdField.EXTERNAL_ID, value=f"{HOSTILE}\nforged")
    killed = FileJournal(ProjectState(place).journals)
    killed.begin(Plan(resources=(), digest=f"sha256:{'0' * 64}", forecast=Forecast(requests=0, seconds=0)))
    killed.intent(Intent(identity=name, actions=(SetValue("url", HOSTILE),), remote_id=HOSTILE, version=None))
    for words in (("plan",), ("apply", "--yes"), ("runs",), ("runs", "show", killed.id, "--verbose")):
        for form in ("text", "json", "markdown"):
            done = trueup(*words, "--format", form, cwd=place, env=env)
            shown = done.out + done.err
            assert "forged" in shown, done
            assert not re.search(r"(?m)^\s*forged", shown), done
            assert [line for line in acts(done) if env["GITHUB_ACTIONS"] or ESCAPED.search(line)] == [], done
