"""What a file states: `[tool.ssot-lsp]` of pyproject.toml, or ssot-lsp.toml.

Only what is no TOML cannot be read: whatever else is wrong spoils the one key where it stands.
"""

from __future__ import annotations

import difflib
import os
import re
from typing import TYPE_CHECKING, Any

from ssot_lsp.config.project import (
    ALL_RULES,
    HIGHEST_LEVEL,
    RULE_NAMES,
    EventSet,
    Justification,
    Problem,
    ProjectConfig,
    Replacement,
)
from ssot_lsp.finding import Severity
from ssot_lsp.globs import compile_globs
from ssot_lsp.text import Span
from ssot_lsp.toml import Where, places, read

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from ssot_lsp.toml import Path

    _Reader = Callable[["_Report", Path, object], Any]
    _Keys = Mapping[str, tuple[str, _Reader]]

OWN_NAME = "ssot-lsp.toml"
PROJECT_NAME = "pyproject.toml"

_SEVERITIES = {each.label: each for each in Severity}
_OFF = "off"
_REPLACED = re.compile(r"[^\W\d]\w*(?:\.\w+)*(?:\([^\W\d]\w*(?:\.\w+)*\))?")


def parse(path: str, text: str) -> ProjectConfig | None:
    """The configuration that `text` of the file at absolute `path` states, without pytest's; None when it has none.

    A file called ssot-lsp.toml is one whole table, any other one holds it as `[tool.ssot-lsp]`. Raises TomlError.
    """
    values: object = read(text)
    at: Path = ()
    for key in () if os.path.basename(path) == OWN_NAME else ("tool", "ssot-lsp"):
        if not isinstance(values, dict) or key not in values:
            return None
        values, at = values[key], (*at, key)
    report = _Report(path, text)
    try:
        fields = _fields(report, at, values, _KEYS)
    except _UnfitError as unfit:
        report.add(unfit)
        fields = {}
    fields["severity"], turned_off = fields.get("severity", ({}, ()))
    fields["ignore"] = (*fields.get("ignore", ()), *turned_off)
    return ProjectConfig(os.path.dirname(path), path, problems=report.sorted(), **fields)


def did_you_mean(name: str, known: Iterable[str]) -> str | None:
    """The one of `known` that `name` was most likely meant to be; None when none is near."""
    near = difflib.get_close_matches(name.lower().replace("_", "-"), tuple(known), 1)
    return near[0] if near else None


class _UnfitError(Exception):
    """A value that its key cannot take; the message says what it takes, `at` is where the value stands."""

    def __init__(self, at: Path, takes: str, value: object = None) -> None:
        super().__init__(takes if value is None else f"{takes}, not {_kind(value)}")
        self.at = at


class _Report:
    """Collects problems; looks for their places only when there are any."""

    def __init__(self, path: str, text: str) -> None:
        self._path = path
        self._text = text
        self._places: Mapping[Path, Where] | None = None
        self._problems: list[Problem] = []

    def add(self, unfit: _UnfitError) -> None:
        """Note an error at a value."""
        message = f"{_quoted(unfit.at)} takes {unfit}"
        self._problems.append(Problem(self._path, self._where(unfit.at).value, message, Severity.ERROR))

    def warn(self, at: Path, message: str, *, on_key: bool = False) -> None:
        """Note a warning at the value, or at the key itself."""
        where = self._where(at)
        span = where.key if on_key else where.value
        self._problems.append(Problem(self._path, span, message, Severity.WARNING))

    def sorted(self) -> tuple[Problem, ...]:
        """All that was noted, in the order of the text."""
        return tuple(sorted(self._problems, key=lambda each: each.span))

    def _where(self, at: Path) -> Where:
        if self._places is None:
            self._places = places(self._text)
        while at and at not in self._places:
            at = at[:-1]
        return self._places.get(at, Where(Span(0, 0), Span(0, 0)))


