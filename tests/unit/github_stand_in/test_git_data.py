import base64
from pathlib import Path

import httpx
import pytest

from github.git import tip
from github.state import State
from repositories import git
from unit.github_stand_in.asking import client, refused, with_git

pytestmark = pytest.mark.slow


@pytest.fixture
def state(tmp_path: Path) -> State:
    made = with_git(tmp_path)
    made.allow("app", login="app[bot]", contents="write")
    return made


@pytest.fixture
def asking(state: State) -> httpx.Client:
    return client(state, token="app")


def test_a_branch_with_changed_new_and_deleted_files_is_made_of_objects(state: State, asking: httpx.Client) -> None:
    assert state.work is not None
    base = asking.get("/git/ref/heads/main").json()["object"]["sha"]
    assert base == tip(state)
    encoded = {"content": base64.b64encode(b"\xff").decode(), "encoding": "base64"}
    blob = asking.post("/git/blobs", json=encoded).json()["sha"]
    entries = [
        {"path": "b/new.bin", "mode": "100644", "type": "blob", "sha": blob},
        {"path": "b/c.yaml", "mode": "100644", "type": "blob", "content": "2\n"},
        {"path": "a.yaml", "mode": "100644", "type": "blob", "sha": None},
    ]
    tree = asking.post("/git/trees", json={"base_tree": base, "tree": entries}).json()
    assert [entry["path"] for entry in tree["tree"]] == ["b/c.yaml", "b/new.bin"]
    commit = asking.post("/git/commits", json={"message": "m\n\nbody", "tree": tree["sha"], "parents": [base]}).json()
    assert (commit["message"], commit["author"]["name"], commit["parents"][0]["sha"]) == ("m\n\nbody", "app[bot]", base)
    assert asking.get(f"/git/commits/{commit['sha']}").json()["tree"]["sha"] == tree["sha"]
    assert asking.post("/git/refs", json={"ref": "refs/heads/new", "sha": commit["sha"]}).status_code == 201
    assert asking.get("/git/ref/heads/new").json()["object"]["sha"] == commit["sha"]
    assert git(state.work.root, "show", "new:b/c.yaml") == "2"
    assert git(state.work.root, "cat-file", "-s", "new:b/new.bin") == "1"
    assert state.violations == []


@pytest.mark.parametrize(
    ("ref", "sha", "told"),
    [
        ("refs/heads/main", "main", "Reference already exists"),
        ("refs/heads/new", "f" * 40, "Object does not exist"),
        ("main", "main", "Reference name is not well-formed"),
        ("refs/main", "main", "Reference name is not well-formed"),
        ("refs/heads/a..b", "main", "Reference name is not well-formed"),
    ],
)
def test_a_ref_is_new_well_formed_and_of_an_object(
    ref: str, sha: str, told: str, state: State, asking: httpx.Client
) -> None:
    given = {"ref": ref, "sha": tip(state) if sha == "main" else sha}
    assert refused(asking.post("/git/refs", json=given)) == (422, told)


def test_what_does_not_exist_is_refused(state: State, asking: httpx.Client) -> None:
    entry = {"path": "none", "mode": "100644", "type": "blob"}
    assert asking.get("/git/ref/heads/none").status_code == 404
    assert asking.get(f"/git/commits/{'f' * 40}").status_code == 404
    deleted = {"base_tree": tip(state), "tree": [{**entry, "sha": None}]}
    assert refused(asking.post("/git/trees", json=deleted)) == (422, "GitRPC::BadObjectState")
    assert asking.post("/git/trees", json={"base_tree": "f" * 40, "tree": []}).status_code == 404
    assert asking.post("/git/trees", json={"tree": [{**entry, "sha": "f" * 40}]}).status_code == 422
    both = {"tree": [{**entry, "sha": "f" * 40, "content": "x"}]}
    assert refused(asking.post("/git/trees", json=both)) == (422, "Must supply either tree.sha or tree.content")
    tree = git(state.work.root, "rev-parse", "main^{tree}") if state.work else ""
    assert asking.post("/git/commits", json={"message": "m", "tree": "f" * 40}).status_code == 422
    assert asking.post("/git/commits", json={"message": "m", "tree": tree, "parents": ["f" * 40]}).status_code == 422
    assert asking.post("/git/blobs", json={"content": "x", "encoding": "latin1"}).status_code == 422
