"""What the recorded commits wanted, read from repositories made for it."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from estates import Estate, connector, documents, new_estate
from repositories import clone, git
from trueup.history.applied import ReadApplied, read_applied
from trueup.model.identity import Identity, IdField, Kind
from trueup.model.plan import Pending
from trueup.plan.records import PullRef, Records, TargetRecord

pytestmark = pytest.mark.slow

TWO_TARGETS = """\
apiVersion: trueup/v1
kind: Project
manifests: ["connectors/**/*.yaml"]
targets:
  eu: {platform: connect, region: europe-west1.gcp}
  us: {platform: connect, region: us-central1.gcp}
"""


def tax(target: str = "eu", key: str = "tax") -> Identity:
    return Identity(target, Kind.CONNECTOR, IdField.KEY, key)


@pytest.fixture
def estate(tmp_path: Path) -> Estate:
    return new_estate(tmp_path / "house", {"tax.yaml": connector("tax", "One")})


def head(estate: Estate) -> str:
    return git(estate.root, "rev-parse", "HEAD")


def commit(estate: Estate, text: str, file: str = "tax.yaml") -> str:
    return estate.work.commit({f"connectors/{file}": text})


def read(
    estate: Estate, targets: Mapping[str, TargetRecord], *, base: str = "", pulls: Mapping[str, PullRef] | None = None
) -> ReadApplied:
    return read_applied(
        Records(targets=targets, pulls=pulls or {}),
        estate.now().manifests,
        estate.project(),
        base=estate.then(revision=base) if base else None,
        paths=(),
        cwd=estate.root,
    )


def names(applied: ReadApplied, identity: Identity) -> list[object]:
    return [None if then is None else then.spec["name"] for then in applied.wants.wants[identity]]


def told(applied: ReadApplied) -> list[tuple[str, str]]:
    return [(warning.code, warning.message.partition(": ")[2]) for warning in applied.warnings]


def test_each_recorded_commit_says_what_it_wanted_newest_first(estate: Estate) -> None:
    one = head(estate)
    two = commit(estate, connector("tax", "Two"))
    commit(estate, documents(connector("tax", "Three"), connector("psp", "New")))
    applied = read(estate, {"eu": TargetRecord(settled=one, attempts=(two,))})
    assert names(applied, tax()) == ["Two", "One"]
    assert names(applied, tax(key="psp")) == [None, None]
    assert (applied.wants.unrecorded, applied.warnings) == ((), ())


def test_a_resource_that_was_left_behind_is_as_its_older_commit_wanted_it(estate: Estate) -> None:
    one = head(estate)
    two = commit(estate, connector("tax", "Two"))
    applied = read(estate, {"eu": TargetRecord(settled=two, left={tax(): one})})
    assert names(applied, tax()) == ["One"]


def test_one_that_was_left_behind_as_nobody_knows_is_not_known(estate: Estate) -> None:
    applied = read(estate, {"eu": TargetRecord(settled=head(estate), left={tax(): None})})
    assert applied.wants.wants == {}
    assert told(applied) == [
        ("not-recorded", "for 1 resource, no apply that ended well is recorded, or its manifest cannot be read.")
    ]


def test_a_resource_whose_manifest_was_wrong_then_is_not_known(estate: Estate) -> None:
    wrong = commit(estate, f"{connector('tax', 'Two')}nonsense: [\n")
    commit(estate, connector("tax", "Three"))
    applied = read(estate, {"eu": TargetRecord(settled=wrong)})
    assert (applied.wants.wants, [code for code, _ in told(applied)]) == ({}, ["not-recorded"])


@pytest.mark.parametrize("record", [None, TargetRecord(), TargetRecord(attempts=("1a" * 20,))])
def test_a_target_without_an_apply_that_ended_well_is_not_known(estate: Estate, record: TargetRecord | None) -> None:
    applied = read(estate, {} if record is None else {"eu": record})
    assert (applied.wants.wants, applied.wants.unrecorded) == ({}, ("eu",))
    assert told(applied) == [("not-recorded", "no apply of it that ended well is recorded.")]


def test_a_commit_that_is_not_in_the_history_leaves_the_target_unknown(estate: Estate) -> None:
    one = head(estate)
    git(estate.root, "checkout", "--quiet", "-b", "other")
    foreign = commit(estate, connector("tax", "Other"))
    git(estate.root, "checkout", "--quiet", "main")
    blob = git(estate.root, "rev-parse", "HEAD:connectors/tax.yaml")
    git(estate.root, "tag", "--annotate", "--message", "x", "v1")
    tag = git(estate.root, "rev-parse", "v1")
    for record in (
        TargetRecord(settled=foreign),
        TargetRecord(settled=one, attempts=(foreign,)),
        TargetRecord(settled="0" * 40),
        TargetRecord(settled=blob),
        TargetRecord(settled=tag),
    ):
        applied = read(estate, {"eu": record})
        assert (applied.wants.wants, applied.wants.unrecorded) == ({}, ("eu",))
        ((code, message),) = told(applied)
        assert (code, message.endswith(" is not in the history of this clone.")) == ("record-not-here", True)
    assert "fetch-depth: 0" in applied.warnings[0].hint


def test_in_a_shallow_clone_an_older_commit_is_not_known(estate: Estate, tmp_path: Path) -> None:
    one = head(estate)
    commit(estate, connector("tax", "Two"))
    shallow = Estate(clone(estate.root, tmp_path / "shallow", "--depth", "1"))
    assert [code for code, _ in told(read(shallow, {"eu": TargetRecord(settled=one)}))] == ["record-not-here"]


def test_a_commit_of_the_base_counts_on_a_branch_that_does_not_have_it(estate: Estate) -> None:
    git(estate.root, "checkout", "--quiet", "-b", "topic")
    git(estate.root, "checkout", "--quiet", "main")
    two = commit(estate, connector("tax", "Two"))
    git(estate.root, "checkout", "--quiet", "topic")
    assert names(read(estate, {"eu": TargetRecord(settled=two)}, base="main"), tax()) == ["Two"]
    assert read(estate, {"eu": TargetRecord(settled=two)}).wants.unrecorded == ("eu",)


def test_a_pending_change_names_the_newest_commit_of_its_file_and_the_pull_request(estate: Estate) -> None:
    one = head(estate)
    commit(estate, connector("tax", "Two"))
    three = commit(estate, connector("tax", "Three"))
    commit(estate, connector("psp"), "psp.yaml")
    pull = PullRef(number=12, url="https://github.example/pull/12")
    applied = read(estate, {"eu": TargetRecord(settled=one)}, pulls={three: pull})
    assert applied.wants.pending[tax()] == Pending(identity=tax(), commit=three, pull=12, url=pull.url)
    assert applied.wants.pending[tax(key="psp")].pull is None


def test_what_only_the_branch_changed_is_not_pending(estate: Estate) -> None:
    one = head(estate)
    git(estate.root, "checkout", "--quiet", "-b", "topic")
    commit(estate, connector("tax", "Mine"))
    assert read(estate, {"eu": TargetRecord(settled=one)}, base="main").wants.pending == {}


def test_on_a_branch_the_commit_of_the_base_is_named_though_the_branch_moved_the_file(estate: Estate) -> None:
    one = head(estate)
    two = commit(estate, connector("tax", "Two"))
    git(estate.root, "checkout", "--quiet", "-b", "topic")
    git(estate.root, "mv", "connectors/tax.yaml", "connectors/moved.yaml")
    estate.work.commit()
    assert read(estate, {"eu": TargetRecord(settled=one)}, base="main").wants.pending[tax()].commit == two


def test_a_target_that_led_elsewhere_then_is_not_known(tmp_path: Path) -> None:
    estate = new_estate(tmp_path / "house", {"tax.yaml": on_both("Acme Tax")}, project=TWO_TARGETS)
    one = head(estate)
    estate.work.commit({"trueup.yaml": TWO_TARGETS.replace("europe-west1.gcp", "eu-central-1.aws")})
    applied = read(estate, {"eu": TargetRecord(settled=one), "us": TargetRecord(settled=one)})
    assert (names(applied, tax("us")), applied.wants.unrecorded) == (["Acme Tax"], ("eu",))
    assert told(applied) == [("not-recorded", "it led elsewhere when it was recorded.")]


def on_both(name: str) -> str:
    return documents(connector("tax", name, target="eu"), connector("tax", name, target="us"))


def test_each_target_has_its_own_commits(tmp_path: Path) -> None:
    estate = new_estate(tmp_path / "house", {"tax.yaml": on_both("One")}, project=TWO_TARGETS)
    one = head(estate)
    two = commit(estate, on_both("Two"))
    applied = read(estate, {"eu": TargetRecord(settled=one), "us": TargetRecord(settled=two)})
    assert (names(applied, tax("eu")), names(applied, tax("us"))) == (["One"], ["Two"])
    assert applied.wants.pending.keys() == {tax("eu")}


def test_no_more_than_eight_commits_of_a_target_are_read(estate: Estate) -> None:
    commits = [head(estate), *(commit(estate, connector("tax", f"N{number}")) for number in range(9))]
    keys = [f"k{number}" for number in range(9)]
    commit(estate, documents(*(connector(key) for key in keys)), "more.yaml")
    left = {tax(key=key): commits[number] for number, key in enumerate(keys)}
    applied = read(estate, {"eu": TargetRecord(settled=commits[-1], left=left)})
    assert applied.wants.wants.keys() == {tax(), *(tax(key=key) for key in keys[:7])}
    assert told(applied)[0][1].startswith("for 2 resources,")
