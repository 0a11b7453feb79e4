"""Make projects with manifests in git repositories, for tests of what another commit wanted."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from repositories import ENVIRONMENT, Work, new_repository
from trueup.history.base import BaseManifests, look_back
from trueup.manifest.load import Loaded, load
from trueup.manifest.project import Project, load_project

PROJECT = """\
apiVersion: trueup/v1
kind: Project
manifests: ["connectors/**/*.yaml"]
targets:
  eu: {platform: connect, sandbox: true}
"""


def connector(key: str, name: str = "Acme Tax", *, lifecycle: str = "", target: str = "") -> str:
    place = f", target: {target}" if target else ""
    return (
        f"apiVersion: trueup/v1\nkind: Connector\nmetadata: {{key: {key}{place}}}\nspec: {{name: {name}}}\n"
        f"{f'lifecycle: {lifecycle}' if lifecycle else ''}"
    )


def documents(*texts: str) -> str:
    return "---\n".join(texts)


@dataclass(frozen=True)
class Estate:
    """Hold a project in a work tree."""

    work: Work

    @property
    def root(self) -> Path:
        return self.work.root

    def project(self) -> Project:
        return load_project(self.root / "trueup.yaml", sandbox=False, cwd=self.root)

    def now(self, *paths: str) -> Loaded:
        return load(self.project(), paths, cwd=self.root)

    def then(self, *paths: str, revision: str = "HEAD", cwd: Path | None = None) -> BaseManifests:
        return look_back(revision, self.project(), paths, cwd=cwd or self.root, environ=ENVIRONMENT)


def new_estate(folder: Path, files: Mapping[str, str | bytes], *, project: str = PROJECT) -> Estate:
    """Commit a project with these manifests, named below ``connectors``."""
    work = new_repository(folder)
    work.commit({"trueup.yaml": project, **{f"connectors/{name}": text for name, text in files.items()}})
    return Estate(work)
