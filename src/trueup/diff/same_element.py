"""Find keys of a collection that a platform may treat as the same element.

It is not documented how Origin compares keys (``origin-api.md`` section 4.2): it may ignore case, the Unicode form, and
spaces or a slash at the end. And the name ``originalUrl`` suggests that it stores copies of documents under other
addresses (section 12). So an element to remove may be the same as one to add, and removing it may remove both. It is
therefore removed in a separate request, after the added element was seen beside it.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from unicodedata import normalize

from trueup.model.field import KeyedField
from trueup.model.value import ElementKey


def alike(field: KeyedField, keys: Iterable[ElementKey], others: Iterable[ElementKey]) -> dict[ElementKey, ElementKey]:
    """Return keys with the first of the others that the platform may treat as the same; omit keys without one.

    Such keys differ only in their spelling, or are addresses of files with the same name.
    """
    return paired(keys, others, partial(_looks, field))


def paired(
    keys: Iterable[ElementKey], others: Iterable[ElementKey], looks: Callable[[ElementKey], Iterable[ElementKey]]
) -> dict[ElementKey, ElementKey]:
    """Return keys with the smallest of the others that has the same look; omit keys without one.

    ``looks`` returns the looks of a key; the first one that is shared counts. The order of ``others`` does not matter,
    because the live order can change between reads.
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
    """Return the file name in the address that is a document's key, as a browser would name the download."""
    return key[0].partition("?")[0].partition("#")[0].rstrip("/").rpartition("/")[2].casefold()


def sent_look(field: KeyedField, key: ElementKey) -> ElementKey:
    """Return the look of a key that was sent: two such keys with one look may be the same element to the platform."""
    # In some readings of the API, the exclusive part is the whole key.
    names = field.exclusive or field.key
    return tuple(part for name, part in zip(field.key, _spelling(key), strict=True) if name in names)


def _looks(field: KeyedField, key: ElementKey) -> Iterator[ElementKey]:
    yield _spelling(key)
    # A copy that the platform stores may keep only the name of the file.
    if field.rehosted and file_name(key):
        yield ("", file_name(key))


def _spelling(key: ElementKey) -> ElementKey:
    # Casefolding can undo the normal form, so the text is normalized before and after it.
    return tuple(normalize("NFKC", normalize("NFKC", part).casefold()).strip().rstrip("/") for part in key)
