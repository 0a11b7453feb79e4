import re
from base64 import b64encode
from collections.abc import Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import quote

import pytest

from acceptance.commands import Done, quickstart, served, trueup
from acceptance.github_server import served_github
from acceptance.proxy import Answer, echoes_malformed, echoes_through_the_tunnel, proxying, refuses
from acceptance.test_quickstart import SERVED
from repositories import Work, new_repository
from unit.github.fake import GitHub

pytestmark = [pytest.mark.process, pytest.mark.slow]

CANARIES = {
    "CTP_CLIENT_ID": "canary-client-id-7f3a",
    "CTP_CLIENT_SECRET": "canary-client-secret-91bd",
    "ORIGIN_ACCESS_TOKEN": "canary-access-token-c04e",
}

TOKEN = "canary-github-token-55aa"

PROXY_USER, PROXY_PASSWORD = "canary-proxy-user-2b9d", "canary/proxy@password-e81c"

REMOTE = """\
apiVersion: trueup/v1
kind: Project
manifests: [connectors/*.yaml, certifications/*.yaml]
targets:
  connect-eu: {platform: connect, region: europe-west1.gcp}
  origin: {platform: origin}
"""

COMMANDS = (
    ("validate",),
    ("plan",),
    ("plan", "--verbose"),
    ("plan", "--debug", "--verbose"),
    ("apply", "--yes", "--debug"),
    ("drift", "--debug"),
    ("adopt", "--debug"),
    ("import", "--debug"),
    ("doctor", "--debug", "--verbose"),
    ("plan", "--target", "nowhere"),
    ("plan", "--no-such-option"),
)


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Path]:
    """Give the quickstart on a served sandbox whose database, log and state are files of the folder."""
    place = quickstart(tmp_path)
    with served("--seed", "live.yaml", "--state", str(tmp_path / "served.db"), cwd=place) as url:
        (place / "trueup.yaml").write_text(SERVED.format(url=url))
        yield place


@cache
def spelled() -> frozenset[str]:
    """Return every canary in every form in which a library or a platform could repeat it."""
    client = f"{CANARIES['CTP_CLIENT_ID']}:{CANARIES['CTP_CLIENT_SECRET']}"
    plain = (*CANARIES.values(), TOKEN, PROXY_USER, PROXY_PASSWORD, client, f"{PROXY_USER}:{PROXY_PASSWORD}")
    forms = {form for text in plain for form in (text, quote(text, safe=""), b64encode(text.encode()).decode())}
    return frozenset(forms)


def behind(proxy: str, secrets: Mapping[str, str] = CANARIES) -> dict[str, str]:
    """Return the environment of a job behind a proxy, with credentials for it and for the platforms."""
    url = f"http://{PROXY_USER}:{quote(PROXY_PASSWORD, safe='')}@{proxy}"
    names = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY")
    return {**secrets, **dict.fromkeys([*names, *map(str.lower, names)], url), "NO_PROXY": "", "no_proxy": ""}


def leaks(done: Done, folder: Path, *, posted: str = "", forms: Collection[str] = ()) -> list[str]:
    """Name every place in which a canary can be read: output, talk, and each file that a command may have written."""
    places = {"stdout": done.out.encode(), "stderr": done.err.encode(), "GitHub": posted.encode()}
    places |= {str(file): file.read_bytes() for file in folder.rglob("*") if file.is_file()}
    return [
        f"{name} holds {canary}"
        for name, text in places.items()
        for canary in forms or spelled()
        if canary.encode() in text
    ]


@pytest.mark.parametrize("form", ["text", "json", "markdown"])
def test_no_secret_is_in_any_output_log_or_file(project: Path, form: str) -> None:
    for arguments in COMMANDS:
        done = trueup(*arguments, "--format", form, cwd=project, env=CANARIES)
        assert leaks(done, project.parent) == [], arguments
        if "--debug" in arguments:
            assert ": HTTP 200 in " in done.err, arguments
            assert "credentials from CTP_CLIENT_ID and CTP_CLIENT_SECRET." in done.err, arguments


def test_no_secret_is_shown_when_the_platform_refuses_it(tmp_path: Path) -> None:
    place = quickstart(tmp_path)
    with served(cwd=place) as url:
        refused = SERVED.format(url=url).replace(f'authUrl: "{url}"', f'authUrl: "{url}/nowhere"')
        (place / "trueup.yaml").write_text(refused)
        for form in ("text", "json", "markdown"):
            done = trueup("plan", "--debug", "--format", form, cwd=place, env=CANARIES)
            assert done.status == 1
            assert leaks(done, tmp_path) == []


