"""Convert frozen dataclasses to plain JSON, and read them from documents of exactly the same shape.

The classes define the documents: each field is a member with its name in camel case. A :class:`JsonForm` lists the
differences of a class.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from functools import partial
from types import NoneType, UnionType
from typing import Any, Final, NewType, TypeVar, Union, get_args, get_origin, get_type_hints

_T = TypeVar("_T")
_S = TypeVar("_S")

_Read = Callable[[Any], Any]
"""Converts a part of a document to a value; raises :class:`Unexpected`."""

_Write = Callable[[Any], Any]

_Words = NewType("_Words", str)


class Unexpected(Exception):
    """Raised when a document does not have the expected shape; the text says where and how.

    Inside this module, the text continues the path to the value: with a space, a colon or a further step.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonForm:
    """The differences between a class and its document.

    ``names`` are the names of members that differ from those of their fields. ``words`` are fields for people, which
    can quote the name of a file or a branch and need not be valid Unicode. ``unwritten`` fields have their default
    after reading. ``unread`` are members without a field, which are ignored; with ``open``, all unknown members are.
    The fields in ``later`` may be missing, and those in ``sparse`` are missing if they have their default.
    """

    names: Mapping[str, str] = field(default_factory=dict)
    words: frozenset[str] = frozenset()
    unwritten: frozenset[str] = frozenset()
    unread: frozenset[str] = frozenset()
    later: frozenset[str] = frozenset()
    sparse: frozenset[str] = frozenset()
    open: bool = False

    def name(self, attribute: str) -> str:
        """Return the member name of a field."""
        # Snake case to camel case: remote_id is remoteId.
        return self.names.get(attribute) or re.sub(r"_(.)", lambda found: found[1].upper(), attribute)


_PLAIN: Final = JsonForm()


def tag_of(kind: type) -> str:
    """Return the tag of a class in a document of a union: ``set-value`` for SetValue."""
    # The matches are empty: the positions before every capital letter except the first.
    return re.sub(r"(?<!^)(?=[A-Z])", "-", kind.__name__).lower()


class _Writers(dict[type, _Write]):
    """Writers by class; each is created when it is first used."""

    def __init__(self, new: Callable[[type], _Write]) -> None:
        super().__init__()
        self._new = new

    # Called only for a class without an entry, so that all later look-ups are those of a plain dict.
    def __missing__(self, kind: type) -> _Write:
        self[kind] = self._new(kind)
        return self[kind]


class Codec:
    """A two-way converter between values and plain JSON; ``forms`` are the classes with a special form."""

    def __init__(self, forms: Mapping[type, JsonForm]) -> None:
        self._forms = dict(forms)
        self._tags: dict[type, dict[str, str]] = {}
        self._readers: dict[Any, _Read] = {
            str: _text,
            _Words: _words,
            int: _integer,
            float: _number,
            bool: _boolean,
            _key(str | int): _scalar,
            Any: lambda value: value,
        }
        self._writers = _Writers(self._new_writer)

    def to_json(self, value: object) -> Any:
        """Return plain JSON: dicts, lists, texts, numbers, booleans and None."""
        return self._writers[value.__class__](value)

    def from_json(self, document: object, kind: type[_T]) -> _T:
        """Read what :meth:`to_json` wrote for a value of this type; raise :class:`Unexpected` with the path."""
        try:
            found: _T = self.reader(kind)(document)
        except Unexpected as fault:
            # The text continues a path. At the top there is none, so the document is the subject.
            text = str(fault).removeprefix(".")
            raise Unexpected(f"the document{text}" if text[0] in " :" else text) from None
        return found

    def form(self, kind: type, form: JsonForm) -> None:
        """Set the form of a class, before its first use."""
        self._forms[kind] = form

    def write(self, kind: type[_T], write: Callable[[_T], Any]) -> None:
        """Set the function that writes a class."""
        self._writers[kind] = write

    def read(self, kind: Any, read: _Read) -> None:
        """Set the function that reads a class or a union and raises :class:`Unexpected`."""
        self._readers[_key(kind)] = read

    def shape(self, kind: type[_T], shape: type[_S], write: Callable[[_T], _S], read: Callable[[_S], _T]) -> None:
        """Let a class have the document of another one."""
        self.write(kind, lambda value: self.to_json(write(value)))
        self.read(kind, lambda value: read(self.reader(shape)(value)))

    def tagged(self, kinds: Mapping[str, type], noun: str, member: str = "type") -> None:
        """Let a member of the documents be the tag of the class in a union; ``noun`` is its name in messages."""
        self._tags.update({kind: {member: tag} for tag, kind in kinds.items()})

        def read(value: object) -> object:
            members = dict(_object(value))
            if member not in members:
                raise Unexpected(f": {member} is missing")
            tag = _at(f".{member}", _text, members.pop(member))
            if tag not in kinds:
                raise Unexpected(f": there is no {noun} {tag}")
            return self.reader(kinds[tag])(members)

        self._readers[frozenset(kinds.values())] = read

    def reader(self, kind: Any) -> _Read:
        """Return the function that reads a part of a document as a type and raises :class:`Unexpected`."""
        key = _key(kind)
        if key not in self._readers:
            self._readers[key] = self._new_reader(kind)
        return self._readers[key]

    def _new_reader(self, kind: Any) -> _Read:
        match get_origin(kind):
            case origin if origin is tuple:
                return partial(_read_list, self.reader(get_args(kind)[0]))
            case origin if origin is Mapping:
                return partial(_read_mapping, *map(self.reader, get_args(kind)))
            # Before Python 3.14, X | None is a UnionType, and the Union of a tuple is not.
            case origin if origin in (Union, UnionType):
                inner = self.reader(Union[tuple(one for one in get_args(kind) if one is not NoneType)])  # noqa: UP007 - made of a tuple
                return lambda value: None if value is None else inner(value)
            case _:
                return partial(_one_of, kind) if issubclass(kind, StrEnum) else self._class_reader(kind)

    def _class_reader(self, kind: Any) -> _Read:
        """Return a reader of an object, which checks all names of members before their values."""
        form = self._forms.get(kind, _PLAIN)
        rows = [(name, form.name(name), self.reader(hint)) for name, hint in self._hints(kind, form).items()]
        needed = [member for name, member, _ in rows if name not in form.later | form.sparse]
        known = frozenset(member for _, member, _ in rows)

        def read(value: object) -> object:
            members = _object(value)
            # One comparison of sets in the usual case; the differences are only computed for a message.
            if members.keys() != known:
                missing = [name for name in needed if name not in members]
                # Sorted, so that the same document always gives the same message.
                wrong = missing if form.open else sorted({*missing, *(members.keys() - known - form.unread)})
                if wrong:
                    raise Unexpected(f": {wrong[0]} {'is missing' if wrong[0] in known else 'is not known'}")
            found, member = {}, ""
            try:
                for name, member, inner in rows:
                    if member in members:
                        found[name] = inner(members[member])
            except Unexpected as fault:
                raise Unexpected(f".{member}{fault}") from None
            return kind(**found)

        return read

    def _hints(self, kind: Any, form: JsonForm) -> dict[str, Any]:
        """Return the written fields with their types."""
        hints = get_type_hints(kind)
        words = {str: _Words, tuple[str, ...]: tuple[_Words, ...]}
        names = [one.name for one in fields(kind) if one.name not in form.unwritten]
        return {name: words[hints[name]] if name in form.words else hints[name] for name in names}

    def _new_writer(self, kind: Any) -> _Write:
        writers = self._writers
        if issubclass(kind, StrEnum):
            # Before the plain types: a StrEnum is also a str, and would be written as the enum member.
            return str.__str__
        if issubclass(kind, str | int | float | NoneType):
            return lambda value: value
        if issubclass(kind, tuple | list):
            return lambda values: [writers[one.__class__](one) for one in values]
        if issubclass(kind, Mapping):
            return lambda values: {name: writers[one.__class__](one) for name, one in values.items()}
        form = self._forms.get(kind, _PLAIN)
        rows = [(name, form.name(name)) for name in self._hints(kind, form) if name not in form.sparse]
        sparse = [(one.name, form.name(one.name), one.default) for one in fields(kind) if one.name in form.sparse]
        tag = self._tags.get(kind, {})

        def write(value: object) -> dict[str, Any]:
            members = tag.copy()
            for name, member in rows:
                one = getattr(value, name)
                # A fast path: most members are texts.
                members[member] = one if one.__class__ is str else writers[one.__class__](one)
            for name, member, usual in sparse:
                one = getattr(value, name)
                if one != usual:
                    members[member] = writers[one.__class__](one)
            return members

        return write


