import ast
import re
from collections.abc import Iterator
from dataclasses import fields
from functools import cache
from pathlib import Path

import pytest

import trueup
from trueup.cli.exit_codes import Exit
from trueup.github.found import Found, NoPlan
from trueup.github.page import RECORD_FAILED
from trueup.model.action import Level
from trueup.model.codes import CODES, Code, Group, codes_named
from trueup.model.plan import Cause, Fate, Verdict
from trueup.model.run import Status

ROOT = Path(trueup.__file__).parent
MODULES = {
    path.relative_to(ROOT).as_posix(): ast.parse(path.read_text(encoding="utf-8"))
    for path in sorted(ROOT.rglob("*.py"))
    if path.relative_to(ROOT).parts[:2] != ("model", "codes")
}
CARRIERS = {**dict.fromkeys(("Diagnostic", "Finding", "Refusal", "Words")), "CellFault": 0}
"""Classes whose ``code`` is one of the list, with its index; the codes of other classes belong to the platforms."""
KEBAB = re.compile(r"(?!utf-8)[a-z]+(?:-[a-z0-9]+)+")
STATES = {Group.VERDICT: Verdict, Group.OUTCOME: Status, Group.DRIFT: Fate, Group.NO_PLAN: NoPlan}
WITHOUT_LEVEL = {*STATES, Group.CAUSE, Group.RUN, Group.EXIT}


@cache
def calls(tree: ast.AST) -> list[tuple[str, ast.Call]]:
    found = []
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id=name)) | ast.Call(func=ast.Attribute(attr=name)):
                found.append((name, node))
    return found


def texts(tree: ast.AST) -> set[str]:
    return {n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str)}


def given(call: ast.Call, place: int | None) -> ast.expr | None:
    """Return a call's argument ``code``, given by name or at this index."""
    named = next((keyword.value for keyword in call.keywords if keyword.arg == "code"), None)
    return named or (call.args[place] if place is not None and place < len(call.args) else None)


@cache
def imports(module: str) -> dict[str, str]:
    """Return the names that a module imports from others, with the files that they are imported from."""
    found: dict[str, str] = {}
    for node in ast.walk(MODULES[module]):
        if isinstance(node, ast.ImportFrom) and node.module:
            file = f"{node.module.removeprefix('trueup.').replace('.', '/')}.py"
            found |= {alias.name: file for alias in node.names if file in MODULES}
    return found


def home(module: str, name: str) -> str:
    """Return the module that a name of a module is imported from, or that module itself."""
    return imports(module).get(name, module)


Carriers = dict[tuple[str, str], int | None]


@cache
def carriers() -> Carriers:
    """Return the functions that pass a code to a carrier, by module and name, with the index of the argument."""
    found: Carriers = {
        (module, node.name): CARRIERS[node.name]
        for module, tree in MODULES.items()
        for node in tree.body
        if isinstance(node, ast.ClassDef) and node.name in CARRIERS
    }
    while True:
        more = {key: place for key, place, _ in _passing(found) if key not in found}
        if not more:
            return found
        found |= more


def handed(known: Carriers, module: str, tree: ast.AST) -> Iterator[ast.expr]:
    """Yield the arguments that a part of a module passes to the known carriers."""
    for name, call in calls(tree):
        key = (home(module, name), name)
        if key in known and (node := given(call, known[key])) is not None:
            yield node


@cache
def functions() -> list[tuple[str, ast.FunctionDef, int]]:
    """Return the functions with an argument ``code``, with their modules and the index of the argument."""
    found = []
    for module, tree in MODULES.items():
        for function in ast.walk(tree):
            if isinstance(function, ast.FunctionDef):
                names = [argument.arg for argument in (*function.args.args, *function.args.kwonlyargs)]
                if "code" in names:
                    found.append((module, function, names.index("code") - (names[0] == "self")))
    return found


def _passing(known: Carriers) -> Iterator[tuple[tuple[str, str], int, ast.expr]]:
    """Yield the functions that pass their own argument ``code`` to a known one, and where they do."""
    for module, function, place in functions():
        for node in handed(known, module, function):
            if isinstance(node, ast.Name) and node.id == "code":
                yield (module, function.name), place, node


