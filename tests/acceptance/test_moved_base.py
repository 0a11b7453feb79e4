"""Move or break what a base is read from: nothing that it protected is deleted, and nothing is made up."""

import json
from pathlib import Path

import pytest

from acceptance.commands import Done, trueup
from repositories import Work, git, new_repository

pytestmark = [pytest.mark.process, pytest.mark.slow]

PROJECT = """\
apiVersion: trueup/v1
kind: Project
targets: {eu: {platform: connect, sandbox: true}}
"""
TAX = """\
apiVersion: trueup/v1
kind: Connector
metadata: {key: acme-tax}
spec:
  name: Acme Tax
  creator: {email: dev@acme.example}
  repository: {url: "git@github.com:acme/tax.git", tag: v1.0.0}
"""
GUARDED = f"{TAX}lifecycle: {{protect: true}}\n"
STONE = """\
apiVersion: trueup/v1
kind: Connector
metadata: {key: acme-tax}
lifecycle: {state: absent, reason: Sold.}
"""


@pytest.fixture
def house(tmp_path: Path) -> Work:
    """Commit a project below the top folder after having applied it."""
    work = new_repository(tmp_path / "house")
    work.commit({"infra/trueup.yaml": PROJECT, "infra/tax.yaml": GUARDED, ".gitignore": ".trueup/\n"})
    assert trueup("apply", "--yes", cwd=work.root / "infra").status == 0
    return work


def findings(done: Done) -> list[str]:
    (resource,) = done.document["plan"]["resources"]
    return [found["code"] for found in resource["findings"]]


def test_a_protected_connector_of_a_project_that_moved_is_not_deleted(house: Work) -> None:
    (house.root / "infra").rename(house.root / "deploy")
    house.put({"deploy/tax.yaml": STONE})
    run = ("apply", "--yes", "--allow-delete", "1", "--base", "HEAD", "--format", "json")
    done = trueup(*run, "--allow-unknown", "acme-tax", cwd=house.root / "deploy")
    assert (done.status, findings(done)) == (3, ["deletes", "protected"])


def test_what_a_base_does_not_tell_is_protected_until_it_is_allowed_by_name(house: Work) -> None:
    house.commit({"infra/tax.yaml": f"{GUARDED}  nonsense: [\n"})
    house.put({"infra/tax.yaml": STONE})
    place = house.root / "infra"
    run = ("apply", "--yes", "--allow-delete", "1", "--base", "HEAD", "--format", "json")
    done = trueup(*run, cwd=place)
    assert (done.status, findings(done)) == (3, ["deletes", "protection-unknown"])
    assert "--allow-unknown acme-tax" in done.out
    assert [(d["code"], d["severity"]) for d in done.document["diagnostics"]] == [("base", "warning")]
    assert trueup(*run, "--allow-unknown", "acme-psp", cwd=place).status == 3

    made = ("plan", "--base", "HEAD", "--allow-unknown", "acme-tax", "--out", "plan.json")
    assert trueup(*made, cwd=place).status == 0
    saved = ("apply", "--plan", "plan.json", "--yes", "--allow-delete", "1", "--format", "json")
    assert trueup(*saved, cwd=place).status == 3, "what a plan's file allows is only its own word"
    done = trueup(*saved, "--allow-unknown", "acme-tax", cwd=place)
    assert [outcome["status"] for outcome in done.document["outcomes"]] == ["applied"]


def test_what_cannot_be_read_of_the_base_is_said_in_every_format_and_neither_new_nor_gone(house: Work) -> None:
    house.commit({"infra/tax.yaml": f"{GUARDED}  nonsense: [\n"})
    house.put({"infra/tax.yaml": TAX.replace("v1.0.0", "v2.0.0")})
    place = house.root / "infra"
    for command in ("preview", "drift", "plan"):
        for form in ("text", "json", "markdown"):
            done = trueup(command, "--base", "HEAD", "--format", form, cwd=place)
            said = json.dumps(done.document["diagnostics"]) if form == "json" else done.out + done.err
            assert (done.status, "HEAD:infra/tax.yaml" in said) == (0, True), (command, form)
    preview = trueup("preview", "--base", "HEAD", "--format", "json", cwd=place).document["plan"]
    assert ([r["verdict"] for r in preview["resources"]], preview["gone"]) == (["unreadable"], [])
    drift = trueup("drift", "--base", "HEAD", "--detailed-exitcode", "--format", "json", cwd=place)
    assert (drift.status, [r["fate"] for r in drift.document["drift"]["resources"]]) == (0, ["unknown"])
    (resource,) = trueup("plan", "--base", "HEAD", "--format", "json", cwd=place).document["plan"]["resources"]
    assert {action["cause"] for action in resource["actions"]} == {None}
    assert trueup("adopt", "--base", "HEAD", cwd=place).status == 0


def test_a_hook_in_a_linked_work_tree_and_a_rebase_see_the_base(house: Work, tmp_path: Path) -> None:
    git(house.root, "worktree", "add", "--quiet", str(tmp_path / "side"), "-b", "side")
    place = tmp_path / "side" / "infra"
    (place / "tax.yaml").write_text(STONE)
    kept = house.root / ".git" / "worktrees" / "side"
    exported = {"GIT_DIR": str(kept), "GIT_INDEX_FILE": str(kept / "index"), "GIT_PREFIX": "infra/"}
    for environ in ({}, exported, {**exported, "GIT_WORK_TREE": str(place)}):
        preview = trueup("preview", "--base", "HEAD", "--format", "json", cwd=place, env=environ).document["plan"][
            "resources"
        ]
        assert [found["code"] for found in preview[0]["findings"]] == ["deletes", "protected"]