def test_no_secret_is_shown_when_nothing_listens(tmp_path: Path) -> None:
    cases: list[tuple[str, ...]] = [("plan", "--format", form) for form in ("text", "json")]
    cases += [("apply", "--yes", "--format", form) for form in ("text", "json")]

    def run(number: int) -> Done:
        place = quickstart(tmp_path / str(number))
        (place / "trueup.yaml").write_text(SERVED.format(url="http://127.0.0.1:9"))
        return trueup(*cases[number], cwd=place, env=CANARIES)

    # Each waits between its attempts, so all of them wait at once.
    with ThreadPoolExecutor(len(cases)) as pool:
        for done in pool.map(run, range(len(cases))):
            assert done.status == 1, done.out + done.err
            assert leaks(done, tmp_path) == []


ONLINE = (
    ("plan", "--format", "text", "--verbose", "--out", "saved.json", "--report", "r.html", "--junit", "r.xml"),
    ("plan", "--format", "json", "--debug"),
    ("apply", "--yes", "--format", "markdown", "--report", "r.html", "--junit", "r.xml", "--debug"),
    ("drift", "--format", "json", "--debug"),
    ("adopt", "--format", "text"),
    ("import", "--format", "markdown"),
    ("doctor", "--format", "json", "--debug"),
)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (refuses(407), "the proxy refused with HTTP 407"),
        (refuses(403), "the proxy refused with HTTP 403"),
        (echoes_malformed, "malformed"),
        (echoes_through_the_tunnel, "no connection to auth.europe-west1.gcp.commercetools.com:443"),
    ],
    ids=["407", "403", "malformed", "echo"],
)
def test_no_secret_is_shown_behind_a_proxy_that_fails(tmp_path: Path, answer: Answer, said: str) -> None:
    with proxying(answer) as (proxy, heads):

        def run(number: int) -> tuple[Done, Path]:
            place = quickstart(tmp_path / str(number))
            (place / "trueup.yaml").write_text(REMOTE)
            return trueup(*ONLINE[number], cwd=place, env=behind(proxy)), place

        with ThreadPoolExecutor(len(ONLINE)) as pool:
            for done, place in pool.map(run, range(len(ONLINE))):
                assert done.status in {1, 5}, done
                assert leaks(done, place) == []
                if "Left to you" in done.out:
                    continue  # adopt says only that live could not be read
                shown = re.sub(r"\s+|&#8203;|\\\\", " ", done.out + done.err)
                assert said in shown, done
                assert f"through the proxy {proxy}" in shown, done
    assert heads
    assert all(b64encode(f"{PROXY_USER}:{PROXY_PASSWORD}".encode()) in head for head in heads)


EVERY = [
    (*words, "--format", form, "--debug")
    for words in (
        *(("plan", "--verbose", "--out", "saved.json"), ("apply", "--yes"), ("drift",), ("adopt",), ("import",)),
        ("doctor", "--verbose"),
    )
    for form in ("text", "json", "markdown")
]


def test_no_secret_of_a_file_is_shown_behind_a_proxy_that_fails(tmp_path: Path) -> None:
    with proxying(refuses(407)) as (proxy, heads):

        def run(number: int) -> tuple[Done, Path]:
            place = quickstart(tmp_path / str(number))
            (place / "trueup.yaml").write_text(REMOTE)
            return trueup(*EVERY[number], cwd=place, env=behind(proxy, in_files(place))), place

        with ThreadPoolExecutor(4) as pool:
            for number, (done, place) in enumerate(pool.map(run, range(len(EVERY)))):
                assert done.status in {1, 5}, (EVERY[number], done)
                assert leaks(done, place) == [], EVERY[number]
                assert "no credentials" not in done.out + done.err
    # The secrets were read, and each command went on to the proxy.
    assert len(heads) >= len(EVERY)


@pytest.mark.parametrize(
    ("command", "reason"), [("plan", "plan-failed"), ("apply", "apply-failed"), ("drift", "plan-failed")]
)
def test_no_secret_of_a_proxy_is_in_what_a_workflow_leaves(tmp_path: Path, command: str, reason: str) -> None:
    place = quickstart(tmp_path)
    (place / "trueup.yaml").write_text(REMOTE)
    with proxying(refuses(407)) as (proxy, _):
        workflow = Workflow(place, tmp_path, behind(proxy))
        assert workflow.run(GitHub(), command=command)["failure-reason"] == reason


OFFLINE = (
    ("preview", "--base", "HEAD"),
    ("runs",),
    ("runs", "show", "2"),
    ("schema", "connector"),
    ("merge", "shard.json"),
    ("validate", "--sarif", "found.sarif"),
)


