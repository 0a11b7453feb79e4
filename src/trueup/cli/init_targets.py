"""The targets of a new project: their fields, the questions about them, and the text of trueup.yaml."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from trueup.cli.examples import examples
from trueup.edit.yaml_style import scalar
from trueup.errors import InvalidInput, UsageError
from trueup.kinds.registry import KINDS
from trueup.manifest.file_names import PROJECT_FILE
from trueup.manifest.project import Project, parse_project
from trueup.manifest.project_urls import CREDENTIAL_PREFIXES
from trueup.manifest.schema import schema
from trueup.model.identity import Platform

FieldTexts = Mapping[str, str]
"""Texts by field of a target in trueup.yaml."""

_REGION: Final = "region"
_API_URL: Final = "apiUrl"
_AUTH_URL: Final = "authUrl"
_ASKED: Final = (_REGION, "projectKey", "clientIdEnv", "clientSecretEnv", "baseUrl", "locale", "accessTokenEnv")
"""Fields that are asked for on a terminal; the others are only taken from options."""
_VARIABLE: Final = "Env"
"""The end of the names of fields that name a variable with a credential."""
_OWN_ADDRESS: Final = " Or the URL of a host of your own."


@dataclass(frozen=True, slots=True)
class Question:
    """A question about a field of a target, and the default answer, which may be empty."""

    field: str
    text: str
    default: str


def schemas_of(platform: Platform) -> Mapping[str, Any]:
    """Return the schemas of the fields of a platform's target, by name."""
    properties: Mapping[str, Any] = schema("Project")["$defs"][f"{platform}Target"]["properties"]
    return properties


def platforms_with(given: FieldTexts) -> list[Platform]:
    """Return the platforms whose targets have one of these fields."""
    return [platform for platform in Platform if given.keys() & schemas_of(platform).keys()]


def questions(platform: Platform, given: FieldTexts) -> Iterator[Question]:
    """Yield the questions about the fields that are not given."""
    for field in _ASKED:
        found = schemas_of(platform).get(field)
        if found is None or field in given or (field == _REGION and _API_URL in given):
            continue
        choices = f" One of {', '.join(found['enum'])}." if "enum" in found else ""
        own = _OWN_ADDRESS if field == _REGION else ""
        # The first sentence of the description; the others are about writing the file by hand.
        text = f"{found['description'].partition('. ')[0].removesuffix('.')}.{choices}{own}"
        yield Question(field, text, found.get("default", ""))


def with_addresses(given: FieldTexts) -> FieldTexts:
    """Return the fields with the addresses that follow from others: a URL as the region, and the URL of tokens."""
    values = {field: text for field, text in given.items() if text}
    if "://" in values.get(_REGION, ""):
        values[_API_URL] = values.pop(_REGION)
    if _API_URL in values and _REGION not in values:
        values.setdefault(_AUTH_URL, values[_API_URL])
    return values


def problem_of(platform: Platform, values: FieldTexts, field: str) -> str:
    """Return what is wrong with one field of a target, or that it is missing; empty for nothing."""
    # Not the value itself: a secret may have been given in place of the name.
    if field.endswith(_VARIABLE) and not values.get(field, "").startswith(CREDENTIAL_PREFIXES):
        return f"Give the name of a variable that starts with {' or '.join(CREDENTIAL_PREFIXES)}, and never a secret."
    fields = {field, _API_URL, _AUTH_URL} if field == _REGION else {field}
    problems = _problems(project_text({platform: target_block(platform, with_addresses(values))}))
    return next((message for name, message in problems if name in fields), "")


def target_block(platform: Platform, values: FieldTexts) -> str:
    """Return the lines of a target in trueup.yaml; it is named after its platform."""
    written = {"platform": str(platform)} | {field: values[field] for field in schemas_of(platform) if field in values}
    return f"  {platform}:\n" + "".join(f"    {field}: {scalar(text)}\n" for field, text in written.items())


def project_text(blocks: Mapping[Platform, str]) -> str:
    """Return the text of trueup.yaml with the target of each platform."""
    text = (examples() / "start" / PROJECT_FILE).read_text(encoding="utf-8")
    for name, lines in _sections(blocks).items():
        text = text.replace(f"\n{name}:\n", f"\n{name}:\n{lines}")
    return text


def project_addition(blocks: Mapping[Platform, str]) -> str:
    """Return what to add to an existing trueup.yaml."""
    return "".join(f"{name}:\n{lines}" for name, lines in _sections(blocks).items())


def _sections(blocks: Mapping[Platform, str]) -> Mapping[str, str]:
    globs = (f"  - {spec.plural}/**/*.yaml\n" for platform in blocks for spec in KINDS.on(platform))
    return {"manifests": "".join(globs), "targets": "".join(blocks.values())}


def checked_project(text: str, root: Path) -> Project:
    """Return the project of a text of trueup.yaml; raise UsageError with what is wrong with its targets."""
    problems = [message for _, message in _problems(text)]
    if problems:
        raise UsageError(" ".join(problems))
    return _parsed(text, root)


def _parsed(text: str, root: Path) -> Project:
    return parse_project(text.encode(), name=PROJECT_FILE, file=root / PROJECT_FILE, sandbox=False)


def _problems(text: str) -> Iterator[tuple[str, str]]:
    """Yield the field and the message of each problem in the targets of a project file."""
    try:
        _parsed(text, Path())
    except InvalidInput as error:
        for found in error.diagnostics:
            field = found.path.rpartition(".")[2]
            allowed = f" Allowed: {found.allowed}" if found.allowed else ""
            yield field, f"{found.message}{allowed}"
