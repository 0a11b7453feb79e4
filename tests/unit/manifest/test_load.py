import gc
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from trueup.errors import Severity
from trueup.manifest.identifiers import alike_identities
from trueup.manifest.load import Loaded, is_selected, load
from trueup.manifest.project import Project, load_project
from trueup.model.manifest import Manifest

PROJECT = """\
apiVersion: trueup/v1
kind: Project
targets:
  eu: {platform: connect, sandbox: true}
  us: {platform: connect, sandbox: true}
  origin: {platform: origin, sandbox: true}
"""
HEAD = "apiVersion: trueup/v1\nkind: Connector\n"


def _connector(key: str, target: str = "eu", labels: str = "{}", name: str = "Acme") -> str:
    return f"{HEAD}metadata: {{key: {key}, target: {target}, labels: {labels}}}\nspec: {{name: {name}}}\n"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    (tmp_path / "trueup.yaml").write_text(PROJECT)
    return load_project(tmp_path / "trueup.yaml", sandbox=False, cwd=tmp_path)


def _load(project: Project, *paths: str, stdin: Callable[[], bytes] | None = None, **files: str | bytes) -> Loaded:
    for name, text in files.items():
        (project.root / f"{name}.yaml").write_bytes(text.encode() if isinstance(text, str) else text)
    return load(project, paths, cwd=project.root, stdin=stdin)


def _problem(loaded: Loaded) -> list[tuple[str, str]]:
    return [(problem.code, str(problem.position)) for problem in loaded.diagnostics]


def _values(manifests: tuple[Manifest, ...]) -> list[str]:
    return [manifest.identity.value for manifest in manifests]


def test_manifests_come_in_the_order_of_files_and_documents(project: Project) -> None:
    loaded = _load(project, b=_connector("b1"), a=f"{_connector('a1')}---\n{_connector('a2')}")
    assert _values(loaded.manifests) == ["a1", "a2", "b1"]
    assert (loaded.files, loaded.documents, loaded.diagnostics) == (2, 3, ())


def test_positions_of_a_manifest_name_the_file(project: Project) -> None:
    loaded = _load(project, a=f"{_connector('a1')}---\n{_connector('a2')}")
    assert str(loaded.manifests[1].positions.at(("spec", "name"))) == "a.yaml:9:8"


def test_one_invalid_document_does_not_hide_the_others(project: Project) -> None:
    text = f"{_connector('a1')}---\n{HEAD}metadata: {{key: a b}}\nspec: {{}}\n---\n{_connector('a3')}"
    loaded = _load(project, a=text)
    assert _values(loaded.manifests) == ["a1", "a3"]
    assert _problem(loaded) == [("bad-format", "a.yaml:8:12")]
    assert loaded.documents == 3


def test_all_problems_of_all_files_are_reported(project: Project) -> None:
    loaded = _load(
        project,
        a=_connector("a b", target="nope"),
        b="a: [\n",
        c=f"{HEAD}metadata: {{key: c1, target: nope}}\nspec: {{nmae: x, name: 1}}\n",
        d="kind: Conector\n",
    )
    assert _problem(loaded) == [
        ("bad-format", "a.yaml:3:12"),
        ("yaml-syntax", "b.yaml:1:4"),
        ("unknown-field", "c.yaml:4:8"),
        ("wrong-type", "c.yaml:4:17"),
        ("unknown-kind", "d.yaml:1:1"),
    ]
    assert loaded.manifests == ()


def test_an_incomplete_file_is_checked_but_not_used(project: Project) -> None:
    text = f"{_connector('a1')}---\n{HEAD}metadata: {{key: a b}}\nspec: {{}}\n---\na: [\n"
    loaded = _load(project, a=text, b=_connector("b1"))
    assert _values(loaded.manifests) == ["b1"]
    assert _problem(loaded) == [("yaml-syntax", "a.yaml:11:4"), ("bad-format", "a.yaml:8:12")]


def test_a_document_with_a_repeated_key_is_checked_but_not_used(project: Project) -> None:
    text = _connector("a1") + "spec: {}\nextra: 1\n"
    loaded = _load(project, a=text)
    assert _problem(loaded) == [("duplicate-key", "a.yaml:5:1"), ("unknown-field", "a.yaml:6:1")]
    assert _load(project, a=_connector("a1") + "spec: {}\n").manifests == ()


