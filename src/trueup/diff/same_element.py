"""Judge whether a platform may take two keys of a collection for one element.

How Origin compares keys is not known (``origin-api.md`` section 4.2): by case, by Unicode form, with or without blanks
and a slash at the end. And ``originalUrl`` hints that it keeps copies of documents, under addresses of its own (section
12). So an element that is to go may be the very one that is to come, and removing it may remove both. It is removed
only in a request of its own, after the one that comes was seen beside it.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from unicodedata import normalize

from trueup.model.field import KeyedField
from trueup.model.value import ElementKey


def alike(field: KeyedField, keys: Iterable[ElementKey], others: Iterable[ElementKey]) -> dict[ElementKey, ElementKey]:
    """Return, for each key that has one, the first of the others that the platform may take for the same.

    They differ in their spelling, or in where a file of one name lies.
    """
    return paired(keys, others, partial(_looks, field))


def paired(
    keys: Iterable[ElementKey], others: Iterable[ElementKey], looks: Callable[[ElementKey], Iterable[ElementKey]]
) -> dict[ElementKey, ElementKey]:
    """Return, for each key that shares one of its ``looks`` with others, the least of those that share the first.

    The order of ``others`` means nothing, as live's own order may change from read to read.
    """
    first: dict[ElementKey, ElementKey] = {}
    for other in sorted(others):
        for look in looks(other):
            first.setdefault(look, other)
    if not first:
        return {}
    found = ((key, next((first[look] for look in looks(key) if look in first), None)) for key in keys)
    return {key: other for key, other in found if other is not None}


def file_name(key: ElementKey) -> str:
    """Return the last part of the address that is a document's key, as a browser would name the file."""
    return key[0].partition("?")[0].partition("#")[0].rstrip("/").rpartition("/")[2].casefold()


def _looks(field: KeyedField, key: ElementKey) -> Iterator[ElementKey]:
    yield tuple(normalize("NFKC", normalize("NFKC", part).casefold()).strip().rstrip("/") for part in key)
    if field.rehosted and file_name(key):
        yield ("", file_name(key))
