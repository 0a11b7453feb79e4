"""A plan is bound to where and against what it was made, however it is handed over."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from acceptance.commands import Done, quickstart, served, trueup
from acceptance.test_moved_targets import CONNECTOR, EU, ORIGIN, SECRETS, House, not_read, recorder
from forging import sealed
from repositories import Work, git, new_repository

pytestmark = [pytest.mark.process, pytest.mark.slow]

FOREIGN = "platform: connect, apiUrl: 'https://gw.evil.example', authUrl: 'https://gw.evil.example', projectKey: acme"
SANDBOX = "platform: connect, sandbox: true"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with recorder() as home, recorder() as evil:
        found = House(new_repository(tmp_path / "estate"), home, evil)
        found.work.put({".gitignore": ".trueup/\nplan.json\n", "connector.yaml": CONNECTOR.replace("NAME", "eu")})
        yield found


def head(work: Work) -> str:
    return git(work.root, "rev-parse", "HEAD").strip()


def plan_of(house: House, *words: str) -> dict[str, Any]:
    assert house.run("plan", "--out", "plan.json", *words).status == 0
    found: dict[str, Any] = json.loads((house.work.root / "plan.json").read_text())
    return found


def apply(house: House, *words: str) -> Done:
    return house.run(*("apply", "--plan", "plan.json", "--yes", "--format", "json"), *words, HTTPS_PROXY=house.evil.url)


def forged(house: House) -> None:
    """Commit a target at a foreign host, with a plan for it that says to be compared with that very commit."""
    house.project(eu=SANDBOX)
    house.work.commit()
    plan = plan_of(house, "--base", "HEAD")
    house.project(eu=FOREIGN)
    house.work.commit()
    place = {"platform": "connect", "address": "https://gw.evil.example", "authUrl": "https://gw.evil.example"}
    plan["targets"] = {"eu": {**place, "projectKey": "acme"}}
    plan["base"]["commit"] = head(house.work)
    (house.work.root / "plan.json").write_text(json.dumps(sealed(plan)))


def test_the_base_that_a_plan_names_lets_no_credentials_go_to_a_foreign_host(house: House) -> None:
    forged(house)
    done = apply(house)
    assert (done.status, house.evil.requests) == (3, [])
    assert {problem["code"] for problem in done.document["diagnostics"]} == {"foreign-host"}
    assert "export TRUEUP_ALLOW_HOSTS=gw.evil.example" in done.out


def test_a_base_that_the_command_names_is_the_one_that_counts(house: House) -> None:
    forged(house)
    done = apply(house, "--base", "HEAD~1")
    assert (done.status, house.evil.requests) == (4, [])
    assert "--base names HEAD~1" in done.document["error"]["message"]
    apply(house, "--base", "HEAD")
    assert {request.split()[1] for request in house.evil.requests} == {"gw.evil.example:443"}


def test_a_plan_without_a_base_is_not_one_that_was_compared(house: House) -> None:
    house.project(eu=SANDBOX)
    house.work.commit()
    plan_of(house)
    done = apply(house, "--base", "HEAD")
    assert done.status == 4
    assert "The plan was made without a base" in done.document["error"]["message"]


@pytest.mark.parametrize("words", [(), ("--base", "HEAD")])
def test_a_plan_with_a_base_is_applied(house: House, words: tuple[str, ...]) -> None:
    house.project(eu=SANDBOX)
    house.work.commit()
    digest = plan_of(house, "--base", "HEAD")["digest"]
    done = apply(house, "--digest", digest, *words)
    assert done.status == 0, done.out + done.err
    assert [outcome["status"] for outcome in done.document["outcomes"]] == ["applied"]
    assert done.document["plan"]["base"]["commit"] == head(house.work)


def test_a_folder_that_became_a_link_does_not_make_another_project_the_known_one(house: House) -> None:
    root = house.work.root
    (root / "connector.yaml").unlink()
    for folder, eu in (("prod", EU), ("dev", EU.replace("HOME", "EVIL"))):
        house.work.put({f"{folder}/connector.yaml": CONNECTOR.replace("NAME", "eu")})
        house.project(file=f"{folder}/trueup.yaml", eu=eu, origin=ORIGIN)
    house.work.commit()
    shutil.rmtree(root / "prod")
    (root / "prod").symlink_to("dev")
    for words in (("--project", "prod/trueup.yaml"), ("prod",)):
        done = house.run("plan", "--base", "HEAD", "--format", "json", *words)
        assert not_read(done) == {"tax"}
        assert house.evil.requests == house.home.requests == []
    house.work.commit()
    house.run("plan", "--base", "HEAD", "--project", "prod/trueup.yaml")
    assert len(house.evil.requests) > 0, "who accepted the link has accepted where it leads"


NOTICES = {
    "new file": "The target eu is new since the base. It leads to HOME (project acme), with tokens from HOME.",
    "new": "The target eu is new since the base. It leads to HOME (project acme), with tokens from HOME.",
    "moved": "The target eu leads to HOME (project acme), with tokens from HOME. In the base, it led to EVIL (project "
    "acme), with tokens from EVIL.",
    "other": "The target eu is defined differently than in the base. It still leads to HOME (project acme), with "
    "tokens from HOME.",
}
THEN = {"new": {"us": EU}, "moved": {"eu": EU.replace("HOME", "EVIL")}, "other": {"eu": f"{EU}, scope: 'all'"}}


@pytest.mark.parametrize("case", NOTICES)
@pytest.mark.parametrize("words", [("plan",), ("preview",), ("apply", "--yes")], ids=" ".join)
def test_a_target_that_is_new_or_moved_is_said_first(house: House, case: str, words: tuple[str, ...]) -> None:
    if case in THEN:
        house.project(**THEN[case])
    house.work.commit()
    house.project(eu=EU)
    notice = NOTICES[case].replace("HOME", house.home.url).replace("EVIL", house.evil.url)
    text = house.run(*words, "--base", "HEAD").out
    assert " ".join(text.split()).startswith(notice)
    markdown = house.run(*words, "--base", "HEAD", "--format", "markdown").out
    assert f"> **{notice}**" in markdown.replace("&#8203;", "")
    (moved,) = house.run(*words, "--base", "HEAD", "--format", "json").document["plan"]["movedTargets"]
    place = {"platform": "connect", "address": house.home.url, "authUrl": house.home.url, "projectKey": "acme"}
    others = {"moved": {**place, "address": house.evil.url, "authUrl": house.evil.url}, "other": place}
    assert moved == {"target": "eu", "then": others.get(case), "now": place}
    assert house.evil.requests == house.home.requests == []


ACTION = {
    "GITHUB_REPOSITORY": "acme/estate",
    "GITHUB_SERVER_URL": "https://github.example",
    "GITHUB_EVENT_NAME": "push",
    "GITHUB_RUN_ID": "7",
}


class Action:
    """The action's steps begin and run in a project, as action.yml runs them."""

    def __init__(self, place: Path, folder: Path, env: dict[str, str]) -> None:
        self._place, self._folder, self._env = place, folder, env

    def run(self, **inputs: str) -> dict[str, str]:
        """Return the outputs."""
        output, summary = self._folder / "output", self._folder / "summary"
        output.write_text("")
        summary.write_text("")
        given = {f"TRUEUP_INPUT_{name.upper()}": value for name, value in inputs.items()}
        files = {"GITHUB_OUTPUT": str(output), "GITHUB_STEP_SUMMARY": str(summary), "RUNNER_TEMP": str(self._folder)}
        env = {**self._env, **ACTION, **files}
        begun = trueup("github", "begin", cwd=self._place, env={**env, **given})
        env["TRUEUP_FOLDER"] = outputs_of(output.read_text()).get("folder", "")
        done = trueup("github", "run", cwd=self._place, env=env)
        self.text = begun.out + begun.err + done.out + done.err
        self.summary = summary.read_text().replace("&#8203;", "")
        return outputs_of(output.read_text())