def _kind(value: object) -> str:
    kinds = {bool: "a boolean", int: "an integer", float: "a float", str: "a string", list: "an array"}
    return kinds.get(type(value), "a table" if isinstance(value, dict) else "a date or time")


def _quoted(at: Path) -> str:
    """The key that a reader would name: without the table's own name, and without indices."""
    names = [each for each in at if isinstance(each, str)]
    return f"`{'.'.join(names[2:] if names[:2] == ['tool', 'ssot-lsp'] and names[2:] else names)}`"


def _fields(report: _Report, at: Path, value: object, keys: _Keys) -> dict[str, Any]:
    """What the table `value` says, by the names of the fields; keys that are unknown or unfit are reported."""
    found: dict[str, Any] = {}
    for key, each in _items(at, value):
        if key not in keys:
            hint = did_you_mean(key, keys)
            message = f"the key {_quoted((*at, key))} is unknown"
            report.warn((*at, key), f"{message}, did you mean `{hint}`?" if hint else message, on_key=True)
            continue
        name, reader = keys[key]
        try:
            found[name] = reader(report, (*at, key), each)
        except _UnfitError as unfit:
            report.add(unfit)
    return found


def _items(at: Path, value: object) -> Iterable[tuple[str, object]]:
    if not isinstance(value, dict):
        raise _UnfitError(at, "a table", value)
    return value.items()


def _boolean(_: _Report, at: Path, value: object) -> bool:
    if not isinstance(value, bool):
        raise _UnfitError(at, "`true` or `false`", value)
    return value


def _string(_: _Report, at: Path, value: object) -> str:
    if not isinstance(value, str):
        raise _UnfitError(at, "a string", value)
    return value


