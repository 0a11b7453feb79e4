"""Say from which commit and in which run a document was made."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Making:
    """The commit of the work tree and the name of the CI run; each is empty where there is none."""

    commit: str = ""
    run: str = ""

    def __str__(self) -> str:
        """Return both in words."""
        commit = f"commit {self.commit[:12]}" if self.commit else "no commit"
        return f"{commit}, {f'run {self.run}' if self.run else 'no run'}"