def test_no_secret_is_in_what_commands_show_of_earlier_ones_behind_a_proxy(project: Path) -> None:
    new_repository(project)
    Work(project).commit()
    assert trueup("apply", "--yes", cwd=project, env=behind("127.0.0.1:9")).status in {0, 3, 5}
    shard = trueup("plan", "--shard", "1/1", "--format", "json", cwd=project, env=behind("127.0.0.1:9"))
    (project / "shard.json").write_text(shard.out)
    for words in OFFLINE:
        for form in ("text", "json", "markdown"):
            given = words if words[0] == "schema" else (*words, "--format", form)
            done = trueup(*given, cwd=project, env=behind("127.0.0.1:9"))
            assert done.status in {0, 3}, done
            assert leaks(done, project.parent) == [], words


def test_no_secret_of_a_proxy_is_shown_when_a_comment_cannot_be_made(tmp_path: Path) -> None:
    place = quickstart(tmp_path)
    event = tmp_path / "event.json"
    event.write_text('{"pull_request": {"number": 7}}')
    env = {"GITHUB_API_URL": "https://api.github.test", "GITHUB_REPOSITORY": "acme/x", "GITHUB_TOKEN": TOKEN}
    env |= {"GITHUB_EVENT_PATH": str(event), "RUNNER_TEMP": str(tmp_path)}
    with proxying(refuses(407)) as (proxy, heads):
        done = trueup("github", "--debug", "end", cwd=place, env={**env, **behind(proxy)})
    assert heads
    assert "github: GET /repos/acme/x/" in done.out + done.err
    assert (done.status, leaks(done, tmp_path)) == (0, [])
    assert "There is no comment" in done.out + done.err


def test_no_secret_of_a_command_line_or_a_variable_is_in_a_journal(project: Path) -> None:
    job = {"GITHUB_ACTIONS": "true", "GITHUB_TOKEN": TOKEN, "GITHUB_ACTOR": f"https://x:{TOKEN}@evil.example"}
    url = f"https://{PROXY_USER}:{quote(PROXY_PASSWORD, safe='')}@proxy.example"
    words = [word for name in (*CANARIES.values(), TOKEN, url) for word in ("--allow-unknown", name)]
    done = trueup("apply", "--yes", *words, cwd=project, env={**CANARIES, **job})
    assert done.status in {0, 3, 5}, done
    shown = trueup("runs", "show", "2", "--format", "json", cwd=project)
    assert '"command": "trueup apply --yes --allow-unknown' in shown.out
    assert '"actor": ""' in shown.out
    assert leaks(Done(shown.status, shown.out, shown.err), project.parent) == []


def test_short_credentials_take_nothing_out_of_a_code(project: Path) -> None:
    short = {**CANARIES, "CTP_CLIENT_ID": "id", "CTP_CLIENT_SECRET": "Query"}
    done = trueup("plan", "--format", "json", cwd=project, env=short)
    assert done.status == 3, done
    assert "***" not in done.out


def in_files(folder: Path) -> dict[str, str]:
    """Put each secret into a file outside of the folder, and return the variables that name the files."""
    files = {name: folder.parent / f"{folder.name}-{name}" for name in CANARIES}
    for name, file in files.items():
        file.write_text(f"{CANARIES[name]}\n")
    return {f"{name}_FILE": str(file) for name, file in files.items()}


def refuse(project: Path) -> None:
    """Let the platform refuse the credentials, where it says so itself."""
    file = project / "trueup.yaml"
    file.write_text(re.sub(r'authUrl: "([^"]*)"', r'authUrl: "\1/nowhere"', file.read_text()))


