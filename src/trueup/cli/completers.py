"""Values that options and arguments take, for shell completion: names of the project that the words so far name.

Nothing is sent, no credential is read, and nothing is written. Errors may be raised: the caller is silent about them.
All imports are inside, because each command imports this module with its options.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import click
    from click.shell_completion import CompletionItem

    from trueup.manifest.project import Project
    from trueup.model.manifest import Manifest


_FILES_AT_MOST = 2_000
"""How many files are read for one completion; a thousand take about half a second."""


def files(_ctx: "click.Context", _param: "click.Parameter", incomplete: str) -> "list[CompletionItem[str]]":
    """Return the request that the shell completes the name of a file or folder."""
    from click.shell_completion import CompletionItem

    return [CompletionItem(incomplete, type="file")]


def targets(ctx: "click.Context", _param: "click.Parameter", incomplete: str) -> "list[CompletionItem[str]]":
    """Return the names of the project's targets, with the platform."""
    return _items(incomplete, ((name, str(target.platform)) for name, target in _project(ctx).targets.items()))


def labels(ctx: "click.Context", _param: "click.Parameter", incomplete: str) -> "list[CompletionItem[str]]":
    """Return each ``label=value`` that manifests have, with the number of manifests."""
    from collections import Counter

    found = _manifests(ctx, incomplete.partition("=")[0])
    counts = Counter(f"{name}={value}" for manifest in found for name, value in manifest.labels.items())
    described = ((pair, f"{count} manifest{'' if count == 1 else 's'}") for pair, count in sorted(counts.items()))
    return _items(incomplete, described)


def resources(ctx: "click.Context", _param: "click.Parameter", incomplete: str) -> "list[CompletionItem[str]]":
    """Return the identities of manifests, with the kind and the file."""
    found = {m.identity.value: f"{m.identity.kind}, {m.positions.at(()).file}" for m in _manifests(ctx, incomplete)}
    return _items(incomplete, sorted(found.items()))


def assignments(ctx: "click.Context", param: "click.Parameter", incomplete: str) -> "list[CompletionItem[str]]":
    """Return the resources for the first word of set, and then fields as ``path=``, with the values to choose from."""
    from trueup.kinds.registry import KINDS
    from trueup.manifest.settable import typed_paths

    words, chosen = _given(ctx, "words") or (), bool(_given(ctx, "select") or _given(ctx, "paths"))
    if not (words or chosen):
        return resources(ctx, param, incomplete)
    # All kinds: reading the manifest of the resource would take longer, and set checks the field.
    typed, equals, _ = incomplete.partition("=")
    fields = {path: values for kind in KINDS for path, values in typed_paths(KINDS[kind].kind, typed).items()}
    if equals:
        return _items(incomplete, ((f"{typed}={value}", "") for value in fields.get(typed, ())))
    return _items(incomplete, ((name if name.endswith(".") else f"{name}=", "") for name in fields))


def runs(ctx: "click.Context", _param: "click.Parameter", incomplete: str) -> "list[CompletionItem[str]]":
    """Return the ids of the recorded runs, the newest first."""
    from trueup.apply.history import names_of
    from trueup.apply.seal import Journals
    from trueup.cli.files import RUNS
    from trueup.cli.session import find_root
    from trueup.state.folder import Folder

    # Without the key and without git: only names are read.
    journals = Journals(Folder(find_root(_given(ctx, "project"))).below(RUNS), None)
    return _items(incomplete, ((name, "") for name in reversed(names_of(journals))))


def documents_and_runs(ctx: "click.Context", param: "click.Parameter", incomplete: str) -> "list[CompletionItem[str]]":
    """Return the ids of the recorded runs, and the request for names of files."""
    from contextlib import suppress

    from trueup.errors import TrueupError

    found = files(ctx, param, incomplete)
    # Files are offered also where there is no project.
    with suppress(TrueupError, OSError):
        found += runs(ctx, param, incomplete)
    return found


def codes(_ctx: "click.Context", _param: "click.Parameter", incomplete: str) -> "list[CompletionItem[str]]":
    """Return every code, with its meaning."""
    from trueup.model.codes import CODES

    return _items(incomplete, {code.name: code.meaning for code in reversed(CODES)}.items())


def schemas(_ctx: "click.Context", _param: "click.Parameter", incomplete: str) -> "list[CompletionItem[str]]":
    """Return the names of the schemas."""
    from trueup.manifest.schema import PRINTED

    return _items(incomplete, ((name, "") for name in PRINTED))


def target_fields(_ctx: "click.Context", param: "click.Parameter", incomplete: str) -> "list[CompletionItem[str]]":
    """Return the values to choose from for a field of a target, else its default or its examples."""
    from trueup.cli.init_targets import schemas_of
    from trueup.model.identity import Platform

    found = next(fields[param.name] for fields in map(schemas_of, Platform) if param.name in fields)
    default = [found["default"]] if "default" in found else found["examples"]
    return _items(incomplete, ((value, "") for value in found.get("enum", default)))


def _items(incomplete: str, described: "Iterable[tuple[str, str]]") -> "list[CompletionItem[str]]":
    from click.shell_completion import CompletionItem

    return [CompletionItem(value, help=text or None) for value, text in described if value.startswith(incomplete)]


def _given(ctx: "click.Context", name: str) -> Any:
    """Return the value of an option or argument of the command, or of the group that it is in; None for none."""
    found: Any = ctx.params.get(name)
    return _given(ctx.parent, name) if found is None and ctx.parent is not None else found


def _project(ctx: "click.Context") -> "Project":
    from pathlib import Path

    from trueup.manifest.project import find_project, load_project

    # The shell has not expanded the words yet.
    named, cwd = _given(ctx, "project"), Path.cwd()
    file = find_project(cwd, _paths(ctx)) if named is None else Path(named).expanduser()
    return load_project(file, sandbox=bool(_given(ctx, "sandbox")), cwd=cwd)


def _paths(ctx: "click.Context") -> "Sequence[str]":
    from pathlib import Path

    given: Sequence[str] = _given(ctx, "paths") or ()
    return [str(Path(path).expanduser()) for path in given if path != "-"]


def _manifests(ctx: "click.Context", wanted: str) -> "Sequence[Manifest]":
    """Return the valid manifests of the files that contain the text ``wanted``."""
    from contextlib import suppress
    from pathlib import Path

    from trueup.manifest.discovery import find_sources
    from trueup.manifest.load import load_texts
    from trueup.regular_file import read_regular

    project = _project(ctx)
    texts = []
    for source in find_sources(project, _paths(ctx), cwd=Path.cwd()).sources[:_FILES_AT_MOST]:
        with suppress(OSError):
            text = read_regular(str(source.path))
            # Searching a text takes a hundredth of the time of reading it as YAML.
            if wanted.encode() in text:
                texts.append((source.name, text))
    return load_texts(project, texts).manifests
