import os
from pathlib import Path

import certifi
import pytest

from trueup.errors import UsageError
from trueup.platforms.transport import ssl_context

BUNDLE = Path(certifi.where()).read_text(encoding="utf-8")
END = "-----END CERTIFICATE-----\n"


def test_without_a_word_the_bundle_counts() -> None:
    context = ssl_context({})
    assert len(context.get_ca_certs()) > 50
    assert context.check_hostname


def test_a_file_that_is_named_counts_alone(tmp_path: Path) -> None:
    file = tmp_path / "own.pem"
    file.write_text(BUNDLE[: BUNDLE.index(END) + len(END)], encoding="utf-8")
    assert len(ssl_context({"SSL_CERT_FILE": str(file), "SSL_CERT_DIR": str(tmp_path)}).get_ca_certs()) == 1


def test_a_folder_that_is_named_is_looked_into_only_when_a_certificate_is_met(tmp_path: Path) -> None:
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
def test_what_cannot_be_used_is_said_and_no_reason_to_trust_others(
    tmp_path: Path, variable: str, name: str, reason: str
) -> None:
    (tmp_path / "empty.pem").write_text("none\n", encoding="utf-8")
    with pytest.raises(UsageError) as raised:
        ssl_context({variable: str(tmp_path / name)})
    assert str(raised.value).startswith(f"{variable} is {tmp_path / name}, but {reason}. ")
