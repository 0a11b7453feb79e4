import json
from collections import Counter
from pathlib import Path

import pytest

from acceptance.commands import Done, quickstart, served, trueup

pytestmark = pytest.mark.process

CREDENTIALS = {"CTP_CLIENT_ID": "me", "CTP_CLIENT_SECRET": "mine", "ORIGIN_ACCESS_TOKEN": "origin"}

SERVED = """\
apiVersion: trueup/v1
kind: Project
manifests: ["connectors/**/*.yaml", "certifications/**/*.yaml"]
targets:
  connect-eu: {{platform: connect, apiUrl: "{url}", authUrl: "{url}"}}
  origin: {{platform: origin, baseUrl: "{url}/equinox"}}
"""


def verdicts(done: Done) -> Counter[str]:
    return Counter(resource["verdict"] for resource in done.document["plan"]["resources"])


def actions(done: Done) -> int:
    held = {"blocked", "deferred"}
    return sum(len(r["actions"]) for r in done.document["plan"]["resources"] if r["verdict"] not in held)


def planned_actions(done: Done) -> list[object]:
    return [[step["action"] for step in resource["actions"]] for resource in done.document["plan"]["resources"]]


@pytest.mark.slow
def test_the_blocked_example_gives_status_3_each_time_and_the_rest_is_applied(tmp_path: Path) -> None:
    quickstart(tmp_path)
    chosen = ("quickstart", "--sandbox", "--format", "json")
    first = trueup("plan", *chosen, cwd=tmp_path)
    applied = trueup("apply", *chosen, "--yes", cwd=tmp_path)
    again = trueup("plan", *chosen, "--detailed-exitcode", cwd=tmp_path)
    assert (first.status, applied.status, again.status) == (3, 3, 3)
    assert {"create", "update", "unchanged", "blocked"} == set(verdicts(first))
    assert set(verdicts(again)) == {"unchanged", "blocked"}
    assert actions(first) > 0
    assert actions(again) == 0


def test_without_the_blocked_example_every_status_is_0(tmp_path: Path) -> None:
    quickstart(tmp_path)
    chosen = ("quickstart", "--sandbox", "--format", "json", "--select", "demo=ok")
    first = trueup("plan", *chosen, cwd=tmp_path)
    applied = trueup("apply", *chosen, "--yes", cwd=tmp_path)
    again = trueup("plan", *chosen, "--detailed-exitcode", cwd=tmp_path)
    assert (first.status, applied.status, again.status) == (0, 0, 0)
    assert {o["status"] for o in applied.document["outcomes"]} == {"applied", "unchanged"}
    assert actions(again) == 0


def test_pending_changes_give_status_2_when_asked(tmp_path: Path) -> None:
    quickstart(tmp_path)
    done = trueup("plan", "quickstart", "--select", "demo=ok", "--detailed-exitcode", cwd=tmp_path)
    assert done.status == 2, done.err


@pytest.mark.slow
def test_two_commands_bring_a_new_tag_into_running_code(tmp_path: Path) -> None:
    place = quickstart(tmp_path)
    assert trueup("set", "acme-search", "spec.repository.tag=2.11", cwd=place).status == 0
    applied = trueup("apply", "--yes", "--select", "demo=ok", cwd=place)
    assert applied.status == 0, applied.out + applied.err
    done = trueup("status", "--format", "json", "--select", "demo=ok", cwd=place)
    assert done.status == 0, done.out + done.err
    running = {
        resource["identity"]["value"]: (resource["live"]["state"], resource["live"]["tag"])
        for resource in done.document["status"]["resources"]
        if resource["identity"]["kind"] == "Deployment"
    }
    assert running == dict.fromkeys(("acme-search-live", "acme-search-staging"), ("Deployed", "2.11"))


@pytest.mark.slow
def test_the_served_sandbox_gives_the_same_as_the_embedded_one(tmp_path: Path) -> None:
    place = quickstart(tmp_path)
    # The deployments belong to a project, and the served sandbox knows another one.
    embedded = trueup("plan", "--format", "json", "connectors", "certifications", cwd=place)
    with served("--seed", "live.yaml", cwd=place) as url:
        (place / "trueup.yaml").write_text(SERVED.format(url=url))
        first = trueup("plan", "--format", "json", cwd=place, env=CREDENTIALS)
        applied = trueup("apply", "--yes", cwd=place, env=CREDENTIALS)
        again = trueup("plan", "--detailed-exitcode", "--format", "json", cwd=place, env=CREDENTIALS)
        ok = trueup("plan", "--detailed-exitcode", "--select", "demo=ok", cwd=place, env=CREDENTIALS)
    assert (first.status, applied.status, again.status, ok.status) == (3, 3, 3, 0), applied.err
    assert planned_actions(first) == planned_actions(embedded)
    assert first.document["plan"]["digest"] != embedded.document["plan"]["digest"]  # it names another place
    assert "not changed: connect-eu 1.\n\n  ~ Connector acme-mail  applied" in applied.out
    assert actions(again) == 0


def test_the_demo_tells_its_story_and_ends_well(tmp_path: Path) -> None:
    done = trueup("demo", cwd=tmp_path)
    assert done.status == 0, done.out + done.err
    assert "to create" in done.out
    assert "blocked" in done.out
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_the_demo_keeps_its_files_where_asked(tmp_path: Path) -> None:
    assert trueup("demo", "--keep", "mine", cwd=tmp_path).status == 0
    again = trueup("plan", "--select", "demo=ok", "--detailed-exitcode", cwd=tmp_path / "mine")
    assert again.status == 0, again.out
    assert trueup("demo", "--keep", "mine", cwd=tmp_path).status == 64


def test_a_manifest_on_standard_input_is_planned(tmp_path: Path) -> None:
    place = quickstart(tmp_path)
    text = (place / "connectors" / "psp.yaml").read_text()
    done = trueup("plan", "-", "--format", "json", cwd=place, stdin=text)
    assert done.status == 0, done.err
    assert len(done.document["plan"]["resources"]) == text.count("kind: Connector")


def test_json_as_json_writes_it_is_read_from_standard_input_and_from_a_file(tmp_path: Path) -> None:
    place = quickstart(tmp_path)
    name = "Emoji \U0001f600 \u2028"
    spec = {
        "name": name,
        "repository": {"url": "git@github.com:acme/emoji.git", "tag": "v1"},
        "creator": {"email": "dev@acme.example"},
    }
    manifest = {"apiVersion": "trueup/v1", "kind": "Connector", "metadata": {"key": "emoji"}, "spec": spec}
    text = json.dumps(manifest)
    assert "\\ud83d\\ude00" in text
    piped = trueup("plan", "-", "--format", "json", cwd=place, stdin=text)
    assert piped.status == 0, piped.err
    (place / "emoji.json").write_text(text)
    filed = trueup("plan", "emoji.json", "--format", "json", cwd=place)
    for done in (piped, filed):
        assert name in json.dumps(done.document["plan"]["resources"], ensure_ascii=False)


def test_apply_without_a_terminal_asks_for_yes_and_sends_nothing(tmp_path: Path) -> None:
    place = quickstart(tmp_path)
    done = trueup("apply", cwd=place)
    assert done.status == 64
    assert "--yes" in done.err
    assert not (place / ".trueup").exists()
