"""Find the secrets to which manifests refer: in the environment and in files."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from trueup.model.secret import SecretReference
from trueup.regular_file import read_regular


@dataclass(frozen=True, slots=True)
class SecretSource:
    """The environment, and the folder from which the paths of files start."""

    env: Mapping[str, str]
    folder: Path

    def value(self, reference: SecretReference) -> str:
        """Return the secret of a reference; raise LookupError with a message that has no part of any secret."""
        if reference.env:
            found = self.env.get(reference.env, "")
            if not found:
                message = f"the environment variable {reference.env} is not set"
                raise LookupError(message)
            return found
        try:
            # A line break at the end is what editors add, not a part of the secret.
            found = read_regular(str(self.folder / reference.file)).decode().removesuffix("\n").removesuffix("\r")
        except OSError as error:
            message = f"the file {reference.file} cannot be read: {error.strerror}"
            raise LookupError(message) from None
        except UnicodeDecodeError:
            message = f"the file {reference.file} is not UTF-8 text"
            raise LookupError(message) from None
        if not found:
            message = f"the file {reference.file} is empty"
            raise LookupError(message)
        return found
