"""Indented JSON is the same as that of the standard library, byte for byte."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trueup.model.action import Reason
from trueup.report.json_text import indented

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.sampled_from(Reason)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner) | st.lists(inner).map(tuple) | st.dictionaries(st.text(), inner)
)


@given(VALUES)
def test_the_text_equals_that_of_the_standard_library(value: object) -> None:
    assert indented(value) == json.dumps(value, indent=2)


@pytest.mark.parametrize("value", [{1: 2}, {"a": {1}}, object()])
def test_values_that_json_lacks_are_refused(value: object) -> None:
    with pytest.raises(TypeError):
        indented(value)