def outputs_of(text: str) -> dict[str, str]:
    """Read the file of outputs, in both of its forms."""
    found, lines = {}, iter(text.splitlines())
    for line in lines:
        name, heredoc, end = line.partition("<<")
        if heredoc and "=" not in name:
            found[name] = "\n".join(iter(lines.__next__, end))
        else:
            name, _, found[name] = line.partition("=")
    return found


def test_the_action_says_new_targets_in_its_summary_and_page(house: House, tmp_path: Path) -> None:
    house.work.commit()
    house.project(eu=EU)
    action = Action(house.work.root, tmp_path, SECRETS)
    outputs = action.run(command="plan", base="HEAD")
    notice = NOTICES["new"].replace("HOME", house.home.url)
    assert notice in action.summary
    assert notice in Path(outputs["report-path"]).read_text()
    assert action.summary.index(notice) < action.summary.index("not read")
    assert outputs["failure-reason"] == "plan-failed"
    assert house.home.requests == []


def test_the_action_applies_only_the_digest_and_only_where_it_was_shown(tmp_path: Path) -> None:
    place = quickstart(tmp_path)
    text = "apiVersion: trueup/v1\nkind: Project\nmanifests: [connectors/tax.yaml]\ntargets:\n"
    target = "  connect-eu: {{platform: connect, apiUrl: '{0}', authUrl: '{0}'}}\n"
    env = {"CTP_CLIENT_ID": "id", "CTP_CLIENT_SECRET": "secret"}
    with served("--seed", "live.yaml", cwd=place) as one, served("--seed", "live.yaml", cwd=place) as other:
        (place / "trueup.yaml").write_text(text + target.format(one))
        action = Action(place, tmp_path, env)
        shown = action.run(command="plan")
        assert shown["digest"] in action.summary
        wrong = f"sha256:{'0' * 64}"
        for way in ("approved", "plan"):
            told = action.run(command="apply", digest=wrong, **{way: shown["plan-path"]})
            assert (told["failure-reason"], told["exit-code"]) == ("plan-changed", "4"), action.text
            assert wrong in action.text
        (place / "trueup.yaml").write_text(text + target.format(other))
        for way, reason in (("approved", "unapproved"), ("plan", "plan-changed")):
            told = action.run(command="apply", digest=shown["digest"], **{way: shown["plan-path"]})
            assert (told["failure-reason"], told["exit-code"]) == (reason, "4"), action.text
            assert f"it leads to {other}" in " ".join(action.text.split())
        (place / "trueup.yaml").write_text(text + target.format(one))
        told = action.run(command="apply", digest=shown["digest"], approved=shown["plan-path"])
        assert int(told["applied"]) > 0
