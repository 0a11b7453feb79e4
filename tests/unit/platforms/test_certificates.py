import os
from pathlib import Path

import certifi
import pytest

from trueup.errors import UsageError
from trueup.platforms.certificates import ssl_context

BUNDLE = Path(certifi.where()).read_text(encoding="utf-8")
END = "-----END CERTIFICATE-----\n"


def test_without_a_variable_the_bundle_is_used() -> None:
    context = ssl_context({})
    assert len(context.get_ca_certs()) > 50
    assert context.check_hostname


def test_a_named_file_replaces_the_bundle(tmp_path: Path) -> None:
    file = tmp_path / "own.pem"
    file.write_text(BUNDLE[: BUNDLE.index(END) + len(END)], encoding="utf-8")
    assert len(ssl_context({"SSL_CERT_FILE": str(file), "SSL_CERT_DIR": str(tmp_path)}).get_ca_certs()) == 1


def test_a_named_folder_is_read_only_when_a_certificate_is_checked(tmp_path: Path) -> None:
    assert ssl_context({"SSL_CERT_DIR": str(tmp_path)}).get_ca_certs() == []


def test_one_folder_of_several_is_enough(tmp_path: Path) -> None:
    assert ssl_context({"SSL_CERT_DIR": f"{tmp_path / 'lost'}{os.pathsep}{tmp_path}"}).check_hostname


@pytest.mark.parametrize(
    ("variable", "name", "reason"),
    [
        ("SSL_CERT_FILE", "lost.pem", "it cannot be read: No such file or directory"),
        ("SSL_CERT_FILE", "empty.pem", "it contains no certificates in PEM format"),
        ("SSL_CERT_DIR", "lost", "there is no such folder"),
    ],
)
def test_an_unusable_file_or_folder_is_reported_and_nothing_else_trusted(
    tmp_path: Path, variable: str, name: str, reason: str
) -> None:
    (tmp_path / "empty.pem").write_text("none\n", encoding="utf-8")
    with pytest.raises(UsageError) as raised:
        ssl_context({variable: str(tmp_path / name)})
    assert str(raised.value).startswith(f"{variable} is {tmp_path / name}, but {reason}. ")
