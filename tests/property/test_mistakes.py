"""Valid manifests with one mistake each: it is reported at its line, and the correction gives the manifest back."""

import re
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from corrections import corrected
from trueup.manifest.validate import check_text
from trueup.manifest.yaml_file import read_yaml

TEXTS = [
    "Acme",
    "Acme Tax",
    "a-b c",
    "Tax & Co",
    "Müller (new)",
    "v1.4, v2",
    "https://acme.example/a?b=c",
    "it's",
    "50%",
]
Manifest = list[str]
Mistake = Callable[[Manifest, Random], tuple[int, Manifest] | None]
"""Make a mistake in a manifest: return its line, from 0, and the manifest; None where there is no room for it."""


def manifest(random: Random) -> Manifest:
    """Return the lines of a valid manifest in block style, with its fields in any order."""
    step = random.choice([2, 2, 2, 4])
    pad = " " * step
    dash = random.choice([pad, pad * 2])
    types = random.sample(["tax", "psp", "email", "search"], random.choice([2, 3]))
    fields = [
        [f"{pad}name: {random.choice(TEXTS)}"],
        [f"{pad}description: {random.choice(TEXTS)}"],
        [f"{pad}integrationTypes:", *(f"{dash}- {name}" for name in types)],
        [f"{pad}supportedRegions: [us-east-2.aws, eu-central-1.aws]"],
        [
            f"{pad}creator:",
            f"{pad}{pad}email: dev@acme.example",
            f"{pad}{pad}title: {random.choice(TEXTS)}",
            f"{pad}{pad}company: Acme",
        ],
        [f"{pad}documentationUrl: https://acme.example/docs"],
    ]
    random.shuffle(fields)
    head = ["apiVersion: trueup/v1", "kind: Connector", "metadata:", f"{pad}key: acme-tax", "spec:"]
    return [*head, *(line for field in fields[: random.randint(3, 6)] for line in field)]


def on_line(pattern: str, change: Callable[[re.Match[str]], str], *, first: int = 0) -> Mistake:
    """Return a mistake on any line that fits a pattern."""

    def make(lines: Manifest, random: Random) -> tuple[int, Manifest] | None:
        fitting = [n for n, line in enumerate(lines) if n >= first and re.fullmatch(pattern, line)]
        if not fitting:
            return None
        number = random.choice(fitting)
        found = re.fullmatch(pattern, lines[number])
        assert found
        return number, [*lines[:number], *change(found).split("\n"), *lines[number + 1 :]]

    return make


def text_as(written: Sequence[str]) -> Callable[[re.Match[str]], str]:
    """Return a change of the value into one of these, wrongly written."""
    return lambda found: f"{found[1]}{written[len(found[1]) % len(written)]}"


VALUE = r"( +(?:name|description|title): )(.*)"
KEYED = r"( +\w+):( [^\[\]].*)"
ITEM = r"( +)- (.*)"
MISTAKES: dict[str, Mistake] = {
    "blank behind colon": on_line(KEYED, lambda found: f"{found[1]}:{found[2][1:]}"),
    "blank behind dash": on_line(ITEM, lambda found: f"{found[1]}-{found[2]}"),
    "no colon": on_line(KEYED, lambda found: f"{found[1]}{found[2]}"),
    "no colon before a block": on_line(r"(spec|metadata| +creator):", lambda found: found[1]),
    "full-width colon": on_line(KEYED, lambda found: f"{found[1]}\uff1a{found[2][1:]}"),
    "en dash": on_line(ITEM, lambda found: f"{found[1]}\u2013 {found[2]}"),
    "no-break space": on_line(KEYED, lambda found: f"{found[1]}:\xa0{found[2][1:]}"),
    "tab": on_line(r" +((?:name|description|integrationTypes|creator):.*)", lambda found: f"\t{found[1]}"),
    "one blank more": on_line(r"( +\w+: .*)", lambda found: f" {found[1]}"),
    "one blank less": on_line(r" ( +\w+: .*)", lambda found: found[1]),
    "open double quote": on_line(VALUE, lambda found: f'{found[1]}"{found[2]}'),
    "open single quote": on_line(r"( +(?:name|description|title): )([^']*)", lambda found: f"{found[1]}'{found[2]}"),
    "open bracket": on_line(r"( +\w+: \[.*)\]", lambda found: found[1]),
    "wrong bracket": on_line(r"( +\w+: \[.*)\]", lambda found: f"{found[1]}}}"),
    "bracket too many": on_line(r"( +\w+: \[.*\])", lambda found: f"{found[1]}]"),
}
WRONG_TEXTS = {
    "@acme": "@acme", "`acme`": "`acme`", "Acme: Tax": "Acme: Tax", "Acme:": "Acme:", "* Acme": "* Acme",
    "& Sons": "& Sons", '"Acme" Tax': '"Acme" Tax', "'it's'": "it's", '"the "best""': 'the "best"',
    '"C:\\Tax\\Users"': "C:\\Tax\\Users", "\u201cAcme: Tax\u201d": "Acme: Tax", "%a": "%a", "} a": "} a",
}  # fmt: skip
"""A text as it is written without thought, and what it means."""


@given(st.randoms(use_true_random=False), st.sampled_from(sorted(MISTAKES)))
def test_a_mistake_is_reported_at_its_line_and_its_correction_gives_the_manifest_back(
    random: Random, name: str
) -> None:
    good = manifest(random)
    assert not check_text(text_of(good), "").diagnostics
    made = MISTAKES[name](good, random)
    if made is not None:
        assert_corrected(name, *made, root(good))


@given(st.randoms(use_true_random=False), st.sampled_from(sorted(WRONG_TEXTS)))
def test_a_text_that_lacks_quotes_is_reported_at_its_line_and_corrected(random: Random, written: str) -> None:
    good = manifest(random)
    fitting = [n for n, line in enumerate(good) if re.fullmatch(VALUE, line)]
    if not fitting:
        return
    number = random.choice(fitting)
    key = good[number].split(":")[0]
    bad = [*good[:number], f"{key}: {written}", *good[number + 1 :]]
    meant = WRONG_TEXTS[written].replace("'", "''")
    assert_corrected(written, number, bad, root([*good[:number], f"{key}: '{meant}'", *good[number + 1 :]]))


def assert_corrected(name: str, number: int, bad: Manifest, meant: object) -> None:
    said = check_text(text_of(bad), "").diagnostics
    shown = "\n".join([name, *bad, *map(str, said)])
    if not said:
        assert root(bad) == meant, shown
        return
    first = said[0]
    named = {first.position.line, *map(int, re.findall(r"line (\d+)", first.message))}
    assert number + 1 in named, shown
    if "Write" in first.hint:
        assert root(corrected("\n".join(bad), first.position.line, first.hint).split("\n")) == meant, shown


def text_of(lines: Manifest) -> bytes:
    return "\n".join([*lines, ""]).encode()


def root(lines: Manifest) -> Any:
    (document,) = read_yaml(text_of(lines), "").documents
    return document.root
