"""Say from which commit and files and in which run a document was made."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Making:
    """The commit of the work tree and the name of the CI run; each is empty where there is none.

    ``files`` is a hash of the project file and the manifests as they were on the disk, committed or not. It is empty
    where the run ended before it had them.
    """

    commit: str = ""
    run: str = ""
    files: str = ""

    @property
    def place(self) -> tuple[str, str]:
        """Return the commit and the run."""
        return self.commit, self.run

    def __str__(self) -> str:
        """Return the commit and the run in words."""
        commit = f"commit {self.commit[:12]}" if self.commit else "no commit"
        return f"{commit}, {f'run {self.run}' if self.run else 'no run'}"
