"""The commit, files and run from which a document was made."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Making:
    """The commit of the work tree and the id of the CI run; each is empty when there is none.

    ``files`` is a hash of the project file and the manifests on disk, committed or not. It is empty when the run ended
    before it had read them.
    """

    commit: str = ""
    run: str = ""
    files: str = ""

    @property
    def place(self) -> tuple[str, str]:
        """Return the commit and the run."""
        return self.commit, self.run

    def __str__(self) -> str:
        """Return the commit and the run as text for messages."""
        commit = f"commit {self.commit[:12]}" if self.commit else "no commit"
        return f"{commit}, {f'run {self.run}' if self.run else 'no run'}"