@pytest.mark.parametrize("text", ["", "# nothing\n", "---\n---\n"])
def test_an_empty_file_is_an_error(project: Project, text: str) -> None:
    assert _problem(_load(project, a=text)) == [("empty-file", "a.yaml:1:1")]


def test_empty_documents_among_others_are_ignored(project: Project) -> None:
    loaded = _load(project, a=f"---\n---\n{_connector('a1')}---\n")
    assert (_values(loaded.manifests), loaded.diagnostics, loaded.documents) == (["a1"], (), 1)


def test_an_unreadable_file_is_an_error(project: Project) -> None:
    (project.root / "a.yaml").symlink_to("nowhere")
    loaded = _load(project)
    assert _problem(loaded) == [("unreadable-file", "a.yaml:1:1")]
    assert "No such file" in loaded.diagnostics[0].message


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [
        ("- a\n", "not-a-mapping", "1:1"),
        ("text\n", "not-a-mapping", "1:1"),
        ("\nspec: {}\n", "missing-kind", "2:1"),
        ("a: 1\nkind: Service\n", "unknown-kind", "2:1"),
        ("kind: [Connector]\n", "unknown-kind", "1:1"),
        ("kind: Project\n", "unknown-kind", "1:1"),
        ("kind:\n", "unknown-kind", "1:1"),
    ],
)
def test_a_document_that_is_not_a_manifest_is_an_error(project: Project, text: str, code: str, place: str) -> None:
    assert _problem(_load(project, a=text)) == [(code, f"a.yaml:{place}")]


def test_a_kind_that_is_nearly_right_gets_a_suggestion(project: Project) -> None:
    assert _load(project, a="kind: connector\n").diagnostics[0].hint == "Did you mean 'Connector'?"


def test_a_rule_beyond_the_schema_makes_a_document_invalid(project: Project) -> None:
    text = "apiVersion: trueup/v1\nkind: Certification\nmetadata: {externalId: x}\nspec: {issueDate: 2023-02-30}\n"
    loaded = _load(project, a=text)
    assert _problem(loaded) == [("bad-date", "a.yaml:4:8")]
    assert loaded.manifests == ()


def test_a_target_that_cannot_be_found_makes_a_document_invalid(project: Project) -> None:
    text = f"{HEAD}metadata: {{key: ab}}\nspec: {{}}\n"
    assert _problem(_load(project, a=text)) == [("ambiguous-target", "a.yaml:3:1")]
    assert _problem(_load(project, a=_connector("ab", target="ue"))) == [("unknown-target", "a.yaml:3:21")]
    assert _problem(_load(project, a=_connector("ab", target="origin"))) == [("wrong-platform", "a.yaml:3:21")]


def test_advice_is_a_warning_and_the_document_stays_valid(project: Project) -> None:
    text = f"{HEAD}metadata: {{key: ab, target: eu}}\nspec: {{creator: {{email: nobody}}}}\n"
    loaded = _load(project, a=text)
    assert [(problem.code, problem.severity) for problem in loaded.diagnostics] == [("unusual-email", Severity.WARNING)]
    assert _values(loaded.manifests) == ["ab"]


def test_two_manifests_of_one_resource_are_both_left_out(project: Project) -> None:
    loaded = _load(project, a=_connector("one"), b=_connector("one"), c=_connector("two"), d=_connector("one"))
    assert _problem(loaded) == [("duplicate-identity", "b.yaml:3:12"), ("duplicate-identity", "d.yaml:3:12")]
    assert all("a.yaml:3:12" in problem.message for problem in loaded.diagnostics)
    assert _values(loaded.manifests) == ["two"]


def test_one_key_on_two_targets_is_two_resources(project: Project) -> None:
    loaded = _load(project, a=_connector("one", target="eu"), b=_connector("one", target="us"))
    assert (_values(loaded.manifests), loaded.diagnostics) == (["one", "one"], ())


def test_standard_input_is_read(project: Project) -> None:
    loaded = _load(project, "-", stdin=lambda: _connector("a b").encode())
    assert _problem(loaded) == [("bad-format", "<stdin>:3:12")]
    assert _values(_load(project, "-", stdin=_connector("ab").encode).manifests) == ["ab"]


