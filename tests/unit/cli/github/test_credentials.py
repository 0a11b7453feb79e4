import io
import os
from pathlib import Path

import pytest

from trueup.cli.github.credentials import FURTHER_CREDENTIALS, SECURED_VALUES, further_variables
from trueup.errors import UsageError
from trueup.github.workflow import WorkflowStep

GIVEN = "CTP_EU_CLIENT_ID=id 7\r\n\n  TRUEUP_PARTNER_TOKEN = a=b%\nORIGIN_EMPTY=\n"
KEY = "-----BEGIN PRIVATE KEY-----\nc2Vj=cmV0\n}\n\n-----END PRIVATE KEY-----"
SECURED = f"ACME_TOKEN=a<<b\nACME_KEY<<EOF\n{KEY}\nEOF\nacme_2 = x\n"


def refusal(text: str, **env: str) -> str:
    with pytest.raises(UsageError) as refused:
        SECURED_VALUES.read({"TRUEUP_SECURED_VALUES": text, **env})
    assert "canary" not in str(refused.value)
    return str(refused.value)


def test_each_line_is_one_variable() -> None:
    found = FURTHER_CREDENTIALS.read({"TRUEUP_CREDENTIALS": GIVEN})
    assert found == {"CTP_EU_CLIENT_ID": "id 7", "TRUEUP_PARTNER_TOKEN": "a=b%", "ORIGIN_EMPTY": ""}
    assert FURTHER_CREDENTIALS.read({}) == SECURED_VALUES.read({}) == {}


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_secured_value_may_have_several_lines(end: str) -> None:
    found = SECURED_VALUES.read({"TRUEUP_SECURED_VALUES": SECURED.replace("\n", end)})
    assert found == {"ACME_TOKEN": "a<<b", "ACME_KEY": KEY, "acme_2": "x"}


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
        "CTP_A=canary",
        "TRUEUP_ALLOW_HOSTS=canary",
        "TRUEUP_INPUT_COMMAND=canary",
        "TRUEUP_FOLDER=canary",
        "TRUEUP_CREDENTIALS=canary",
        "TRUEUP_SECURED_VALUES=canary",
    ],
)
def test_another_line_is_refused_by_its_number_alone(line: str) -> None:
    with pytest.raises(UsageError) as refused:
        FURTHER_CREDENTIALS.read({"TRUEUP_CREDENTIALS": f"CTP_A=1\n{line}\n"})
    assert str(refused.value).startswith("Line 2 of TRUEUP_CREDENTIALS is not NAME=value")
    assert "canary" not in str(refused.value)


@pytest.mark.parametrize(
    "line",
    ["GITHUB_TOKEN=canary", "CTP_SECRET=canary", "A-B=canary", "ACME=canary", "PATH=canary", "can ary", "=canary"],
)
def test_a_secured_value_replaces_no_other_variable(line: str) -> None:
    said = refusal(f"ACME=1\n{line}\n", PATH="/bin")
    assert said.startswith("Line 2 of TRUEUP_SECURED_VALUES is not NAME=value")


@pytest.mark.parametrize("text", ["ACME<<EOF\ncanary\n", "ACME<<\ncanary\n\n", "ACME<<EOF\ncanary\n EOF\n"])
def test_a_value_of_several_lines_must_end(text: str) -> None:
    assert "begins in line 2 of TRUEUP_SECURED_VALUES does not end" in refusal(f"\n{text}")


def test_values_are_masked_before_they_are_used_and_gone_afterwards() -> None:
    out = io.StringIO()
    before = dict(os.environ)
    env = {"TRUEUP_CREDENTIALS": GIVEN, "TRUEUP_SECURED_VALUES": SECURED}
    with further_variables(WorkflowStep(env=env, cwd=Path(), out=out), applies=True):
        assert out.getvalue().splitlines() == [
            "::add-mask::id 7",
            "::add-mask::a=b%25",
            "::add-mask::a<<b",
            "::add-mask::-----BEGIN PRIVATE KEY-----",
            "::add-mask::c2Vj=cmV0",
            "::add-mask::-----END PRIVATE KEY-----",
            "::add-mask::x",
        ]
        assert os.environ["CTP_EU_CLIENT_ID"] == "id 7"
        assert os.environ["ACME_KEY"] == KEY
    assert dict(os.environ) == before


def test_only_an_apply_reads_the_secured_values() -> None:
    out = io.StringIO()
    env = {"TRUEUP_SECURED_VALUES": "not even readable"}
    with further_variables(WorkflowStep(env=env, cwd=Path(), out=out), applies=False):
        assert out.getvalue() == ""