@dataclass(frozen=True)
class Workflow:
    """Run the steps of the action in a project, one after the other, each with what the one before gave it."""

    project: Path
    folder: Path
    secrets: Mapping[str, str]

    def run(self, github: GitHub, **inputs: str) -> dict[str, str]:
        """Run all steps, look for secrets in all that they leave, and return the outputs."""
        outputs, event = self.folder / f"outputs-{len(list(self.folder.iterdir()))}", self.folder / "event.json"
        event.write_text('{"pull_request": {"number": 7}}')
        with served_github(github) as url:
            env = {
                **self.secrets,
                "GITHUB_REPOSITORY": "acme/connectors",
                "GITHUB_API_URL": url,
                "GITHUB_EVENT_PATH": str(event),
                "GITHUB_OUTPUT": str(outputs),
                "GITHUB_STEP_SUMMARY": str(self.folder / "summary.md"),
                "RUNNER_TEMP": str(self.folder),
                "GITHUB_TOKEN": TOKEN,
                "TRUEUP_INPUT_ISSUE": "true",
                **{f"TRUEUP_INPUT_{name.upper()}": value for name, value in inputs.items()},
            }
            ran = [trueup("github", "--debug", "begin", cwd=self.project, env=env)]
            begun = re.search(r"^folder<<(\S+)\n(.*?)\n\1$", outputs.read_text(), re.MULTILINE | re.DOTALL)
            assert begun, ran
            env |= {"TRUEUP_FOLDER": begun[2]}
            ran += [trueup("github", "--debug", "run", cwd=self.project, env=env)]
            given = re.findall(r"^([a-z-]+)<<(\S+)\n(.*?)\n\2$", outputs.read_text(), re.MULTILINE | re.DOTALL)
            told = {name: value for name, _, value in given}
            env |= {"TRUEUP_DOCUMENT": told.get("document-path", ""), "TRUEUP_REASON": told["failure-reason"]}
            env |= {"TRUEUP_STATUS": told["exit-code"], "TRUEUP_SUMMARY": told["summary"]}
            ran += [trueup("github", "--debug", step, cwd=self.project, env=env) for step in ("end", "finish")]
        # A job of several shards posts nothing: the job that joins them does.
        assert github.comments or "shard" in inputs, ran
        for done in ran:
            assert leaks(done, self.folder, posted=str([github.comments, github.issues])) == []
        return told


@pytest.mark.parametrize(
    ("command", "works", "reason"),
    [("plan", True, "blocked"), ("apply", True, "blocked"), ("drift", True, ""), ("apply", False, "apply-failed")],
)
def test_no_secret_is_in_what_a_workflow_leaves(
    project: Path, tmp_path: Path, command: str, reason: str, *, works: bool
) -> None:
    if not works:
        refuse(project)
    assert Workflow(project, tmp_path, CANARIES).run(GitHub(), command=command)["failure-reason"] == reason


def test_no_secret_is_in_what_a_workflow_leaves_that_needs_none(tmp_path: Path) -> None:
    project = quickstart(tmp_path)
    new_repository(project)
    Work(project).commit()
    file = project / "connectors" / "tax.yaml"
    file.write_text(file.read_text().replace("v1.4.0", "v1.5.0"))
    workflow = Workflow(project, tmp_path, CANARIES)
    assert workflow.run(GitHub(), command="preview", base="HEAD")["changes"] == "true"
    file.write_text("spec: 1\n")
    assert workflow.run(GitHub(), command="validate")["exit-code"] == "3"


def test_no_secret_of_a_file_is_in_what_a_matrix_of_workflows_leaves(project: Path, tmp_path: Path) -> None:
    workflow = Workflow(project, tmp_path, in_files(tmp_path))
    shards = [workflow.run(GitHub(), command="plan", shard=f"{number}/2") for number in (1, 2)]
    documents = "\n".join(shard["document-path"] for shard in shards)
    merged = workflow.run(GitHub(), command="merge", paths=documents)
    assert (merged["changes"], merged["exit-code"]) == ("true", "3")


@pytest.mark.parametrize("works", [True, False])
def test_no_secret_is_in_a_file_that_was_asked_for(project: Path, tmp_path: Path, *, works: bool) -> None:
    if not works:
        refuse(project)
    commands = [
        (3 if works else 1, ("plan", "--out", "saved.json")),
        (3 if works else 5, ("apply", "--yes", *(("--plan", "saved.json") if works else ()))),
        (0, ("validate", "--sarif", "found.sarif")),
    ]
    for status, command in commands:
        words = (*command, "--report", f"{command[0]}.html", "--junit", f"{command[0]}.xml")
        done = trueup(*words, "--debug", cwd=project, env=CANARIES)
        assert all((project / word).stat().st_size for word in words if "." in word), done
        assert done.status == status, done
        assert leaks(done, tmp_path) == [], words


def test_a_secret_in_a_file_is_used_and_not_shown(project: Path, tmp_path: Path) -> None:
    done = trueup("plan", "--select", "demo=ok", cwd=project, env=in_files(tmp_path))
    assert done.status == 0, done.err
    assert leaks(done, tmp_path) == []


def test_the_search_for_secrets_would_find_one(tmp_path: Path) -> None:
    for text in (CANARIES["ORIGIN_ACCESS_TOKEN"], quote(PROXY_PASSWORD, safe=""), b64encode(TOKEN.encode()).decode()):
        (tmp_path / "leak.log").write_text(f"token={text}")
        assert leaks(Done(0, "", ""), tmp_path)
    assert leaks(Done(0, "", ""), tmp_path)
    assert leaks(Done(0, "", CANARIES["CTP_CLIENT_ID"]), tmp_path / "none")
