"""Hold what the certificates of hosts are checked against."""

import os
import ssl
from collections.abc import Mapping
from pathlib import Path

import certifi

from trueup.errors import UsageError


def trusted(environ: Mapping[str, str] = os.environ) -> ssl.SSLContext:
    """Return what certificates are checked against: ``SSL_CERT_FILE``, else ``SSL_CERT_DIR``, else certifi's bundle.

    Raises UsageError when what is named there cannot be used.
    """
    file, folder = environ.get("SSL_CERT_FILE"), environ.get("SSL_CERT_DIR")
    if file:
        try:
            return ssl.create_default_context(cafile=file)
        except ssl.SSLError:
            raise _unusable("SSL_CERT_FILE", file, "it holds no certificates in PEM form") from None
        except OSError as error:
            raise _unusable("SSL_CERT_FILE", file, f"it cannot be read: {error.strerror}") from None
    if folder:
        if not any(Path(part).is_dir() for part in folder.split(os.pathsep)):
            raise _unusable("SSL_CERT_DIR", folder, "there is no such folder")
        return ssl.create_default_context(capath=folder)
    return ssl.create_default_context(cafile=certifi.where())


def _unusable(variable: str, value: str, reason: str) -> UsageError:
    return UsageError(
        f"{variable} names {value}, and {reason}. Certificates of hosts are checked against it. Correct it, or unset "
        f"{variable} to use the bundle that trueup brings along."
    )
