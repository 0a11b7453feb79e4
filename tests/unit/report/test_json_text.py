"""JSON with indentation is what the library writes, byte for byte."""

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
def test_it_is_what_the_library_writes(value: object) -> None:
    assert indented(value) == json.dumps(value, indent=2)


@pytest.mark.parametrize("value", [{1: 2}, {"a": {1}}, object()])
def test_what_is_not_json_is_refused(value: object) -> None:
    with pytest.raises(TypeError):
        indented(value)
