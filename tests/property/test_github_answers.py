"""Whatever GitHub answers, the first step finds something or says why it did not: no answer is an exception.

Answers are right ones in which one value at any place is another. What has the shape of a right answer is taken for
one, so nothing is said here about what is found.
"""

import copy
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trueup.github.artifacts import kept_plans
from trueup.github.deployments import finish, read_records, start
from trueup.github.folder import StepFolder
from trueup.github.found import NoPlan
from trueup.github.pulls import pulls_of
from unit.github.answers import REPO, STORE, Answer, Table, holds, moves
from unit.github.contexts import pushed
from unit.github.test_artifacts import NAMES, PULL, artifact, run, zipped
from unit.github.test_deployments import SCOPE, TAX, deployment, entry
from unit.github.test_pulls import pull

COMMIT = "1" * 40
ANSWERS: dict[str, Any] = {
    f"GET {REPO}/commits/{COMMIT}/pulls": [pull()],
    f"GET {REPO}/actions/runs": {"total_count": 1, "workflow_runs": [run(9)]},
    f"GET {REPO}/actions/runs/9/artifacts": {"total_count": 1, "artifacts": [artifact(1)]},
    f"GET {REPO}/deployments": [deployment(1, left=[entry(TAX, COMMIT)])],
    f"GET {REPO}/deployments/1": deployment(1),
    f"GET {REPO}/deployments/1/statuses": [{"id": 1, "state": "failure"}],
    f"POST {REPO}/deployments": {"id": 2},
    f"POST {REPO}/deployments/1/statuses": {"id": 1},
}


def places(node: Any, above: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Yield the path of every value in a document."""
    yield above
    steps = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for name, inner in steps:
        yield from places(inner, (*above, name))


EVERYWHERE = [(path, place) for path, answer in ANSWERS.items() for place in places(answer)]
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.sampled_from([None, True, False, 0, -1, 1.5, 10**30, "", "1", "x" * 300, "\ud800", "../..", COMMIT, "all"])
    | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "sha", "left"]), inner),
    max_leaves=4,
)


def with_value(answer: Any, place: tuple[str | int, ...], value: Any) -> Any:
    if not place:
        return value
    changed = copy.deepcopy(answer)
    node = changed
    for name in place[:-1]:
        node = node[name]
    node[place[-1]] = value
    return changed


def sends(content: Any, status: int) -> Answer:
    # ASCII, so that half of a surrogate pair can be sent.
    return lambda _: httpx.Response(status, content=json.dumps(content).encode())


@pytest.mark.slow
@given(st.sampled_from(EVERYWHERE), VALUES, st.sampled_from([200, 200, 200, 201, 204, 403, 404, 422]))
def test_no_answer_is_an_exception(where: tuple[str, tuple[str | int, ...]], value: Any, status: int) -> None:
    path, place = where
    answers: dict[str, Answer | list[Answer]] = {name: sends(answer, 200) for name, answer in ANSWERS.items()}
    answers[path] = sends(with_value(ANSWERS[path], place, value), status)
    answers[f"GET {REPO}/actions/artifacts/1/zip"] = moves(f"{STORE}/1")
    answers[f"GET {STORE}/1"] = holds(zipped())
    with tempfile.TemporaryDirectory() as folder, Table(answers).rest() as rest:
        pulls_of(rest, pushed(), [COMMIT])
        kept = kept_plans(rest, pushed(), PULL, NAMES, StepFolder(Path(folder)))
        assert isinstance(kept, NoPlan) or kept
        read_records(rest, pushed(), SCOPE, ["eu"], lambda _: True)
        start(rest, pushed(), SCOPE, ["eu"])
        finish(rest, pushed(), 1, {TAX: None})
        finish(rest, pushed(), 1, {})
