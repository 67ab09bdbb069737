"""What a project wants: `[tool.ssot-lsp]` of pyproject.toml or ssot-lsp.toml, and what pytest was told.

Invariant: reading never fails. Whatever is wrong in a file becomes a `Problem` at the place where it stands, and
the key that it spoils keeps its default. How globs are read: `ssot_lsp.globs`.
"""

from __future__ import annotations

import difflib
import os
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from ssot_lsp.files import UnreadableError
from ssot_lsp.finding import Severity
from ssot_lsp.globs import compile_globs, relative_to
from ssot_lsp.pytest_settings import SETTING_NAMES, PytestConfig, pytest_settings
from ssot_lsp.text import Span
from ssot_lsp.toml import TomlError, Where, places, read

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from ssot_lsp.files import Files
    from ssot_lsp.toml import Path

    _Reader = Callable[["_Report", Path, object], Any]
    _Keys = Mapping[str, tuple[str, _Reader]]

OWN_NAME = "ssot-lsp.toml"
PROJECT_NAME = "pyproject.toml"
CONFIGURATION_NAMES = frozenset({OWN_NAME, PROJECT_NAME, *SETTING_NAMES})
"""The base names of all files that a configuration is read from."""

RULE_NAMES = (
    "unjustified-mock",
    "forbidden-mock",
    "weak-justification",
    "unused-justification",
    "mocked-subject",
    "hand-written-double",
    "incomplete-event-set",
    "non-ssot-base-class",
    "mixed-base-classes",
    "async-test-never-awaited",
    "async-test-in-sync-base",
    "setup-never-called",
    "missing-super-setup",
    "unresolved-base-class",
    "unknown-factory-method",
    "invalid-factory-argument",
    "unknown-mock-type",
    "non-canonical-factory",
    "frozen-double",
    "factory-not-found",
    "missing-user-isolation",
    "shared-user-identity",
    "bypassed-ssot",
    "unused-suppression",
    "unknown-rule-in-suppression",
    "invalid-configuration",
)
"""Every rule that there is or that is planned, so that a configuration may name a rule of a later version."""

