"""Texts are masked where they are shown; known error codes are never masked."""

import json

import pytest

from trueup.platforms.connect.errors import BY_CODE, read_body
from trueup.platforms.credentials import Secret
from trueup.platforms.origin.errors import BY_CODE as ORIGIN
from trueup.platforms.origin.errors import read_status
from trueup.platforms.transport import Answer


def answer(body: object, *secrets: str) -> Answer:
    return Answer(status=400, headers={}, body=json.dumps(body).encode(), secrets=tuple(map(Secret, secrets)))


@pytest.mark.parametrize("code", [code for code in BY_CODE if code])
def test_a_known_code_of_connect_is_never_masked(code: str) -> None:
    error = {"code": code, "message": f"= {code}"}
    body = read_body(answer({"statusCode": 400, "message": "x", "errors": [error]}, code, code[1:3]))
    assert body is not None
    assert (body.code, body.messages) == (code, ("= ***",))


def test_an_unknown_code_that_repeats_a_secret_is_masked() -> None:
    error = {"code": "x-secret-x", "message": "y"}
    body = read_body(answer({"statusCode": 400, "message": "x", "errors": [error]}, "secret"))
    assert body is not None
    assert body.code == "x-***-x"


@pytest.mark.parametrize("code", ORIGIN)
def test_a_known_code_of_origin_is_never_masked(code: str) -> None:
    status = read_status(answer({"status": {"state": "ERROR", "code": f"{code} - words", "messages": []}}, "0000", "E"))
    assert status is not None
    assert status.code == code