def codes_of(node: ast.expr, module: str) -> set[str]:
    """Return the possible codes of an expression; if it cannot be followed, all texts of its module that may be one."""
    match node:
        case ast.Constant(value=str(text)):
            return {text}
        case ast.IfExp(body=body, orelse=orelse):
            return codes_of(body, module) | codes_of(orelse, module)
        case ast.Name(id=name) | ast.Subscript(value=ast.Name(id=name)) if name.isupper():
            return _constant(home(module, name), name)
    return {text for text in texts(MODULES[module]) if KEBAB.fullmatch(text)}


def _constant(module: str, name: str) -> set[str]:
    for node in MODULES[module].body:
        match node:
            case ast.AnnAssign(target=ast.Name(id=found), value=ast.Dict(values=values)) if found == name:
                return set().union(*map(texts, values))
            case ast.AnnAssign(target=ast.Name(id=found), value=ast.Constant(value=str(text))) if found == name:
                return {text}
    raise AssertionError((module, name))


@cache
def raised() -> frozenset[str]:
    passing = {node for _, _, node in _passing(carriers())}
    given_codes = (
        codes_of(node, module)
        for module, tree in MODULES.items()
        for node in handed(carriers(), module, tree)
        if node not in passing
    )
    # Warnings of a kind are given as tuples that begin with the code: KindSpec.advice.
    advice = [tree for module, tree in MODULES.items() if re.fullmatch(r"kinds/\w+/rules.py", module)]
    assert advice
    return frozenset().union(*given_codes, *({t for t in texts(tree) if KEBAB.fullmatch(t)} for tree in advice))


def listed() -> set[str]:
    return {code.name for code in CODES if code.group not in WITHOUT_LEVEL}


def test_the_search_follows_codes_through_functions_constants_and_tables() -> None:
    followed = {"bad-key", "lost-key", "sandbox-seed", "unusual-cas", "max-changes", "shard-missing", "cannot-clear"}
    assert followed <= raised()
    assert {"_report", "_stop", "refused", "_blocked", "_note"} <= {name for _, name in carriers()}


def test_every_code_that_the_source_can_raise_is_in_the_list() -> None:
    assert raised() - listed() == set()


def test_every_code_in_the_list_is_one_that_the_source_raises() -> None:
    assert listed() - raised() == set()


@pytest.mark.parametrize("group", STATES)
def test_every_state_is_in_the_list_and_no_other_one(group: Group) -> None:
    assert [code.name for code in CODES if code.group is group] == [str(state) for state in STATES[group]]


def test_every_cause_is_in_the_list_by_one_word_and_no_other_one() -> None:
    assert [code.name for code in CODES if code.group is Group.CAUSE] == [cause.name.lower() for cause in Cause]


def test_how_a_run_of_the_action_can_end_without_work_is_in_the_list() -> None:
    names = [code.name for code in CODES if code.group is Group.RUN]
    assert names == ["superseded", RECORD_FAILED]
    assert names[0] in {field.name for field in fields(Found)}


def test_every_exit_status_is_in_the_list_and_no_other_one() -> None:
    assert [code.name for code in CODES if code.group is Group.EXIT] == [str(int(status)) for status in Exit]


def test_a_name_is_there_once_in_a_group() -> None:
    keys = [(code.group, code.name) for code in CODES]
    assert len(keys) == len(set(keys))
    assert [code.group for code in codes_named("blocked")] == [Group.VERDICT, Group.OUTCOME]
    assert codes_named("nonsense") == ()


@pytest.mark.parametrize("code", CODES, ids=lambda code: f"{code.group.name}-{code.name}")
def test_a_code_is_explained_in_whole_sentences(code: Code) -> None:
    assert code.example
    assert code.why.endswith(".")
    if code.group is not Group.EXIT:
        assert code.meaning.endswith(".")
        assert not code.fix or code.fix.endswith(".")
    assert "\n" not in f"{code.meaning}{code.why}{code.fix}{code.example}"
    assert "|" not in code.example
    levels = {"error", "warning", "refused", *Level} if code.group not in WITHOUT_LEVEL else {""}
    assert set(code.level.split(" or ")) <= levels
