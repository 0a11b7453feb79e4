"""The certificates that trueup trusts: from the environment, else those of certifi's bundle."""

import os
import ssl
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import certifi

from trueup.errors import UsageError


def trusted_by(environ: Mapping[str, str]) -> str:
    """Return what :func:`ssl_context` takes the trusted certificates from, for messages."""
    named = (f"{name} ({environ[name]})" for name in ("SSL_CERT_FILE", "SSL_CERT_DIR") if environ.get(name))
    return next(named, "certifi's bundle")


def ssl_context(environ: Mapping[str, str] = os.environ) -> ssl.SSLContext:
    """Return a context with trusted certificates: from ``SSL_CERT_FILE``, else ``SSL_CERT_DIR``, else certifi's bundle.

    Raises UsageError when the file or folder named there cannot be used.
    """
    file, folder = environ.get("SSL_CERT_FILE"), environ.get("SSL_CERT_DIR")
    if file:
        try:
            return ssl.create_default_context(cafile=file)
        except ssl.SSLError:
            raise _unusable("SSL_CERT_FILE", file, "it contains no certificates in PEM format") from None
        except OSError as error:
            raise _unusable("SSL_CERT_FILE", file, f"it cannot be read: {error.strerror}") from None
    if folder:
        if not any(Path(part).is_dir() for part in folder.split(os.pathsep)):
            raise _unusable("SSL_CERT_DIR", folder, "there is no such folder")
        return ssl.create_default_context(capath=folder)
    return _bundled()


# One for all clients of the process: reading the bundle takes longer than most requests.
_bundled = cache(lambda: ssl.create_default_context(cafile=certifi.where()))


def _unusable(variable: str, value: str, reason: str) -> UsageError:
    return UsageError(
        f"{variable} is {value}, but {reason}. trueup checks the certificates of hosts against it. Correct it, or "
        f"unset {variable} to use the bundle that comes with trueup."
    )
