"""The cost of adopting is at most proportional to the file and to the changes."""

from collections.abc import Callable

import pytest

from counting import calls
from trueup.edit.adopt import Adoption, adopt
from trueup.model.value import Attributes, ElementKey, Elements, Members, Value
from unit.edit.adopting import EPD, HEAD, PROJECT, adopted, drift_of, taken

MOST = 500_000
FAILED = "it was only tried together with other changes: "


def brands(names: range, website: str = "www.b{}.example") -> Elements:
    return Elements({(f"B{n}",): {"website": website.format(n)} for n in names})


def block(size: int) -> str:
    return f"{EPD}  brands:\n" + "".join(f"  - name: B{n}\n    website: www.a.example\n" for n in range(size))


def flow(size: int) -> str:
    items = ", ".join(f"{{name: B{n}, website: www.a.example}}" for n in range(size))
    return f"{EPD}  brands: [{items}]\n"


def steps(text: str, **live: Value | None) -> int:
    """Return the number of calls for writing these live values into the text; all of them are adopted."""
    drift = drift_of(text, of=0, **live)
    made: list[Adoption] = []
    counted = calls(lambda: made.extend(adopt(PROJECT, "tax.yaml", text.encode(), [drift])[1]))
    assert made[0].refused == ()
    return counted


def projects(size: int) -> Members:
    return Members(tuple(f"e.gcp:p{n:06}" for n in range(size)))


@pytest.mark.parametrize(
    "counted",
    [
        lambda size: steps(f"{EPD}  brands:\n  - name: A\n", brands=brands(range(size))),
        lambda size: steps(f"{EPD}  brands: [{{name: A}}]\n", brands=brands(range(size))),
        lambda size: steps(block(size), brands=brands(range(size))),
        lambda size: steps(flow(size), brands=brands(range(size))),
        lambda size: steps(block(size), brands=brands(range(size // 2, size // 2 + 1))),
        lambda size: steps(flow(size), brands=brands(range(size // 2, size // 2 + 1))),
        lambda size: steps(f"{HEAD}  privateProjects: []\n", privateProjects=projects(size)),
    ],
    ids=["block grows", "brackets grow", "block", "brackets", "block shrinks", "brackets shrink", "members"],
)
def test_twice_the_changes_are_twice_the_work(counted: Callable[[int], int]) -> None:
    # Small sizes, so that work that grows with the square is found in seconds and not in minutes. What C does in one
    # call, such as copying a list, is not seen.
    counted(2)
    assert counted(100) < 2.5 * counted(50)


@pytest.mark.slow
def test_the_one_change_that_fails_is_found_and_all_others_are_made() -> None:
    live = {**brands(range(60)).by_key, ("B41",): {"website": "no website"}}
    text, adoption = adopted(block(60), brands=Elements(live))
    ((change, why),) = adoption.refused
    assert getattr(change.action, "key", None) == ("B41",)
    assert why.startswith("a manifest cannot express it: ")
    assert (text.count(".example"), text.count("a.example")) == (60, 1)


def test_the_search_for_failing_changes_is_bounded() -> None:
    text = block(40)
    tries = [
        calls(lambda size=size: adopted(text, brands=brands(range(40, 40 + size), "no website {}" + "x" * 2_000)))  # type: ignore[misc]
        for size in (200, 400)
    ]
    assert tries[1] < 2.5 * tries[0]
    _, adoption = adopted(text, brands=brands(range(400), "no website {}" + "x" * 2_000))
    assert any(why.startswith(f"{FAILED}a manifest cannot express it: ") for _, why in adoption.refused)


def test_a_mapping_that_many_merges_lead_to_is_searched_once() -> None:
    merges = "".join(f"    - &a{n} {{externalId: C{n}, <<: [*a{n - 1}, *a{n - 1}]}}\n" for n in range(1, 60))
    text = f"{EPD}  contacts:\n    - &a0 {{externalId: C0, name: Jo}}\n{merges}"
    live: dict[ElementKey, Attributes] = {(f"C{n}",): {"name": "Jo"} for n in range(60)}
    assert calls(lambda: taken(text, contacts=Elements({**live, ("C59",): {"name": "Bo"}}))) < MOST