def _strings(_: _Report, at: Path, value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise _UnfitError(at, "an array of strings", value)
    for index, each in enumerate(value):
        if not isinstance(each, str):
            raise _UnfitError((*at, index), "strings", each)
    return tuple(value)


def _names(report: _Report, at: Path, value: object) -> tuple[str, ...]:
    """One name or several."""
    return (value,) if isinstance(value, str) else _strings(report, at, value)


def _globs(report: _Report, at: Path, value: object) -> tuple[str, ...]:
    globs = _strings(report, at, value)
    for index, glob in enumerate(globs):
        _glob((*at, index), glob)
    return globs


def _glob(at: Path, glob: str) -> None:
    try:
        compile_globs((glob,))
    except ValueError:
        raise _UnfitError(at, f"globs as in .gitignore, and `{glob}` is none") from None


def _rules(report: _Report, at: Path, value: object) -> tuple[str, ...]:
    rules = _strings(report, at, value)
    for index, rule in enumerate(rules):
        _warn_of_unknown_rule(report, (*at, index), rule, (*RULE_NAMES, ALL_RULES))
    return rules


def _warn_of_unknown_rule(
    report: _Report, at: Path, rule: str, known: tuple[str, ...], *, on_key: bool = False
) -> None:
    if rule not in known:
        hint = did_you_mean(rule, known)
        message = f"there is no rule `{rule}`"
        report.warn(at, f"{message}, did you mean `{hint}`?" if hint else message, on_key=on_key)


def _severities(report: _Report, at: Path, value: object) -> tuple[dict[str, Severity], tuple[str, ...]]:
    """The severities that are set, and the rules that are turned off."""
    found: dict[str, Severity] = {}
    off: list[str] = []
    for rule, each in _items(at, value):
        _warn_of_unknown_rule(report, (*at, rule), rule, RULE_NAMES, on_key=True)
        if each == _OFF:
            off.append(rule)
        elif isinstance(each, str) and each in _SEVERITIES:
            found[rule] = _SEVERITIES[each]
        else:
            report.add(
                _UnfitError((*at, rule), f"one of {', '.join(f'`{name}`' for name in (*_SEVERITIES, _OFF))}")
            )
    return found, tuple(off)


def _per_file_ignores(report: _Report, at: Path, value: object) -> tuple[tuple[str, tuple[str, ...]], ...]:
    found = []
    for glob, rules in _items(at, value):
        _glob((*at, glob), glob)
        found.append((glob, _rules(report, (*at, glob), rules)))
    return tuple(found)


def _levels(report: _Report, at: Path, value: object) -> tuple[tuple[str, int], ...]:
    found = []
    for glob, level in _items(at, value):
        _glob((*at, glob), glob)
        found.append((glob, _level(report, (*at, glob), level)))
    return tuple(found)


def _level(_: _Report, at: Path, value: object) -> int:
    """`"L3"`, or 3."""
    if isinstance(value, str) and re.fullmatch(r"[Ll][0-5]", value):
        return int(value[1])
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= HIGHEST_LEVEL:
        return value
    raise _UnfitError(at, f'a realism level from `"L0"` to `"L{HIGHEST_LEVEL}"`')


def _string_table(report: _Report, at: Path, value: object) -> dict[str, str]:
    return {name: _string(report, place, each) for name, place, each in _dotted(at, value)}


def _dotted(at: Path, value: object, prefix: str = "") -> Iterator[tuple[str, Path, object]]:
    """The entries of a table whose keys are dotted names, with or without quotation marks around them."""
    for key, each in _items(at, value):
        if isinstance(each, dict) and "use" not in each:
            yield from _dotted((*at, key), each, f"{prefix}{key}.")
        else:
            yield prefix + key, (*at, key), each


def _replacements(report: _Report, at: Path, value: object) -> dict[str, Replacement]:
    found = {}
    for name, place, each in _dotted(at, value):
        if _REPLACED.fullmatch(name) is None:
            takes = "keys that are dotted names, as `docker.from_env` or `patch.dict(os.environ)`"
            report.add(_UnfitError(place, takes))
        elif isinstance(each, dict):
            found[name] = Replacement(**{"use": "", **_fields(report, place, each, _REPLACEMENT_KEYS)})
        else:
            found[name] = Replacement(_string(report, place, each))
    return found


def _event_sets(report: _Report, at: Path, value: object) -> tuple[EventSet, ...]:
    if not isinstance(value, list):
        raise _UnfitError(at, "an array of tables", value)
    found = []
    for index, each in enumerate(value):
        fields = _fields(report, (*at, index), each, _EVENT_SET_KEYS)
        if not fields.get("events"):
            raise _UnfitError((*at, index), "tables with a key `events`")
        found.append(EventSet(**fields))
    return tuple(found)


def _justification(report: _Report, at: Path, value: object) -> Justification:
    return Justification(**_fields(report, at, value, _JUSTIFICATION_KEYS))


_JUSTIFICATION_KEYS: _Keys = {
    "comments": ("comments", _strings),
    "decorators": ("decorators", _strings),
    "require-level": ("require_level", _boolean),
    "rejected-words": ("rejected_words", _strings),
}
_EVENT_SET_KEYS: _Keys = {"events": ("events", _strings), "prefixes": ("prefixes", _strings)}
_REPLACEMENT_KEYS: _Keys = {"use": ("use", _string), "same-call": ("same_call", _boolean)}
_KEYS: _Keys = {
    "factory": ("factory", _names),
    "base-classes": ("base_classes", _names),
    "test-files": ("test_files", _globs),
    "exclude": ("exclude", _globs),
    "select": ("select", _rules),
    "ignore": ("ignore", _rules),
    "severity": ("severity", _severities),
    "per-file-ignores": ("per_file_ignores", _per_file_ignores),
    "justification": ("justification", _justification),
    "levels": ("levels", _levels),
    "forbid-mocks-from": ("forbid_mocks_from", _level),
    "isolation-parameters": ("isolation_parameters", _strings),
    "event-sets": ("event_sets", _event_sets),
    "factory-map": ("factory_map", _string_table),
    "replacements": ("replacements", _replacements),
    "real-fixtures": ("real_fixtures", _string_table),
    "require-base": ("require_base", _boolean),
    "baseline": ("baseline", _string),
}
