"""A served sandbox with a published connector and its deployments, and a project beside it, on the command line."""

import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from acceptance.commands import Done, served, trueup
from acceptance.deploying_team import PLATFORM
from acceptance.test_quickstart import CREDENTIALS
from acceptance.test_saved_plan import control
from deployments_api import CONNECTOR, DRAFT

PROJECT: Final = "acme-shop"
REGION: Final = "europe-west1.gcp"
VALUE: Final = "canary-of-the-shop"
"""The secured value that every apply writes; it is in no output and no file."""
GIT: Final = ("git", "-c", "user.name=a", "-c", "user.email=a@acme.example")
TOMBSTONE: Final = "state: absent, reason: No longer used."


def live(*keys: str | None, project: str = PROJECT, **more: object) -> list[dict[str, object]]:
    """Return live deployments of the connector as the seed has them; None has no key."""
    found = []
    for key in keys:
        draft: dict[str, object] = {**DRAFT, "projectKey": project, **more}
        draft.pop("key")
        found.append(draft if key is None else {**draft, "key": key})
    return found


def connector(tag: str = "v1.4.0", lifecycle: str = "publish: private, previewable: true", labels: str = "") -> str:
    """Return the manifest of the connector; as it is live, with the defaults."""
    return (
        f"apiVersion: trueup/v1\nkind: Connector\nmetadata: {{key: acme-tax, labels: {{{labels}}}}}\n"
        "spec:\n  name: Acme Tax\n  integrationTypes: [tax]\n  creator: {email: dev@acme.example}\n"
        f"  repository: {{url: 'git@github.com:acme/tax.git', tag: {tag}}}\n"
        f"  privateProjects: ['{REGION}:{PROJECT}']\nlifecycle: {{{lifecycle}}}\n"
    )


def deployment(
    key: str, lifecycle: str = "follow: true", *, rates: str = "eu", targets: str = "target: eu", labels: str = ""
) -> str:
    """Return the manifest of a deployment; as it is live, with the defaults."""
    return (
        f"apiVersion: trueup/v1\nkind: Deployment\nmetadata: {{key: {key}, {targets}, labels: {{{labels}}}}}\n"
        f"spec:\n  connector: {{key: acme-tax}}\n  type: sandbox\n  region: {REGION}\n"
        f"  globalConfiguration: {{standardConfiguration: {{CTP_REGION: {REGION}}}}}\n"
        "  applications:\n    calculator:\n"
        f"      standardConfiguration: {{RATE_TABLE: {rates}}}\n"
        "      securedConfiguration: {API_TOKEN: {fromEnv: SHOP_TOKEN, revision: '1'}}\n"
        f"lifecycle: {{{lifecycle}}}\n"
    )


class Shop:
    """The sandbox at ``url``, and the folder of the project."""

    def __init__(self, url: str, place: Path) -> None:
        self.url, self.place = url, place
        self.secrets: Mapping[str, str] = {"SHOP_TOKEN": VALUE}

    def run(self, *arguments: str, status: int = 0, form: str = "json", columns: int = 100) -> Any:
        """Run a command, check its status, and return its document; as text with another format."""
        done = self.done(*arguments, "--format", form, columns=columns)
        assert done.status == status, done.out + done.err
        return done.document if form == "json" else done.out

    def done(self, *arguments: str, columns: int = 100) -> Done:
        done = trueup(*arguments, cwd=self.place, env={**CREDENTIALS, **self.secrets, "COLUMNS": str(columns)})
        assert VALUE not in done.out + done.err
        assert "Traceback" not in done.err
        return done

    def write(self, **files: str) -> None:
        """Write manifests, by name."""
        for name, text in files.items():
            (self.place / f"{name.replace('_', '-')}.yaml").write_text(text)

    def commit(self) -> None:
        """Commit everything; the first time in a new repository."""
        if not (self.place / ".git").exists():
            self.git("init", "--quiet")
            (self.place / ".gitignore").write_text(".trueup/\n*.json\n*.html\n*.xml\n")
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", "All.")

    def git(self, *arguments: str) -> None:
        subprocess.run([*GIT, "-C", str(self.place), *arguments], check=True)

    def edit(self, **edit: object) -> None:
        """Change something live as others would."""
        assert control(self.url, "edits", edit) == {"edited": 1}

    def breaks(self, *rules: Mapping[str, object]) -> None:
        control(self.url, "faults", {"faults": list(rules)})

    def publishes(self, tag: str) -> None:
        """Let another person publish a tag of the connector, with a project of their own."""
        other = self.place.parent / "other"
        other.mkdir(exist_ok=True)
        (other / "trueup.yaml").write_text((self.place / "trueup.yaml").read_text())
        (other / "connector.yaml").write_text(connector(tag))
        done = trueup("apply", "--yes", cwd=other, env=CREDENTIALS)
        assert done.status == 0, done.out

    def state(self, kind: str = "deployment") -> dict[str, Any]:
        """Return what is live, by key."""
        return {found.get("key", ""): found for found in control(self.url, "state").get(kind, [])}

    def sent(self) -> list[tuple[str, str]]:
        """Return method and the end of the path of each write since the last time."""
        log = control(self.url, "requests")["requests"]
        control(self.url, "requests", method="DELETE")
        names = {found["id"]: found.get("key", "") for found in self._all()}
        writes = [one for one in log if one["method"] != "GET" and "/oauth/" not in one["path"]]
        return [(one["method"], names.get(one["path"].rpartition("/")[2], one["path"])) for one in writes]

    def _all(self) -> Iterator[Any]:
        for found in control(self.url, "state").values():
            if isinstance(found, list):
                yield from (one for one in found if isinstance(one, dict) and "id" in one)

    def no_value_is_kept(self) -> None:
        """Check that no file below the project has the secured value."""
        files = [file for file in self.place.rglob("*") if file.is_file()]
        assert [file for file in files if VALUE.encode() in file.read_bytes()] == []


def statuses(document: Any) -> dict[str, str]:
    return {outcome["identity"]["value"]: outcome["status"] for outcome in document["outcomes"]}


def verdicts(document: Any) -> dict[str, str]:
    return {resource["identity"]["value"]: resource["verdict"] for resource in document["plan"]["resources"]}


def findings(document: Any, key: str) -> list[tuple[str, str]]:
    """Return code and message of each finding about a resource."""
    (found,) = (one for one in document["plan"]["resources"] if one["identity"]["value"] == key)
    return [(one["code"], one["message"]) for one in found["findings"]]


@contextmanager
def opened(folder: Path, *deployments: Mapping[str, object], **switches: object) -> Iterator[Shop]:
    """Open a shop with these live deployments, and a project file for its one target."""
    place = folder / "shop"
    place.mkdir()
    with served(cwd=folder) as url:
        control(url, "settings", {**PLATFORM, **switches})
        seeded = {**CONNECTOR, "isPreviewable": "true", "privateProjects": [f"{REGION}:{PROJECT}"]}
        control(url, "seed", {"connectors": [seeded], "deployments": list(deployments)})
        (place / "trueup.yaml").write_text(
            "apiVersion: trueup/v1\nkind: Project\ntargets:\n"
            f"  eu: {{platform: connect, projectKey: {PROJECT}, apiUrl: '{url}', authUrl: '{url}'}}\n"
        )
        yield Shop(url, place)