def _key(kind: Any) -> Any:
    """Return the key of a type in tables; the order of a union's members does not matter."""
    return frozenset(get_args(kind)) if get_origin(kind) in (Union, UnionType) else kind


def is_valid_unicode(text: str) -> bool:
    """Return whether a text is valid Unicode, without halves of surrogate pairs, so it can be encoded and hashed."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _at(step: str, read: _Read, value: object) -> Any:
    try:
        return read(value)
    except Unexpected as fault:
        raise Unexpected(f"{step}{fault}") from None


def _read_list(read: _Read, value: object) -> tuple[Any, ...]:
    if not isinstance(value, list):
        raise Unexpected(" is not a list")
    found: list[Any] = []
    try:
        # extend() keeps the items before an error, so their number is the index of the wrong one.
        found.extend(map(read, value))
    except Unexpected as fault:
        raise Unexpected(f"[{len(found)}]{fault}") from None
    return tuple(found)


def _read_mapping(read_name: _Read, read: _Read, value: object) -> dict[Any, Any]:
    members = _object(value)
    if not all(name.isascii() or is_valid_unicode(name) for name in members):
        raise Unexpected(": a name is not valid Unicode")
    return {_at(f".{name}", read_name, name): _at(f".{name}", read, member) for name, member in members.items()}


def _one_of(kind: type[StrEnum], value: object) -> StrEnum:
    text = _text(value)
    if text not in kind.__members__.values():
        raise Unexpected(f" is not one of {', '.join(kind)}")
    return kind(text)


def _text(value: object) -> str:
    text = _words(value)
    # isascii() only reads a flag of the text, is_valid_unicode() encodes it, and nearly all texts are ASCII.
    if text.isascii() or is_valid_unicode(text):
        return text
    raise Unexpected(" is not valid Unicode text")


def _words(value: object) -> str:
    if isinstance(value, str):
        return value
    raise Unexpected(" is not a text")


def _integer(value: object) -> int:
    # bool is a subclass of int, but true is not a number in JSON.
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise Unexpected(" is not a whole number")


def _number(value: object) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    raise Unexpected(" is not a number")


def _boolean(value: object) -> bool:
    if isinstance(value, bool):
        return value
    raise Unexpected(" is not true or false")


def _scalar(value: object) -> str | int:
    return _text(value) if isinstance(value, str) else _integer(value)


def _object(value: object) -> dict[str, Any]:
    if isinstance(value, dict):
        return value
    raise Unexpected(" is not an object")
