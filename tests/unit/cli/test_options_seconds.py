"""Options that take a number of seconds."""

import click
import pytest

from trueup.cli.options import Seconds

WAIT = Seconds(0)


@pytest.mark.parametrize("text", ["0", "1.5", "1e3"])
def test_a_finite_number_is_taken(text: str) -> None:
    assert WAIT.convert(text, None, None) == float(text)


@pytest.mark.parametrize("text", ["nan", "-nan", "inf", "-1", "soon"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(click.BadParameter):
        WAIT.convert(text, None, None)
