from pathlib import Path

import certifi
import pytest

from trueup.platforms.certificates import trusted

BUNDLE = Path(certifi.where()).read_text(encoding="utf-8")
END = "-----END CERTIFICATE-----\n"


def test_without_a_word_the_bundle_counts() -> None:
    context = trusted({})
    assert len(context.get_ca_certs()) > 50
    assert context.check_hostname


def test_a_file_that_is_named_counts_alone(tmp_path: Path) -> None:
    file = tmp_path / "own.pem"
    file.write_text(BUNDLE[: BUNDLE.index(END) + len(END)], encoding="utf-8")
    assert len(trusted({"SSL_CERT_FILE": str(file), "SSL_CERT_DIR": str(tmp_path)}).get_ca_certs()) == 1


def test_a_folder_that_is_named_is_looked_into_only_when_a_certificate_is_met(tmp_path: Path) -> None:
    assert trusted({"SSL_CERT_DIR": str(tmp_path)}).get_ca_certs() == []


def test_a_file_that_is_not_there_is_no_reason_to_trust_others(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        trusted({"SSL_CERT_FILE": str(tmp_path / "lost.pem")})
