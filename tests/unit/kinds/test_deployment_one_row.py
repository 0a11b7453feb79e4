"""A new field of deployments is one row of the field table: a copy of the program with that row does all of it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

pytestmark = [pytest.mark.process, pytest.mark.slow]

PACKAGE: Final = Path(__file__).parents[3] / "src" / "trueup"
MEMBER: Final = '    _named(f"{APPLICATIONS}.*.memory", _VALUE, key=("applicationName",)),\n'
OWN: Final = '    ScalarField(path="note"),\n'
SCRIPT: Final = """\
from trueup.diff.diff import diff
from trueup.diff.simulate import simulate
from trueup.kinds.registry import KINDS
from trueup.model.identity import Identity, IdField, Kind

KIND = KINDS[Kind.DEPLOYMENT]
SPEC = {
    "connector": {"key": "acme-tax"}, "region": "europe-west1.gcp", "note": "new",
    "applications": {"calculator": {"memory": "2Gi", "standardConfiguration": {"RATE_TABLE": "eu"}}},
}
identity = Identity("shop", Kind.DEPLOYMENT, IdField.KEY, "acme-tax-live")
desired = KIND.desired(SPEC)
body = KIND.payloads.create(identity, "", desired)
assert body["note"] == "new", body
(sent,) = body["configurations"]
assert sent["memory"] == "2Gi", sent

def live(note, memory, table):
    return KIND.observe({
        "id": "1", "version": 1, "key": "acme-tax-live", "connector": {"id": "c", "key": "acme-tax"},
        "deployedRegion": "europe-west1.gcp", "status": "Deployed", "note": note,
        "applications": [{"applicationName": "calculator", "memory": memory,
                          "standardConfiguration": [{"key": "RATE_TABLE", "value": table}]}],
    }).fields

assert not diff(KIND.fields, desired, live("new", "2Gi", "eu")).changes
before = live("old", "1Gi", "eu")
actions = [change.action for change in diff(KIND.fields, desired, before).changes]
(redeploy,) = KIND.payloads.update(identity, "", actions)
empty = {"standardConfiguration": [], "securedConfiguration": []}
wanted = {"applicationName": "calculator", **empty, "memory": "2Gi"}
assert redeploy == {"action": "redeploy", "note": "new", "configurationValues": [wanted]}, redeploy
assert simulate(KIND.fields, actions, before) == live("new", "2Gi", "eu")

actions = [change.action for change in diff(KIND.fields, desired, live("new", "2Gi", "us")).changes]
((repeated),) = KIND.repeats(desired, live("new", "2Gi", "us"), actions)
assert (repeated.path, repeated.key) == ("applications.memory", ("calculator",)), repeated
"""


def ran(folder: Path, *rows: str) -> str:
    """Run the script with a copy of the program that has these rows; return what it says on standard error."""
    shutil.copytree(PACKAGE, folder / "trueup", ignore=shutil.ignore_patterns("__pycache__"))
    table = folder / "trueup" / "kinds" / "deployment" / "fields.py"
    before, end, after = table.read_text("utf-8").partition("    ScalarField(path=REGION, fixed=True),\n")
    table.write_text(f"{before}{end}{''.join(rows)}{after}", "utf-8")
    (folder / "script.py").write_text(SCRIPT)
    environment = {**os.environ, "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, "script.py"], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    return done.stderr


def test_a_row_is_read_sent_compared_simulated_and_repeated(tmp_path: Path) -> None:
    assert ran(tmp_path, MEMBER, OWN) == ""


@pytest.mark.parametrize("rows", [(MEMBER,), (OWN,)])
def test_without_the_row_the_script_fails(tmp_path: Path, rows: tuple[str, ...]) -> None:
    assert "Error" in ran(tmp_path, *rows)