ALL_RULES = "ALL"
BASELINE = ".ssot-baseline.json"
HIGHEST_LEVEL = 5
DEFAULT_TEST_FILES = (
    "test_*.py",
    "*_test.py",
    "tests.py",
    "conftest.py",
    "test/",
    "tests/",
    "testing/",
    "test_*/",
    "*_tests/",
)
_REJECTED_WORDS = (
    *("fast", "faster", "speed", "speeds", "quick", "quicker", "quickly", "slow", "performance"),
    *("easy", "easier", "easily", "simple", "simpler", "simplify", "simplicity", "convenient", "convenience"),
    *("mock", "mocks", "mocked", "mocking", "test", "tests", "testing", "need", "needs", "needed"),
    *("necessary", "required", "reason", "reasons", "justification", "justified", "todo", "tbd", "fixme"),
)
_ISOLATION_PARAMETERS = (
    *("user_id", "thread_id", "run_id", "request_id", "websocket_client_id", "connection_id"),
)
_SEVERITIES = {each.label: each for each in Severity}
_OFF = "off"
_REPLACED = re.compile(r"[^\W\d]\w*(?:\.\w+)*(?:\([^\W\d]\w*(?:\.\w+)*\))?")


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong in a configuration file; `span` is code points of the text of the file at `path`."""

    path: str
    span: Span
    message: str
    severity: Severity


@dataclass(frozen=True, slots=True)
class Justification:
    """What counts as a justification, and as a good one."""

    comments: tuple[str, ...] = ("Mock justification", "Justification")
    decorators: tuple[str, ...] = ("mock_justified",)
    """Bare names, or dotted ones that also say where the name is imported from."""
    require_level: bool = False
    rejected_words: tuple[str, ...] = _REJECTED_WORDS


@dataclass(frozen=True, slots=True)
class EventSet:
    """Attributes that belong together, each with one of `prefixes` before it."""

    events: tuple[str, ...]
    prefixes: tuple[str, ...] = ("notify_", "emit_", "send_")


@dataclass(frozen=True, slots=True)
class Replacement:
    """What to use in the place of something; `same_call` when the arguments may stay as they are."""

    use: str
    same_call: bool = False


_EVENT_SETS = (
    EventSet(("agent_started", "agent_thinking", "tool_executing", "tool_completed", "agent_completed")),
)


@dataclass(frozen=True, slots=True)
class ProjectConfig:
    """The settings of all files at and below `root`, which is absolute. Every field has a working default."""

    root: str
    path: str | None = None
    """The file that was read; None when there is none."""
    factory: tuple[str, ...] = ("SSotMockFactory",)
    base_classes: tuple[str, ...] = ("SSotBaseTestCase", "SSotAsyncTestCase")
    test_files: tuple[str, ...] = DEFAULT_TEST_FILES
    exclude: tuple[str, ...] = ()
    select: tuple[str, ...] | None = None
    ignore: tuple[str, ...] = ()
    severity: Mapping[str, Severity] = field(default_factory=dict, hash=False)
    per_file_ignores: tuple[tuple[str, tuple[str, ...]], ...] = ()
    justification: Justification = field(default_factory=Justification)
    levels: tuple[tuple[str, int], ...] = ()
    forbid_mocks_from: int = 4
    real_fixtures: Mapping[str, str] = field(default_factory=dict, hash=False)
    isolation_parameters: tuple[str, ...] = _ISOLATION_PARAMETERS
    event_sets: tuple[EventSet, ...] = _EVENT_SETS
    factory_map: Mapping[str, str] = field(default_factory=dict, hash=False)
    replacements: Mapping[str, Replacement] = field(default_factory=dict, hash=False)
    require_base: bool = False
    baseline: str = BASELINE
    """Relative to `root`."""
    pytest: PytestConfig = field(default_factory=PytestConfig)
    problems: tuple[Problem, ...] = ()

    def is_test_file(self, path: str) -> bool:
        """Whether the rules speak in the file at absolute `path`; it need not exist."""
        return self._matches(self.test_files, path)

    def level(self, path: str) -> int | None:
        """The least realism, 0 to 5, that `levels` asks of the file at `path`; the last glob that matches decides."""
        for glob, level in reversed(self.levels):
            if self._matches((glob,), path):
                return level
        return None

    def severity_of(self, rule: str, default: Severity) -> Severity | None:
        """How bad a finding of `rule` is here, `default` unless it was set; None when the rule is off."""
        return self.severity.get(rule, default) if self._is_selected(rule) else None

    def is_enabled(self, rule: str, path: str) -> bool:
        """Whether `rule` speaks in the file at absolute `path`."""
        if not self._is_selected(rule):
            return False
        return not any(
            (rule in rules or ALL_RULES in rules) and self._matches((glob,), path)
            for glob, rules in self.per_file_ignores
        )

    def _is_selected(self, rule: str) -> bool:
        """A rule's name says more than ALL; where both lists say as much, `ignore` wins."""
        if rule in self.ignore:
            return False
        if self.select is not None and rule in self.select:
            return True
        return ALL_RULES not in self.ignore and (self.select is None or ALL_RULES in self.select)

    def _matches(self, globs: tuple[str, ...], path: str) -> bool:
        relative = relative_to(self.root, path)
        if relative is None:
            relative = re.split(r"[/\\:]", path)[-1]
        return compile_globs(globs).matches(relative)


