"""Make git repositories for tests, with nothing of the caller's settings."""

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ENVIRONMENT: Mapping[str, str] = {
    "PATH": os.environ.get("PATH", os.defpath),
    "HOME": "/nonexistent",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "A",
    "GIT_AUTHOR_EMAIL": "a@acme.example",
    "GIT_AUTHOR_DATE": "2024-02-01T00:00:00Z",
    "GIT_COMMITTER_NAME": "A",
    "GIT_COMMITTER_EMAIL": "a@acme.example",
    "GIT_COMMITTER_DATE": "2024-02-01T00:00:00Z",
}


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", "-c", "protocol.file.allow=always", *arguments],
        cwd=folder,
        env=ENVIRONMENT,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode(errors="replace")
    return done.stdout.decode(errors="surrogateescape").strip()


@dataclass(frozen=True)
class Work:
    """Hold a work tree and change it as people do."""

    root: Path

    def write(self, **files: str) -> None:
        """Write files of the topmost folder, named without their suffix: ``tax="..."`` is tax.yaml."""
        self.put({f"{name}.yaml": text for name, text in files.items()})

    def put(self, files: Mapping[str, str | bytes]) -> None:
        for name, text in files.items():
            file = self.root / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(text if isinstance(text, bytes) else text.encode())

    def commit(self, files: Mapping[str, str | bytes] | None = None) -> str:
        """Commit all there is, after writing these files; return the commit's id."""
        self.put(files or {})
        git(self.root, "add", "--all")
        git(self.root, "commit", "--quiet", "--allow-empty", "--message", "change")
        return git(self.root, "rev-parse", "HEAD")

    def exported(self) -> dict[str, str]:
        """Return variables as git exports them to hooks of this repository, and more that name it."""
        kept = self.root / ".git"
        return {
            "GIT_DIR": str(kept),
            "GIT_WORK_TREE": str(self.root),
            "GIT_COMMON_DIR": str(kept),
            "GIT_INDEX_FILE": str(kept / "index"),
            "GIT_OBJECT_DIRECTORY": str(kept / "objects"),
        }


def new_repository(folder: Path, *, bare: bool = False) -> Work:
    folder.mkdir(parents=True, exist_ok=True)
    git(folder, "init", "--quiet", "--initial-branch", "main", *(["--bare"] if bare else []))
    return Work(folder)


def clone(source: Path, folder: Path, *options: str) -> Work:
    git(folder.parent, "clone", "--quiet", *options, f"file://{source}", str(folder))
    return Work(folder)
