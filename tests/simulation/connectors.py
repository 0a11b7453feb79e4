"""Draw connectors: what a manifest wants, what is live, and what others change."""

from collections.abc import Sequence
from typing import Final

from simulation import vocabulary
from simulation.layout import CONNECTOR_SETS, Json, at, put
from simulation.random_streams import Chance

_SCALARS: Final = {
    "name": vocabulary.NAMES,
    "description": vocabulary.SENTENCES,
    "creator.email": vocabulary.EMAILS,
    "creator.name": vocabulary.NAMES,
    "creator.title": vocabulary.NAMES,
    "creator.company": vocabulary.COMPANIES,
    "creator.logoUrl": vocabulary.URLS,
    "creator.noOfContributors": (1, 2, 30),
    "creator.supportUrl": vocabulary.URLS,
    "repository.url": vocabulary.REPOSITORIES,
    "repository.tag": vocabulary.TAGS,
    "documentationUrl": vocabulary.URLS,
}
_SETS: Final = dict(zip(CONNECTOR_SETS, (vocabulary.TYPES, vocabulary.REGIONS, vocabulary.PROJECTS), strict=True))
NEEDED: Final = ("name", "creator.email", "repository.url", "repository.tag")


def draw_spec(chance: Chance) -> dict[str, Json]:
    """Draw what a manifest wants; mostly everything that creation needs."""
    spec: dict[str, Json] = {}
    whole = chance.happens(0.9)
    for path in _SCALARS:
        # A group is managed in one piece.
        wanted = (path in NEEDED and whole) or (not path.startswith("repository") and chance.happens(0.3))
        if wanted:
            put(spec, path, chance.choice(_SCALARS[path]))
    for path, members in _SETS.items():
        if chance.happens(0.5):
            put(spec, path, chance.some(members, least=0 if chance.happens(0.2) else 1))
    if chance.happens(0.05):
        put(spec, chance.choice(("description", "documentationUrl", "creator.title")), "")
    if not spec:
        spec["name"] = vocabulary.NAMES[0]
    return spec


def draw_live(chance: Chance, key: str, spec: Json) -> dict[str, Json]:
    """Draw a draft that is near to what is wanted."""
    draft: dict[str, Json] = {"key": key, "version": chance.randint(1, 9)}
    for path, values in _SCALARS.items():
        wanted = at(spec, path)
        if path in NEEDED or wanted not in (None, "") or chance.happens(0.3):
            same = wanted not in (None, "") and chance.happens(0.7)
            put(draft, path, wanted if same else chance.choice(values))
    for path, members in _SETS.items():
        wanted = at(spec, path)
        if wanted is not None and chance.happens(0.5):
            put(draft, path, chance.sample(wanted, len(wanted)))
        elif chance.happens(0.6):
            put(draft, path, chance.some(members))
    draft["private"] = chance.happens(0.95)
    if chance.happens(0.2):
        draft["isPreviewable"] = chance.choice(("true", "false"))
    if chance.happens(0.15):
        draft |= {"status": "Published", "alreadyListed": True, "hasChanges": chance.happens(0.5)}
    if chance.happens(0.04):
        draft |= chance.choice(({"status": "Processing"}, {"status": "InCertification"}, {"isPreviewable": "pending"}))
    return draft


def draw_change(chance: Chance, draft: Json, spec: Json, aims: Sequence[str]) -> tuple[str, dict[str, Json]]:
    """Draw a change by another user, one of ``aims`` if there are any: the kind of change, and values by path."""
    path = chance.choice(aims) if aims else chance.choice((*_SCALARS, *_SETS, *_SETS))
    if path == "repository":
        path = chance.choice(("repository.url", "repository.tag"))
    wanted = at(spec, path)
    if wanted not in (None, "") and chance.happens(0.2):
        return "did what was planned", {path: list(wanted) if isinstance(wanted, list) else wanted}
    if path in _SETS:
        return "changed a set", {path: chance.some(_SETS[path])}
    if path not in NEEDED and at(draft, path) is not None and chance.happens(0.2):
        return "unset a field", {path: None}
    return "changed a field", {path: chance.choice(_SCALARS[path])}