def test_empty_standard_input_is_an_error(project: Project) -> None:
    assert _problem(_load(project, "-", stdin=bytes)) == [("empty-file", "<stdin>:1:1")]


def test_without_a_project_manifests_are_checked_and_targets_are_not(tmp_path: Path) -> None:
    project = load_project(None, sandbox=False, cwd=tmp_path)
    (tmp_path / "a.yaml").write_text(_connector("ab", target="whatever"))
    (tmp_path / "b.yaml").write_text(f"{HEAD}metadata: {{key: cd}}\nspec: {{}}\n")
    loaded = load(project, ["."], cwd=tmp_path)
    assert [manifest.identity.target for manifest in loaded.manifests] == ["whatever", ""]
    assert loaded.diagnostics == ()


@pytest.mark.parametrize("enabled", [True, False])
def test_the_garbage_collector_is_restored(project: Project, *, enabled: bool) -> None:
    was = gc.isenabled()
    try:
        (gc.enable if enabled else gc.disable)()
        _load(project, a=_connector("ab"))
        assert gc.isenabled() is enabled
    finally:
        (gc.enable if was else gc.disable)()


def test_a_manifest_is_selected_by_all_labels_and_any_target(project: Project) -> None:
    loaded = _load(
        project,
        a=_connector("a1", labels="{team: tax, tier: '1'}"),
        b=_connector("b1", labels="{team: tax}", target="us"),
        c=_connector("c1"),
    )

    def chosen(labels: dict[str, str], targets: tuple[str, ...]) -> list[str]:
        return _values(tuple(m for m in loaded.manifests if is_selected(m, labels=labels, targets=targets)))

    assert chosen({}, ()) == ["a1", "b1", "c1"]
    assert chosen({"team": "tax"}, ()) == ["a1", "b1"]
    assert chosen({"team": "tax", "tier": "1"}, ()) == ["a1"]
    assert chosen({"team": "psp"}, ()) == []
    assert chosen({}, ("us",)) == ["b1"]
    assert chosen({"team": "tax"}, ("eu", "us")) == ["a1", "b1"]


def test_identities_that_look_alike_are_warned_about_and_kept(project: Project) -> None:
    loaded = _load(
        project,
        ".",
        a=_connector("acme") + "---\n" + _connector("acme-b"),
        b=_connector("ACME") + "---\n" + _connector("Acme", target="us"),
        c=_connector("aCME"),
    )
    assert _problem(loaded) == [("look-alike", "b.yaml:3:12"), ("look-alike", "c.yaml:3:12")]
    assert loaded.diagnostics[0].message == "Connector ACME looks like Connector acme at a.yaml:3:12."
    assert all(problem.severity is Severity.WARNING for problem in loaded.diagnostics)
    assert len(loaded.manifests) == 5


def test_the_search_for_look_alikes_is_linear(project: Project) -> None:
    class Counted(str):
        __slots__ = ()
        looked = 0

        def isascii(self) -> bool:
            type(self).looked += 1
            return super().isascii()

    (one,) = _load(project, ".", a=_connector("acme")).manifests
    many = [replace(one, identity=replace(one.identity, value=Counted(f"acme-{n}"))) for n in range(300)]
    assert not list(alike_identities(many))
    assert Counted.looked <= 3 * len(many)


def test_only_the_files_that_a_function_accepts_are_loaded(tmp_path: Path) -> None:
    for name in ("one", "two", "broken"):
        (tmp_path / f"{name}.yaml").write_text("{" if name == "broken" else f"# {name}\n")
    seen: list[tuple[str, bytes]] = []

    def only(name: str, text: bytes) -> bool:
        seen.append((name, text))
        return b"two" in text

    project = load_project(None, sandbox=True, cwd=tmp_path)
    loaded = load(project, ["."], cwd=tmp_path, only=only)
    assert (loaded.files, [problem.code for problem in loaded.diagnostics]) == (1, ["empty-file"])
    assert sorted(seen) == [("broken.yaml", b"{"), ("one.yaml", b"# one\n"), ("two.yaml", b"# two\n")]
