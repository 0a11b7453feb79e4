"""Read a hit of a certification search (``origin-api.md`` section 10).

A key that is missing in the response was not returned, which does not mean empty: it is not documented which fields a
search returns.
"""

from collections.abc import Mapping
from typing import Final

from trueup.diff.equality import same
from trueup.errors import UnexpectedAnswer
from trueup.kinds.certification.fields import TABLE
from trueup.kinds.observed import observe_fields, text, text_at
from trueup.kinds.tree import Gap, value_at
from trueup.model.field import Compare
from trueup.model.live import Live
from trueup.model.value import NOT_RETURNED

# Two samples of the documentation spell these names with GL (origin-api.md section 11, number 1).
_DENSITIES: Final = ("densityMin", "densityMax")


def observe(certification: Mapping[str, object]) -> Live:
    """Read one certification; raise ``UnexpectedAnswer`` for an unexpected shape."""
    return Live(
        fields=observe_fields(TABLE, _with_densities(certification), missing=NOT_RETURNED),
        remote_id=text_at(certification, "originId"),
    )


def _with_densities(certification: Mapping[str, object]) -> Mapping[str, object]:
    """Copy ``densityMinGL`` to ``densityMin`` and likewise the maximum."""
    emission = value_at(certification, "voc.emission")
    voc = certification.get("voc")
    if not isinstance(emission, dict) or not isinstance(voc, dict):
        return certification
    merged = {**emission, **{name: _density(emission, name) for name in _DENSITIES if f"{name}GL" in emission}}
    return {**certification, "voc": {**voc, "emission": merged}}


def _density(emission: Mapping[str, object], name: str) -> object:
    plain, alias = value_at(emission, name), value_at(emission, f"{name}GL")
    if isinstance(plain, Gap):
        return None if isinstance(alias, Gap) else alias
    # Both names with the same value are harmless; with different values, either one could be the current one.
    if not isinstance(alias, Gap) and not same(Compare.DECIMAL, text(plain, name), text(alias, f"{name}GL")):
        raise UnexpectedAnswer(f"voc.emission has {name} and {name}GL with different values")
    return plain
