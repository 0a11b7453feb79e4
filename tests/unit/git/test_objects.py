from pathlib import Path

import pytest

from repositories import ENVIRONMENT, Work, clone, git, new_repository
from trueup.errors import GitFailed, UsageError
from trueup.git.objects import open_objects
from trueup.git.repository import open_repository


def commit_of(work: Work, revision: str) -> str:
    with open_repository(work.root, ENVIRONMENT) as repository, open_objects(repository) as objects:
        return objects.commit(revision)


def contents(work: Work, *ids: str) -> list[bytes]:
    with open_repository(work.root, ENVIRONMENT) as repository, open_objects(repository) as objects:
        return list(objects.contents(ids))


@pytest.fixture
def work(tmp_path: Path) -> Work:
    work = new_repository(tmp_path / "house")
    work.commit({"tax.yaml": "one"})
    work.commit({"tax.yaml": "two"})
    git(work.root, "tag", "--annotate", "v1", "--message", "one", "HEAD~1")
    return work


@pytest.mark.parametrize("revision", ["HEAD~1", "main~1", "v1", "main^"])
def test_a_revision_is_found_by_any_name(work: Work, revision: str) -> None:
    assert commit_of(work, revision) == git(work.root, "rev-parse", "HEAD~1")


def test_a_revision_is_found_by_the_start_of_its_id(work: Work) -> None:
    whole = git(work.root, "rev-parse", "HEAD")
    assert commit_of(work, whole[:10]) == whole


@pytest.mark.parametrize(
    "revision",
    [
        "nowhere",
        "",
        "--all",
        "-h",
        "HEAD..main",
        "main\nHEAD",
        "HEAD:tax.yaml",
        "HEAD^{tree}",
        "@{u}",
        "ümlaut",
        "\udcff",
    ],
)
def test_a_revision_that_names_no_commit_is_a_usage_error(work: Work, revision: str) -> None:
    with pytest.raises(UsageError, match="There is no commit"):
        commit_of(work, revision)


def test_the_upstream_of_a_branch_without_one_is_a_usage_error(work: Work) -> None:
    # git exits instead of answering.
    with pytest.raises(UsageError, match=r"There is no commit '@\{u\}'"):
        commit_of(work, "@{u}")


def test_a_branch_whose_name_looks_like_an_option_is_found(work: Work) -> None:
    git(work.root, "update-ref", "refs/heads/--all", "HEAD~1")
    assert commit_of(work, "--all") == git(work.root, "rev-parse", "HEAD~1")


TAKEN_OVER = [
    ("origin/main", "refs/tags/origin/main", "refs/remotes/origin/main"),
    ("origin/main", "refs/heads/origin/main", "refs/remotes/origin/main"),
    ("origin", "refs/tags/origin", "refs/remotes/origin/HEAD"),
    ("main", "refs/tags/main", "refs/heads/main"),
    ("heads/main", "refs/tags/heads/main", "refs/heads/main"),
    ("refs/heads/main", "refs/tags/refs/heads/main", "refs/heads/main"),
    # Without the reference itself, the tag is what git takes.
    ("refs/remotes/origin/main", "refs/tags/refs/remotes/origin/main", ""),
]


@pytest.mark.parametrize("step", ["", "~0", "^0", "@{0}"])
@pytest.mark.parametrize(("name", "foreign", "meant"), TAKEN_OVER)
def test_a_name_that_a_foreign_tag_could_shadow_is_refused(
    work: Work, name: str, foreign: str, meant: str, step: str
) -> None:
    if meant:
        git(work.root, "update-ref", meant, "HEAD~1")
    other = git(work.root, "commit-tree", "HEAD^{tree}", "-m", "other")
    git(work.root, "update-ref", "--create-reflog", foreign, other)
    with pytest.raises(UsageError, match=f"'{name}' is ambiguous: .*{foreign} is [0-9a-f]{{40}}"):
        commit_of(work, f"{name}{step}")


def test_two_names_for_one_commit_are_accepted(work: Work) -> None:
    for reference in ("refs/tags/origin/main", "refs/remotes/origin/main"):
        git(work.root, "update-ref", reference, "HEAD~1")
    assert commit_of(work, "origin/main") == git(work.root, "rev-parse", "HEAD~1")


def test_the_start_of_an_id_that_is_also_a_tag_is_refused(work: Work) -> None:
    short = git(work.root, "rev-parse", "HEAD")[:8]
    for name in (short, f"v1-1-g{short}"):
        git(work.root, "tag", name, "HEAD~1")
        with pytest.raises(UsageError, match=f": refs/tags/{name} is .*an id that starts with {short} is"):
            commit_of(work, name)


def test_a_name_that_no_reference_can_shadow_is_accepted(work: Work) -> None:
    before, now = git(work.root, "rev-parse", "HEAD~1"), git(work.root, "rev-parse", "HEAD")
    for name in ("HEAD", "@", now):
        git(work.root, "update-ref", f"refs/tags/{name}", before)
    assert {commit_of(work, name) for name in ("HEAD", "@", now)} == {now}


def test_a_commit_that_a_shallow_clone_lacks_is_reported_with_the_remedy(work: Work, tmp_path: Path) -> None:
    shallow = clone(work.root, tmp_path / "shallow", "--depth=1")
    assert commit_of(shallow, "HEAD") == git(work.root, "rev-parse", "HEAD")
    for revision in ("HEAD~1", git(work.root, "rev-parse", "HEAD~1")):
        with pytest.raises(GitFailed, match=r"shallow.*fetch-depth: 0"):
            commit_of(shallow, revision)


def test_after_an_unknown_revision_the_next_request_is_answered(work: Work) -> None:
    with open_repository(work.root, ENVIRONMENT) as repository, open_objects(repository) as objects:
        with pytest.raises(UsageError):
            objects.commit("nowhere")
        assert objects.commit("HEAD") == git(work.root, "rev-parse", "HEAD")


def test_many_and_large_files_are_returned_in_the_requested_order(work: Work) -> None:
    texts = [f"{number}\n".encode() * (20_000 if number % 100 == 0 else 1) for number in range(700)]
    work.commit({f"many/{number}.yaml": text for number, text in enumerate(texts)})
    assert contents(work, *(f"HEAD:many/{number}.yaml" for number in range(700))) == texts


def test_a_missing_object_is_reported(work: Work) -> None:
    with pytest.raises(GitFailed, match="is not in this clone"):
        contents(work, "HEAD:tax.yaml", "0" * 40)


def test_reading_can_stop_in_the_middle(work: Work) -> None:
    work.commit({"large.yaml": b"x" * 1_000_000})
    with open_repository(work.root, ENVIRONMENT) as repository, open_objects(repository) as objects:
        contents = objects.contents(["HEAD:large.yaml"] * 50)
        assert len(next(contents)) == 1_000_000


def test_git_that_exits_early_is_reported_every_time(work: Work) -> None:
    git(work.root, "config", "core.repositoryFormatVersion", "99")
    with open_repository(work.root, ENVIRONMENT) as repository, open_objects(repository) as objects:
        # The first failure may be that of reading. By the second git has ended, so writing fails.
        for _ in range(2):
            with pytest.raises(GitFailed, match="ended"):
                objects.commit("HEAD")
