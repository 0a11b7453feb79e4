"""Estates to measure: projects of manifests of about 40 lines, and the live state that each started from.

Every manifest has values of its own (:mod:`benchmarks.own_values`). Everything follows from a resource's number, so
that an estate of any size is the same in every run. A ``changed`` resource differs from the live one in two fields, as
after a release: the version that it names and a text.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from benchmarks.own_values import certification_manifest, connector_manifest, drawn_certification, drawn_connector
from benchmarks.repeated_lines import repeated_connector_manifest

PROJECT: Final = """\
apiVersion: trueup/v1
kind: Project
manifests: {manifests}
targets:
  origin: {{platform: origin, baseUrl: "{url}/worlds/origin/equinox"}}
"""
CONNECT: Final = '  {name}: {{platform: connect, apiUrl: "{url}/worlds/{name}", authUrl: "{url}/worlds/{name}"}}\n'

CREDENTIALS: Final = {"CTP_CLIENT_ID": "me", "CTP_CLIENT_SECRET": "mine", "ORIGIN_ACCESS_TOKEN": "origin"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Estate:
    """The size of an estate and how much of it differs from the live state.

    ``targets`` is the number of organizations that the connectors are spread over; listing reaches about 21,000 drafts
    of each. ``repeated``: the manifests repeat each other's lines. Such an estate has connectors only, and no live
    state.
    """

    connectors: int
    certifications: int = 0
    changed_percent: int = 0
    per_file: int = 1
    targets: int = 1
    repeated: bool = False

    @property
    def resources(self) -> int:
        """Return the number of manifests."""
        return self.connectors + self.certifications

    @property
    def changed(self) -> int:
        """Return the number of manifests that differ from the live state."""
        return sum(self.is_changed(number) for number in (*range(self.connectors), *range(self.certifications)))

    def is_changed(self, number: int) -> bool:
        """Return whether the resource of this number differs from the live one; changes are spread evenly."""
        return number % 100 < self.changed_percent

    def target(self, number: int) -> str:
        """Return the target of the connector of this number."""
        return f"connect-{number % self.targets}"


def write_estate(estate: Estate, folder: Path, *, url: str = "http://127.0.0.1:1") -> None:
    """Write a project: trueup.yaml, and the manifests in folders of at most a thousand files."""
    folder.mkdir(parents=True, exist_ok=True)
    write_project(estate, folder, url=url)
    connectors: Iterable[str] = (
        connector_manifest(number, changed=estate.is_changed(number), target=estate.target(number))
        for number in range(estate.connectors)
    )
    if estate.repeated:
        connectors = (repeated_connector_manifest(n, target=estate.target(n)) for n in range(estate.connectors))
    certifications = (
        certification_manifest(number, changed=estate.is_changed(number)) for number in range(estate.certifications)
    )
    for kind, texts in (("connectors", connectors), ("certifications", certifications)):
        for place, content in enumerate(_joined(texts, estate.per_file)):
            file = folder / kind / f"{place // 1000:03}" / f"{place:06}.yaml"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(content)


def write_project(estate: Estate, folder: Path, *, url: str) -> None:
    """Write trueup.yaml alone; its targets are worlds of the sandbox at this address."""
    kinds = [
        kind for kind, count in (("connectors", estate.connectors), ("certifications", estate.certifications)) if count
    ]
    targets = "".join(CONNECT.format(name=f"connect-{number}", url=url) for number in range(estate.targets))
    globs = "[" + ", ".join(f'"{kind}/**/*.yaml"' for kind in kinds) + "]"
    (folder / "trueup.yaml").write_text(PROJECT.format(manifests=globs, url=url) + targets)


def live(estate: Estate) -> dict[str, Any]:
    """Return the seed of a sandbox whose worlds hold the estate as it was before the changes."""
    worlds: dict[str, Any] = {f"connect-{number}": {"connectors": []} for number in range(estate.targets)}
    for number in range(estate.connectors):
        worlds[estate.target(number)]["connectors"].append(drawn_connector(number))
    worlds["origin"] = {"certifications": [drawn_certification(number) for number in range(estate.certifications)]}
    return {"worlds": worlds}


def _joined(texts: Iterable[str], per_file: int) -> Iterator[str]:
    gathered: list[str] = []
    for text in texts:
        gathered.append(text)
        if len(gathered) == per_file:
            yield _file(gathered)
            gathered = []
    if gathered:
        yield _file(gathered)


def _file(texts: Sequence[str]) -> str:
    return "---\n".join(texts)