class Configs:
    """The configuration of every file, remembered per folder; one that no longer parses keeps its last good state.

    `folders` are the workspace folders: where no file is found, the innermost one around a file is the root, else
    the file's own folder is. The search itself goes on above them, so that an editor opened on a subfolder says the
    same as the command line at the top. A document without a place on the disk belongs to the first of them.
    """

    def __init__(
        self, files: Files, folders: Iterable[str] = (), previous: Mapping[str, ProjectConfig] | None = None
    ) -> None:
        self._files = files
        self._folders = tuple(folders)
        self._last_good = dict(previous or {})
        self._stated: dict[str, tuple[ProjectConfig | None, tuple[Problem, ...]]] = {}
        self._defaults: dict[str, ProjectConfig] = {}
        self._of: dict[str, ProjectConfig] = {}

    def of(self, path: str) -> ProjectConfig:
        """The configuration for the file at `path`, which is absolute or a URI of no file."""
        return self.of_folder(os.path.dirname(path))

    def of_folder(self, folder: str) -> ProjectConfig:
        """The configuration for the files in the absolute `folder`."""
        config = self._of.get(folder)
        if config is None:
            config = self._of[folder] = self._find(folder)
        return config

    def set_folders(self, folders: Iterable[str]) -> None:
        """Take other workspace folders."""
        self._folders = tuple(folders)
        self._defaults.clear()
        self._of.clear()

    def forget(self, paths: Iterable[str]) -> bool:
        """Note that `paths` changed on disk; whether that may change a configuration."""
        known = tuple(config.path for config, _ in self._stated.values() if config and config.path)
        for path in paths:
            below = path.rstrip("/\\") + os.sep
            if is_configuration(path) or any(each.startswith(below) for each in known):
                self._stated.clear()
                self._defaults.clear()
                self._of.clear()
                return True
        return False

    def _find(self, folder: str) -> ProjectConfig:
        if not os.path.isabs(folder):
            folder = self._folders[0] if self._folders else ""
        strays: list[Problem] = []
        for each in _upwards(folder):
            if each not in self._stated:
                self._stated[each] = self._state(each)
            config, problems = self._stated[each]
            if config is not None:
                return replace(config, problems=(*config.problems, *strays)) if strays else config
            strays += problems
        around = [each for each in self._folders if each == folder or relative_to(each, folder) is not None]
        root = max(around, key=len, default=folder)
        if root not in self._defaults:
            self._defaults[root] = self._with_pytest(ProjectConfig(root), root)
        return replace(self._defaults[root], problems=tuple(strays)) if strays else self._defaults[root]

    def _state(self, folder: str) -> tuple[ProjectConfig | None, tuple[Problem, ...]]:
        """What a file in `folder` itself states, else the problems of a file that may not be ours."""
        strays: list[Problem] = []
        for name in (OWN_NAME, PROJECT_NAME):
            path = os.path.join(folder, name)
            if not self._files.is_file(path):
                self._last_good.pop(path, None)
                continue
            text = ""
            try:
                text = self._files.read(path).text
                config = parse(path, text)
            except UnreadableError as error:
                problem = Problem(path, Span(0, 0), f"the file cannot be read: {error}", Severity.ERROR)
            except TomlError as error:
                problem = Problem(path, error.span, f"the file is not valid TOML: {error}", Severity.ERROR)
            else:
                if config is not None:
                    config = self._with_pytest(config, folder)
                    self._last_good[path] = config
                    return config, ()
                self._last_good.pop(path, None)
                continue
            if path in self._last_good:
                return replace(self._last_good[path], problems=(problem,)), ()
            if name == OWN_NAME or "ssot-lsp" in text:
                return self._with_pytest(ProjectConfig(folder, path, problems=(problem,)), folder), ()
            strays.append(problem)
        return None, tuple(strays)

    def _with_pytest(self, config: ProjectConfig, folder: str) -> ProjectConfig:
        """The configuration with what pytest was told; what it collects are test files, unless ours says which are."""
        settings = pytest_settings(self._files, _upwards(folder))
        more = [each for each in settings.test_files if each not in config.test_files]
        if config.test_files is not DEFAULT_TEST_FILES or not more or not all(map(_is_glob, more)):
            return replace(config, pytest=settings)
        return replace(config, pytest=settings, test_files=(*DEFAULT_TEST_FILES, *more))


def _is_glob(text: str) -> bool:
    """Whether a pattern of pytest is one of ours, and adds: `!` and `#` do something else here."""
    try:
        compile_globs((text,))
    except ValueError:
        return False
    return not text.startswith(("!", "#"))


def is_configuration(path: str) -> bool:
    """Whether a file of this name may hold settings: ours, or pytest's."""
    return os.path.basename(path) in CONFIGURATION_NAMES


def load(
    files: Files,
    start: str,
    stop_at: Iterable[str] = (),
    previous: Mapping[str, ProjectConfig] | None = None,
) -> ProjectConfig:
    """The configuration for the absolute file or folder `start`: the nearest one at or above it.

    `stop_at` are the workspace folders, see `Configs`. A file that is no TOML yields what `previous` holds for its
    path (the last good state), else the defaults, and its problem; a broken pyproject.toml that does not mention
    ssot-lsp is reported, and the search goes on above it.
    """
    folder = start if files.is_folder(start) else os.path.dirname(start)
    return Configs(files, stop_at, previous).of_folder(folder)


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


def _upwards(folder: str) -> Iterator[str]:
    """`folder` and all folders above it."""
    above = ""
    while folder and folder != above:
        yield folder
        folder, above = os.path.dirname(folder), folder


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
