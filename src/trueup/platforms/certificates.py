"""Hold what the certificates of hosts are checked against."""

import os
import ssl
from collections.abc import Mapping

import certifi


def trusted(environ: Mapping[str, str] = os.environ) -> ssl.SSLContext:
    """Return what certificates are checked against: ``SSL_CERT_FILE``, else ``SSL_CERT_DIR``, else certifi's bundle.

    Raises OSError when a file that is named cannot be read.
    """
    file, folder = environ.get("SSL_CERT_FILE"), environ.get("SSL_CERT_DIR")
    if file:
        return ssl.create_default_context(cafile=file)
    if folder:
        return ssl.create_default_context(capath=folder)
    return ssl.create_default_context(cafile=certifi.where())
