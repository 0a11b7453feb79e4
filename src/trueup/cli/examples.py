"""The files that trueup ships for people to copy, which the documentation shows as well."""

from pathlib import Path


def examples() -> Path:
    """Return the folder of the examples: inside the package when installed, else in the repository."""
    # A wheel includes the examples; an editable install does not.
    package = Path(__file__).parents[1]
    installed = package / "examples"
    return installed if installed.is_dir() else package.parent.parent / "examples"
