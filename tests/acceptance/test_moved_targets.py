"""A change of trueup.yaml cannot lead credentials to another place."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from acceptance.commands import Done, trueup
from loopback import Quiet, listening
from repositories import Work, git, new_repository

pytestmark = [pytest.mark.process, pytest.mark.slow]

SECRETS = {
    "CTP_CLIENT_ID": "canary-id-7f3a",
    "CTP_CLIENT_SECRET": "canary-secret-91bd",
    "CTP_OTHER_SECRET": "canary-other-55e1",
    "ORIGIN_ACCESS_TOKEN": "canary-token-c04e",
    "GITHUB_TOKEN": "canary-github-2b7d",
}
CONNECTOR = """\
apiVersion: trueup/v1
kind: Connector
metadata: {key: tax, target: NAME}
spec: {name: Acme Tax, creator: {email: dev@acme.example}, repository: {url: 'git@github.com:acme/c.git', tag: v1}}
"""
CERTIFICATION = """\
apiVersion: trueup/v1
kind: Certification
metadata: {externalId: E-1, target: NAME}
spec: {url: 'https://acme.example/e.pdf', reportingBody: {name: V}, standard: {code: EPD}, issueDate: 2024-01-01,
  brands: [{name: ACME Inc.}]}
"""
EU = "platform: connect, apiUrl: 'HOME', authUrl: 'HOME', projectKey: acme"
ORIGIN = "platform: origin, baseUrl: 'HOME/equinox'"


@dataclass(frozen=True)
class Recorder:
    """The address of a server on loopback, and the requests that it got."""

    url: str
    requests: list[str] = field(default_factory=list)


@contextmanager
def recorder() -> Iterator[Recorder]:
    """Serve a place that answers nothing of use and records who asks."""

    class Handler(Quiet):
        def _record(self) -> None:
            requests.append(f"{self.command} {self.path} {self.headers.get('Authorization', '')}")
            self.send_response(403)
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_GET = do_POST = do_CONNECT = _record  # noqa: N815 - the names that the base class looks for

        def log_message(self, *_: object) -> None:
            pass

    requests: list[str] = []
    with listening(Handler) as url:
        yield Recorder(url, requests)


@dataclass(frozen=True)
class House:
    """A repository whose targets lead to ``home``, and the place to which a change leads them."""

    work: Work
    home: Recorder
    evil: Recorder

    def project(self, file: str = "trueup.yaml", **targets: str) -> None:
        """Write the project file with these targets."""
        lines = "".join(f"  {name}: {{{block}}}\n" for name, block in targets.items())
        text = f"apiVersion: trueup/v1\nkind: Project\ntargets:\n{lines}"
        self.work.put({file: text.replace("HOME", self.home.url).replace("EVIL", self.evil.url)})

    def manifests(self, connector: str = "eu", certification: str = "origin") -> None:
        """Write manifests whose resources live on these targets."""
        self.work.put(
            {
                "connector.yaml": CONNECTOR.replace("NAME", connector),
                "certification.yaml": CERTIFICATION.replace("NAME", certification),
            }
        )

    def run(self, *arguments: str, **env: str) -> Done:
        return trueup(*arguments, cwd=self.work.root, env={**SECRETS, **env})


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with recorder() as home, recorder() as evil:
        found = House(new_repository(tmp_path / "estate"), home, evil)
        found.project(eu=EU, origin=ORIGIN)
        found.manifests()
        found.work.put({".gitignore": ".trueup/\n"})
        found.work.commit()
        yield found


def not_read(done: Done) -> set[str]:
    """Return the resources that were not read as their target was defined anew."""
    document = done.document
    resources = (document.get("plan") or document.get("drift"))["resources"]
    return {r["identity"]["value"] for r in resources if "adds or redefines the target" in (r["error"] or "")}


MOVED: Mapping[str, tuple[Mapping[str, str], set[str]]] = {
    "api": ({"eu": EU.replace("HOME", "EVIL", 1)}, {"tax"}),
    "token host": ({"eu": EU.replace("authUrl: 'HOME'", "authUrl: 'EVIL'")}, {"tax"}),
    "both": ({"eu": EU.replace("HOME", "EVIL")}, {"tax"}),
    "path": ({"eu": EU.replace("authUrl: 'HOME'", "authUrl: 'HOME/x'")}, {"tax"}),
    "project": ({"eu": EU.replace("acme", "other")}, {"tax"}),
    "scope": ({"eu": f"{EU}, scope: 'manage_project:acme'"}, {"tax"}),
    "id": ({"eu": f"{EU}, clientIdEnv: CTP_OTHER_SECRET"}, {"tax"}),
    "secret": ({"eu": f"{EU}, clientSecretEnv: CTP_OTHER_SECRET"}, {"tax"}),
    "certifications": ({"origin": ORIGIN.replace("HOME", "EVIL")}, {"E-1"}),
    "token": ({"origin": f"{ORIGIN}, accessTokenEnv: GITHUB_TOKEN"}, {"E-1"}),
    "everything": ({"eu": EU.replace("HOME", "EVIL"), "origin": ORIGIN.replace("HOME", "EVIL")}, {"tax", "E-1"}),
}
"""What changes to the targets that are named, and whose resources are not read then."""


@pytest.mark.parametrize("case", MOVED)
def test_a_target_that_a_change_moves_gets_no_credentials(house: House, case: str) -> None:
    targets, resources = MOVED[case]
    house.project(**{"eu": EU, "origin": ORIGIN, **targets})
    done = house.run("plan", "--base", "HEAD", "--format", "json")
    assert done.status == 1
    assert not_read(done) == resources
    assert house.evil.requests == []
    asked_home = "\n".join(house.home.requests)
    assert ("/oauth/token" in asked_home) == ("tax" not in resources)
    assert ("/equinox/" in asked_home) == ("E-1" not in resources)
    assert [d["code"] for d in done.document["diagnostics"]] == ["target-defined-anew"] * len(resources)


@pytest.mark.parametrize("base", ["HEAD^1", "origin/main"])
def test_a_submodule_in_the_place_of_the_project_brings_no_base_of_its_own(
    house: House, tmp_path: Path, base: str
) -> None:
    outer = new_repository(tmp_path / "outer")
    house.project(eu=EU.replace("HOME", "EVIL"), origin=ORIGIN.replace("HOME", "EVIL"))
    house.work.commit()
    house.work.commit()
    git(outer.root, "submodule", "--quiet", "add", str(house.work.root), "estate")
    done = House(Work(outer.root / "estate"), house.home, house.evil).run("plan", "--base", base, "--format", "json")
    assert (done.status, not_read(done)) == (1, {"tax", "E-1"})
    assert house.evil.requests == []
    assert [d["code"] for d in done.document["diagnostics"]] == ["base", *["target-defined-anew"] * 2]


@pytest.mark.parametrize(
    "words",
    [
        ("plan", "--changed-since", "HEAD"),
        ("plan", "--base", "HEAD", "--changed-since", "HEAD"),
        ("apply", "--yes", "--base", "HEAD"),
        ("apply", "--yes", "--changed-since", "HEAD"),
        ("drift", "--base", "HEAD"),
        ("adopt", "--base", "HEAD"),
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("form", ["text", "json"])
def test_no_command_with_a_base_sends_anything_there(house: House, words: tuple[str, ...], form: str) -> None:
    house.project(eu=EU.replace("HOME", "EVIL"), origin=ORIGIN.replace("HOME", "EVIL"))
    done = house.run(*words, "--format", form)
    assert done.status == 1, done.err
    assert house.evil.requests == house.home.requests == []
    if form == "text":
        assert "this change adds or redefines the target" in " ".join(done.out.split())
        assert "--allow-target eu" in " ".join(done.out.split())
    for secret in SECRETS.values():
        assert secret not in done.out + done.err


def test_a_new_target_gets_no_credentials(house: House) -> None:
    house.project(eu=EU, origin=ORIGIN, leak=f"{ORIGIN.replace('HOME', 'EVIL')}, accessTokenEnv: GITHUB_TOKEN")
    house.manifests(certification="leak")
    done = house.run("apply", "--yes", "--base", "HEAD", "--format", "json")
    assert done.status == 1
    assert not_read(done) == {"E-1"}
    assert house.evil.requests == []


def test_a_sandbox_that_becomes_real_gets_no_credentials(house: House) -> None:
    house.project(eu="platform: connect, sandbox: true", origin=ORIGIN)
    house.work.commit()
    house.project(eu=EU.replace("HOME", "EVIL"), origin=ORIGIN)
    assert not_read(house.run("plan", "--base", "HEAD", "--format", "json")) == {"tax"}
    assert house.evil.requests == []


def test_another_language_and_another_order_move_no_target(house: House) -> None:
    house.project(origin=f"{ORIGIN}, locale: de", eu=EU)
    done = house.run("plan", "--base", "HEAD", "--format", "json")
    assert not_read(done) == set()
    assert len(house.home.requests) > 1


@pytest.mark.parametrize("how", ["option", "environment"])
def test_a_target_is_allowed_from_outside_by_name(house: House, how: str) -> None:
    house.project(eu=EU.replace("HOME", "EVIL"), origin=ORIGIN.replace("HOME", "EVIL"))
    words = ("--allow-target", "eu") if how == "option" else ()
    env = {"TRUEUP_ALLOW_TARGETS": "gone, eu"} if how == "environment" else {}
    done = house.run("plan", "--base", "HEAD", "--format", "json", *words, **env)
    assert not_read(done) == {"E-1"}
    assert len(house.evil.requests) > 0
    assert all("/oauth/token" in request for request in house.evil.requests)


@pytest.mark.parametrize("base", ["absent", "invalid", "ignored", "elsewhere"])
def test_without_the_base_s_word_every_target_is_new(house: House, base: str) -> None:
    root = house.work.root
    if base == "invalid":
        house.work.commit({"trueup.yaml": "apiVersion: trueup/v1\nkind: Project\ntargets: 7\n"})
    elif base != "elsewhere":
        (root / "trueup.yaml").unlink()
        house.work.commit({".gitignore": "trueup.yaml\n.trueup/\n"} if base == "ignored" else {})
    words: tuple[str, ...] = ()
    if base == "elsewhere":
        (root / "other").mkdir()
        words = ("--project", "other/trueup.yaml", "connector.yaml", "certification.yaml")
    house.project(file=words[1] if words else "trueup.yaml", eu=EU, origin=ORIGIN)
    done = house.run("plan", "--base", "HEAD", "--format", "json", *words)
    assert done.status == 1
    assert not_read(done) == {"tax", "E-1"}
    assert house.home.requests == []


def test_another_way_to_the_same_commit_moves_no_target(house: House) -> None:
    """A project file that is a link, and one in a folder that is a link, are found in the commit."""
    root = house.work.root
    (root / "trueup.yaml").rename(root / "real.yaml")
    (root / "trueup.yaml").symlink_to("real.yaml")
    house.work.commit()
    done = house.run("plan", "--base", "HEAD", "--format", "json", "connector.yaml")
    assert not_read(done) == set()
    assert len(house.home.requests) > 0
    house.project(file="real.yaml", eu=EU.replace("HOME", "EVIL"), origin=ORIGIN)
    assert not_read(house.run("plan", "--base", "HEAD", "--format", "json", "connector.yaml")) == {"tax"}
    assert house.evil.requests == []


FOREIGN: Mapping[str, str] = {
    "another host": "https://evil.example",
    "a host that only starts alike": "https://connect.europe-west1.gcp.commercetools.com.evil.example",
    "a host of the same company": "https://evil.commercetools.com",
    "another port": "https://connect.europe-west1.gcp.commercetools.com:8443",
}


@pytest.mark.parametrize("case", FOREIGN)
def test_without_a_base_only_the_platforms_own_hosts_are_addressed(house: House, case: str) -> None:
    host = FOREIGN[case].removeprefix("https://")
    house.project(eu=f"platform: connect, region: europe-west1.gcp, apiUrl: '{FOREIGN[case]}'", origin=ORIGIN)
    done = house.run("plan", "--format", "json", HTTPS_PROXY=house.evil.url)
    assert done.status == 3
    (problem,) = done.document["diagnostics"]
    assert (problem["code"], problem["position"]["line"]) == ("foreign-host", 4)
    assert f"export TRUEUP_ALLOW_HOSTS={host}" in problem["hint"]
    assert house.evil.requests == house.home.requests == []


def test_other_hosts_are_allowed_from_outside(house: House) -> None:
    house.project(eu="platform: connect, apiUrl: 'https://gw.corp.example', authUrl: 'https://gw.corp.example'")
    (house.work.root / "certification.yaml").unlink()
    env = {"HTTPS_PROXY": house.evil.url, "TRUEUP_ALLOW_HOSTS": "other.example, *.corp.example"}
    house.run("plan", **env)
    assert {request.split()[1] for request in house.evil.requests} == {"gw.corp.example:443"}


@pytest.mark.parametrize("variable", ["GITHUB_TOKEN", "AWS_SECRET_ACCESS_KEY", "ctp_client_secret"])
def test_variables_of_others_are_not_read(house: House, variable: str) -> None:
    house.project(eu=EU, origin=f"{ORIGIN}, accessTokenEnv: {variable}")
    secret = house.work.root.parent / "secret"
    secret.write_text("canary-in-a-file")
    for env in ({variable: "canary"}, {f"{variable}_FILE": str(secret)}):
        done = trueup("apply", "--yes", cwd=house.work.root, env={**SECRETS, "GITHUB_TOKEN": "", **env})
        assert done.status == 3
        assert "[foreign-variable]" in done.err + done.out
        assert "export TRUEUP_ALLOW_TARGETS=origin" in done.err + done.out
    assert house.home.requests == []


def test_variables_of_others_are_read_when_that_is_allowed_from_outside(house: House) -> None:
    house.project(eu=EU, origin=f"{ORIGIN}, accessTokenEnv: MY_TOKEN")
    house.run("plan", "certification.yaml", "--allow-target", "origin", MY_TOKEN="mine")
    assert {request.rpartition(" ")[2] for request in house.home.requests} == {"mine"}


def test_validate_and_preview_need_no_allowance(house: House) -> None:
    house.project(eu="platform: connect, apiUrl: 'https://e.example', authUrl: 'https://e.example'", origin=ORIGIN)
    done = house.run("validate", "--format", "json")
    assert (done.status, done.document["diagnostics"]) == (0, [])
    assert house.run("preview", "--base", "HEAD").status == 0


def test_an_allowance_that_cannot_be_meant_is_refused(house: House) -> None:
    done = house.run("plan", TRUEUP_ALLOW_HOSTS="https://gw.example")
    assert (done.status, house.home.requests) == (64, [])
    assert "TRUEUP_ALLOW_HOSTS contains 'https://gw.example'" in done.err
    done = house.run("plan", "--allow-target", "orgin")
    assert (done.status, house.home.requests) == (64, [])
    assert "Did you mean 'origin'?" in done.err
