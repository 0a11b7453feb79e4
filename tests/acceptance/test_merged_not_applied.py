"""Plan, drift, adopt and apply with records of what was applied: a merge that waits is neither drift nor a conflict."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from acceptance.commands import Done, trueup
from forging import sealed
from repositories import Work, git, new_repository

pytestmark = [pytest.mark.process, pytest.mark.slow]

PROJECT = """\
apiVersion: trueup/v1
kind: Project
targets:
  eu: {platform: connect, sandbox: true}
  us: {platform: connect, sandbox: true}
"""


def connector(tag: str, *, name: str = "Acme Tax", key: str = "acme-tax", target: str = "eu") -> str:
    return (
        "apiVersion: trueup/v1\n"
        "kind: Connector\n"
        f"metadata: {{key: {key}, target: {target}}}\n"
        "spec:\n"
        f"  name: {name}\n"
        "  creator: {email: dev@acme.example}\n"
        f"  repository: {{url: 'git@github.com:acme/tax.git', tag: {tag}}}\n"
    )


@dataclass(frozen=True)
class Team:
    """A repository whose manifests are applied to the embedded sandbox, and its records."""

    work: Work

    def merge(self, text: str, file: str = "tax.yaml") -> str:
        return self.work.commit({file: text})

    def foreign(self, text: str, file: str = "tax.yaml") -> None:
        """Change live as someone else would: apply another manifest, and put ours back."""
        ours = (self.work.root / file).read_text()
        self.work.put({file: text})
        assert trueup("apply", "--yes", file, cwd=self.work.root).status == 0
        self.work.put({file: ours})

    def records(self, settled: str, *attempts: str, target: str = "eu", pulls: Mapping[str, int] | None = None) -> None:
        file = self.work.root / ".trueup" / "records.json"
        known: Any = json.loads(file.read_text()) if file.exists() else {"formatVersion": 1, "targets": {}, "pulls": {}}
        known["targets"][target] = {"settled": settled, "attempts": list(attempts), "left": [], "url": ""}
        for commit, number in (pulls or {}).items():
            known["pulls"][commit] = {"number": number, "url": f"https://github.example/acme/house/pull/{number}"}
        file.write_text(json.dumps(known))

    def run(self, command: str, *more: str) -> Done:
        return trueup(command, "--applied", ".trueup/records.json", *more, cwd=self.work.root)

    def document(self, command: str, *more: str) -> Any:
        done = self.run(command, *more, "--format", "json")
        assert done.document["error"] is None, done.out
        return done.document

    def causes(self, *more: str) -> dict[str, list[str]]:
        resources = self.document("plan", *more)["plan"]["resources"]
        return {r["identity"]["value"]: [a["cause"] for a in r["actions"]] for r in resources if r["actions"]}

    def fates(self, *more: str) -> dict[str, str]:
        return {r["identity"]["value"]: r["fate"] for r in self.document("drift", *more)["drift"]["resources"]}


@pytest.fixture
def team(tmp_path: Path) -> Team:
    """Commit a project, apply it, and record that."""
    team = Team(new_repository(tmp_path / "house"))
    first = team.work.commit({"trueup.yaml": PROJECT, "tax.yaml": connector("v1"), ".gitignore": ".trueup/\n"})
    assert trueup("apply", "--yes", cwd=team.work.root).status == 0
    team.records(first)
    return team


def test_a_merge_that_is_not_applied_is_no_drift(team: Team) -> None:
    merged = team.merge(connector("v2"))
    first = json.loads((team.work.root / ".trueup" / "records.json").read_text())["targets"]["eu"]["settled"]
    team.records(first, pulls={merged: 12})
    assert team.run("drift", "--detailed-exitcode").status == 0
    drift = team.document("drift")["drift"]
    assert [(r["fate"], len(r["changes"]), len(r["pending"])) for r in drift["resources"]] == [("pending", 0, 1)]
    (waiting,) = drift["pending"]
    assert (waiting["commit"], waiting["pull"]) == (merged, 12)
    assert team.causes() == {"acme-tax": ["merged, not yet applied"]}
    shown = team.run("plan").out
    assert f"merged: with commit {merged[:12]} of pull request 12, not yet applied" in shown
    assert "Merged, not yet applied\n" in shown
    without = trueup("drift", "--detailed-exitcode", cwd=team.work.root)
    assert (without.status, "v2 -> v1" in without.out) == (2, True)


def test_a_foreign_edit_is_drift_beside_a_merge_that_waits(team: Team) -> None:
    team.foreign(connector("v1", name="Their Tax"))
    team.merge(connector("v2"))
    drift = team.document("drift")["drift"]
    (resource,) = drift["resources"]
    assert (resource["fate"], [c["action"]["path"] for c in resource["changes"]]) == ("changed", ["name"])
    assert [p["action"]["path"] for p in resource["pending"]] == ["repository"]
    assert team.run("drift", "--detailed-exitcode").status == 2


def test_a_pull_request_on_top_of_it_is_no_conflict(team: Team) -> None:
    team.merge(connector("v2"))
    git(team.work.root, "checkout", "--quiet", "-b", "topic")
    team.merge(connector("v3", name="My Tax"))
    based = ("--base", "main")
    assert team.causes(*based) == {"acme-tax": ["your change", "your change"]}
    assert team.fates(*based) == {"acme-tax": "same"}
    conflict = trueup("plan", *based, "--format", "json", cwd=team.work.root).document["plan"]
    assert [a["cause"] for a in conflict["resources"][0]["actions"]] == ["your change", "both"]
    done = team.run("apply", *based, "--yes")
    assert done.status == 0, done.out


def test_a_foreign_edit_of_what_was_merged_is_held_back(team: Team) -> None:
    team.foreign(connector("v9"))
    team.merge(connector("v2"))
    assert team.causes() == {"acme-tax": ["both"]}
    done = team.run("apply", "--yes")
    assert done.status == 3
    assert "Since what was applied, repository changed both in the manifest and live." in " ".join(done.out.split())
    assert team.run("apply", "--yes", "--on-conflict", "overwrite").status == 0
    assert trueup("plan", "--detailed-exitcode", cwd=team.work.root).status == 0


def test_a_crash_between_write_and_record(team: Team) -> None:
    first = git(team.work.root, "rev-parse", "HEAD")
    team.merge(connector("v2"))
    second = team.merge(connector("v2", key="acme-psp"), "psp.yaml")
    # An apply that dies after its first write leaves the same: one of two resources is as the commit wants it.
    assert trueup("apply", "--yes", "tax.yaml", cwd=team.work.root).status == 0
    team.records(first, second)
    assert team.fates() == {"acme-tax": "same", "acme-psp": "pending"}
    assert team.run("drift", "--detailed-exitcode").status == 0
    team.merge(connector("v3"))
    assert team.fates() == {"acme-tax": "pending", "acme-psp": "pending"}
    team.foreign(connector("v9"))
    assert team.fates()["acme-tax"] == "changed"


def test_rewritten_history_is_not_known(team: Team) -> None:
    applied = team.merge(connector("v2"))
    team.records(applied)
    git(team.work.root, "reset", "--quiet", "--hard", "HEAD~1")
    rewritten = team.merge(connector("v3"))
    assert rewritten != applied
    done = team.run("drift", "--format", "json")
    assert [(d["code"], d["severity"]) for d in done.document["diagnostics"]] == [("record-not-here", "warning")]
    assert done.document["drift"]["unrecorded"] == ["eu"]
    assert "Not known what was applied: eu." in team.run("plan").out


def test_adopt_leaves_it(team: Team) -> None:
    team.merge(connector("v2"))
    done = team.run("adopt")
    assert done.status == 0
    assert "merged, not yet applied: nothing to adopt." in done.out
    (adopted,) = team.document("adopt")["adopted"]
    assert (adopted["taken"], adopted["reason"]) == ([], "merged, not yet applied: nothing to adopt.")
    assert git(team.work.root, "status", "--porcelain") == ""
    assert trueup("adopt", cwd=team.work.root).status == 0
    assert git(team.work.root, "status", "--porcelain") != ""


def test_two_targets_with_different_records(team: Team) -> None:
    both = connector("v1") + "---\n" + connector("v1", target="us")
    first = team.merge(both)
    assert trueup("apply", "--yes", cwd=team.work.root).status == 0
    second = team.merge(both.replace("tag: v1", "tag: v2"))
    assert trueup("apply", "--yes", "--target", "us", cwd=team.work.root).status == 0
    team.records(first)
    team.records(second, target="us")
    fates = {(r["identity"]["target"], r["fate"]) for r in team.document("drift")["drift"]["resources"]}
    assert fates == {("eu", "pending"), ("us", "same")}


def test_a_saved_plan_with_records_needs_records_to_be_applied(team: Team) -> None:
    team.merge(connector("v2"))
    assert team.run("plan", "--out", ".trueup/plan.json").status == 0
    saved = ("apply", "--plan", ".trueup/plan.json", "--yes")
    without = trueup(*saved, cwd=team.work.root)
    assert (without.status, "made with records" in without.err) == (4, True)
    assert trueup(*saved, "--applied", ".trueup/records.json", cwd=team.work.root).status == 0


def test_a_cause_in_a_saved_plan_does_not_lift_a_conflict(team: Team) -> None:
    team.foreign(connector("v9"))
    team.merge(connector("v2"))
    plan = team.work.root / ".trueup" / "plan.json"
    assert team.run("plan", "--out", str(plan)).status == 0
    forged = json.loads(plan.read_text())
    forged["resources"][0]["actions"][0]["cause"] = "merged, not yet applied"
    plan.write_text(json.dumps(sealed(forged)))
    done = team.run("apply", "--plan", str(plan), "--yes", "--format", "json")
    assert (done.status, [o["status"] for o in done.document["outcomes"]]) == (3, ["blocked"])


def test_a_preview_pretends_that_live_is_what_was_applied(team: Team) -> None:
    team.merge(connector("v2"))
    git(team.work.root, "checkout", "--quiet", "-b", "topic")
    team.merge(connector("v2", name="My Tax"))
    shown = team.run("preview", "--base", "main").out
    assert "your change" in shown
    assert "this is what would be done if live matched what was applied." in shown
    resources = team.document("preview", "--base", "main")["plan"]["resources"]
    assert [a["cause"] for a in resources[0]["actions"]] == ["your change", "merged, not yet applied"]


def test_a_blocked_resource_says_whether_the_pull_request_touched_it(team: Team) -> None:
    blocked = "apiVersion: trueup/v1\nkind: Connector\nmetadata: {{key: {}, target: eu}}\nspec: {{name: Acme}}\n"
    team.merge(blocked.format("acme-erp"), "erp.yaml")
    git(team.work.root, "checkout", "--quiet", "-b", "topic")
    team.merge(blocked.format("acme-psp"), "psp.yaml")
    plan = trueup("plan", "--base", "main", "--format", "json", cwd=team.work.root).document["plan"]
    told = {r["identity"]["value"]: (r["verdict"], r.get("touched")) for r in plan["resources"]}
    assert told == {"acme-erp": ("blocked", False), "acme-psp": ("blocked", True), "acme-tax": ("unchanged", None)}


@pytest.mark.parametrize(
    ("content", "place", "words"),
    [
        ("{", ".trueup/records.json:1:2", "error[records-format]: The file is not a file of records: "),
        ('{"formatVersion": 1}', ".trueup/records.json:1:1", "pulls is missing"),
        (
            '{"formatVersion": 9}',
            ".trueup/records.json:1:1",
            "it has format version 9, and this trueup reads version 1",
        ),
    ],
)
def test_a_file_that_holds_no_records_is_refused(team: Team, content: str, place: str, words: str) -> None:
    (team.work.root / ".trueup" / "records.json").write_text(content)
    for command in (("plan",), ("drift",), ("adopt",), ("apply", "--yes"), ("preview", "--base", "HEAD")):
        done = team.run(*command)
        assert (done.status, "Traceback" in done.err) == (3, False)
        assert place in done.err
        assert words in " ".join(done.err.split())


def test_a_file_that_is_not_there_is_wrong_usage(team: Team) -> None:
    done = trueup("plan", "--applied", "nowhere.json", cwd=team.work.root)
    assert (done.status, "The records nowhere.json cannot be read: No such file or directory." in done.err) == (
        64,
        True,
    )
