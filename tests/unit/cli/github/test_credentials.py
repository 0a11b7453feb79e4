import io
import os
from pathlib import Path

import pytest

from trueup.cli.github.credentials import further_credentials, read_credentials
from trueup.errors import UsageError
from trueup.github.workflow import WorkflowStep

GIVEN = "CTP_EU_CLIENT_ID=id 7\r\n\n  TRUEUP_PARTNER_TOKEN = a=b%\nORIGIN_EMPTY=\n"


def test_each_line_is_one_variable() -> None:
    found = read_credentials({"TRUEUP_CREDENTIALS": GIVEN})
    assert found == {"CTP_EU_CLIENT_ID": "id 7", "TRUEUP_PARTNER_TOKEN": "a=b%", "ORIGIN_EMPTY": ""}
    assert read_credentials({}) == {}


@pytest.mark.parametrize(
    "line",
    [
        "PATH=canary",
        "LD_PRELOAD=canary",
        "ctp_id=canary",
        "CTP_=canary",
        "CTP_A canary",
        "canary",
        "=canary",
        "TRUEUP_ALLOW_HOSTS=canary",
        "TRUEUP_INPUT_COMMAND=canary",
        "TRUEUP_FOLDER=canary",
        "TRUEUP_CREDENTIALS=canary",
    ],
)
def test_another_line_is_refused_by_its_number_alone(line: str) -> None:
    with pytest.raises(UsageError) as refused:
        read_credentials({"TRUEUP_CREDENTIALS": f"CTP_A=1\n{line}\n"})
    assert str(refused.value).startswith("Line 2 of TRUEUP_CREDENTIALS is not NAME=value")
    assert "canary" not in str(refused.value)


def test_values_are_masked_before_they_are_used_and_gone_afterwards() -> None:
    out = io.StringIO()
    before = dict(os.environ)
    with further_credentials(WorkflowStep(env={"TRUEUP_CREDENTIALS": GIVEN}, cwd=Path(), out=out)):
        assert out.getvalue().splitlines() == ["::add-mask::id 7", "::add-mask::a=b%25"]
        assert os.environ["CTP_EU_CLIENT_ID"] == "id 7"
    assert dict(os.environ) == before
