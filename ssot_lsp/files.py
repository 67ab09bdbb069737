"""The one door to the disk: what a file says, which files there are, and which of them are left out.

What is left out is decided folder by folder from the top down, so nothing below an excluded folder is ever
looked at. Patterns mean what they mean in `.gitignore`; pathspec reads them.
"""

from __future__ import annotations

import codecs
import contextlib
import io
import os
import re
import secrets
import stat
import tokenize
from dataclasses import dataclass, field
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

PYTHON_NAMES = (".py", ".pyi", ".pyw")
CONFIG_NAMES = ("ssot-lsp.toml", "pyproject.toml")

# Folders that hold no test of this project, whatever their place. `exclude = ["!backup_service/"]` takes one back.
NEVER = (
    *(".git/", ".hg/", ".svn/", ".bzr/", ".jj/", "CVS/", "_darcs/"),
    *("node_modules/", "build/", "dist/", "__pycache__/", ".tox/", ".nox/", ".eggs/", "site-packages/"),
    *("backup*/", "archived/"),
)

_GROUP_NAME = re.compile(r"\(\?P<\w+>")
_ANY_DEPTH = "^(?:.+/)?"


class UnreadableError(Exception):
    """A file or folder that cannot be used; the message is the reason in words, without the path."""


@dataclass(frozen=True, slots=True)
class SourceText:
    """The text of a file without its byte order mark, line ends as they are, and how to write it back."""

    text: str
    encoding: str = "utf-8"
    has_bom: bool = False


class Stamp(NamedTuple):
    """The cheap signature of a file's content: nanoseconds and bytes."""

    mtime_ns: int
    size: int


class Found(NamedTuple):
    """A file that a walk came upon, by its absolute path."""

    path: str
    stamp: Stamp


class Files:
    """The disk. Tests and overlays inject another one."""

    def read(self, path: str) -> SourceText:
        """What the file at absolute `path` says, decoded as PEP 263 has it; raises UnreadableError."""
        return decode(self.bytes_of(path))

    def bytes_of(self, path: str) -> bytes:
        """The bytes of the file at absolute `path`; raises UnreadableError."""
        try:
            if not stat.S_ISREG(os.stat(path).st_mode):  # opening a named pipe would wait for its writer
                reason = "is a folder" if os.path.isdir(path) else "is not a regular file"
                raise UnreadableError(reason)
            with open(path, "rb") as stream:
                return stream.read()
        except (OSError, ValueError) as error:  # ValueError: a path that holds a NUL
            raise UnreadableError(reason_of(error)) from error

    def write(self, path: str, before: bytes | None, after: bytes) -> None:
        """Write the file at absolute `path` whole or not at all, through a link to where it leads.

        Raises UnreadableError, also where the file does not hold `before` (None: is there), and leaves it alone then.
        """
        try:
            _write(os.path.realpath(path), before, after)
        except (OSError, ValueError) as error:
            raise UnreadableError(reason_of(error)) from error

    def is_file(self, path: str) -> bool:
        """Whether there is a regular file at absolute `path`."""
        return os.path.isfile(path)

    def is_folder(self, path: str) -> bool:
        """Whether there is a folder at absolute `path`."""
        return os.path.isdir(path)

    def stamp(self, path: str) -> Stamp | None:
        """The signature of the file at absolute `path`, None where there is none."""
        try:
            status = os.stat(path)
        except (OSError, ValueError):
            return None
        return Stamp(status.st_mtime_ns, status.st_size)

    def entries(self, folder: str) -> list[os.DirEntry[str]]:
        """What lies directly in the absolute `folder`, in any order; raises UnreadableError."""
        try:
            with os.scandir(folder) as entries:
                return list(entries)
        except OSError as error:
            raise UnreadableError(reason_of(error)) from error


def _write(path: str, before: bytes | None, after: bytes) -> None:
    mode = 0o666 if before is None else stat.S_IMODE(os.stat(path).st_mode)
    temporary = os.path.join(os.path.dirname(path), f".ssot-lsp-{secrets.token_hex(6)}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), mode)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(after)
            stream.flush()
            os.fsync(stream.fileno())
        if before is None:
            _move_new(temporary, path)
            return
        if not os.access(path, os.W_OK):  # which replacing it would pass over
            raise PermissionError(13, "Permission denied")
        os.chmod(temporary, mode)
        with open(path, "rb") as stream:
            if stream.read() != before:
                message = "it was changed meanwhile"
                raise OSError(message)
        os.replace(temporary, path)
    finally:
        with contextlib.suppress(OSError):
            os.unlink(temporary)


def _move_new(temporary: str, path: str) -> None:
    """Give the file its name unless that is taken: raises FileExistsError then."""
    try:
        os.link(temporary, path)
    except FileExistsError:
        raise
    except OSError:  # a file system without links
        if os.path.lexists(path):
            raise FileExistsError(17, "is there already") from None
        os.rename(temporary, path)


def reason_of(error: Exception) -> str:
    """Why something could not be read or written, in words, without the path."""
    return (error.strerror if isinstance(error, OSError) else None) or str(error)


def decode(data: bytes) -> SourceText:
    """Decode Python source by byte order mark or PEP 263 declaration; raises UnreadableError."""
    if b"\0" in data:
        message = "holds NUL bytes"
        raise UnreadableError(message)
    if data.isascii() and b"coding" not in data[:400]:
        return SourceText(data.decode("ascii"))
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
    except SyntaxError as error:
        if not str(error).startswith("invalid or missing encoding"):
            raise UnreadableError(str(error)) from error
        encoding = "utf-8"  # which its first lines are not: decoding says where
    has_bom = encoding == "utf-8-sig"
    try:
        return SourceText(data.decode(encoding), "utf-8" if has_bom else encoding, has_bom)
    except UnicodeDecodeError as error:
        message = f"is not valid {encoding} at byte {error.start}"
        raise UnreadableError(message) from error


def encode(source: SourceText, text: str) -> bytes:
    """The bytes of another `text` for the file of `source`, in its encoding; raises UnreadableError."""
    try:
        data = text.encode(source.encoding)
    except UnicodeEncodeError as error:
        message = f"cannot hold {text[error.start]!r}: it is written in {source.encoding}"
        raise UnreadableError(message) from error
    return codecs.BOM_UTF8 + data if source.has_bom else data


class Policy(Protocol):
    """What a walk asks of a configuration."""

    @property
    def root(self) -> str:
        """The folder that its patterns start from."""

    @property
    def exclude(self) -> Sequence[str]:
        """Patterns that are left out besides NEVER."""

    def is_test_file(self, path: str) -> bool:
        """Whether the file at absolute `path` is one of those that are asked for."""


@dataclass(frozen=True, slots=True)
class EveryFile:
    """A policy that asks for every Python file below `root` that `exclude` lets through."""

    root: str
    exclude: Sequence[str] = ()

    @classmethod
    def of(cls, policy: Policy) -> EveryFile:
        """The same root and exclusions, whichever files `policy` asks for."""
        return cls(policy.root, policy.exclude)

    def is_test_file(self, path: str) -> bool:  # noqa: ARG002 - the answer is yes
        """Whether the file is wanted."""
        return True


@dataclass(slots=True)
class Tally:
    """What walks came upon besides the files that they yielded."""

    python_files: int = 0  # seen, tests or not, excluded or not
    excluded: set[str] = field(
        default_factory=set
    )  # test files left out one by one, not those of excluded folders
    failed: list[tuple[str, str]] = field(default_factory=list)  # path and reason
    folders: list[str] = field(default_factory=list, compare=False)  # left out with all that is in them
    others: list[tuple[os.DirEntry[str], _Level]] = field(
        default_factory=list, compare=False
    )  # that are no test files


class Tree:
    """The folder `root`, without what is excluded in it.

    `policy_of` is asked once for `root` and once for each folder below that holds a configuration file. What
    was read of a folder is remembered; `forget` drops it. `root` itself is never excluded, nor is what is not
    below it.
    """

    def __init__(self, files: Files, root: str, policy_of: Callable[[str], Policy]) -> None:
        self.root = root
        self._files = files
        self._policy_of = policy_of
        self._levels: dict[str, _Level] = {}
        self._excludes: dict[tuple[str, tuple[str, ...]], _Ignore] = {}
        self._failed: dict[str, str] = {}

    def forget(self) -> None:
        """Read everything anew from now on."""
        self._levels.clear()
        self._failed.clear()

    def why_excluded(self, path: str) -> str | None:
        """Why the file or folder at absolute `path` is left out, as the end of "… is excluded: …", or None."""
        folder, name = os.path.split(path)
        if not is_below(path, self.root) or path == self.root:
            return None
        level = self._level(folder)
        if level.why is not None:
            return level.why
        if self._files.is_folder(path):
            return self._level(path).why
        return level.why_not(path, name, is_folder=False)

    def walk(self, folder: str, tally: Tally) -> Iterator[Found]:
        """The test files of absolute `folder` and all below, in no particular order.

        A link to a folder is followed only where it leads out of `root`, each target once. What cannot be read
        goes to `tally`.
        """
        top = self._level(os.path.dirname(folder)) if folder != self.root else None
        if top is not None and top.why is not None:
            return
        pending: list[tuple[str, _Level | None]] = [(folder, top)]
        linked: set[str] = set()
        while pending:
            folder, above = pending.pop()
            try:
                entries = self._files.entries(folder)
            except UnreadableError as error:
                tally.failed.append((folder, str(error)))
                continue
            level = self._enter(folder, above, {entry.name for entry in entries}.__contains__)
            if level.why is not None:
                tally.folders.append(folder)
                continue
            for entry in entries:
                name = entry.name
                if _is_folder(entry):
                    if self._is_another_way(entry, linked):
                        continue
                    if level.leaves_out(entry.path, name, is_folder=True):
                        tally.folders.append(entry.path)
                    else:
                        pending.append((entry.path, level))
                elif name.endswith(PYTHON_NAMES):
                    tally.python_files += 1
                    if not level.policy.is_test_file(entry.path):
                        tally.others.append((entry, level))
                        continue
                    if level.leaves_out(entry.path, name, is_folder=False):
                        tally.excluded.add(entry.path)
                    elif found := _stat(entry, tally):
                        yield found
        tally.failed += [each for each in self._failed.items() if each not in tally.failed]

    def others(self, tally: Tally) -> Iterator[Found]:
        """The Python files that a walk came upon, that are no test files, and that are not excluded."""
        for entry, level in tally.others:
            if not level.leaves_out(entry.path, entry.name, is_folder=False) and (
                found := _stat(entry, tally)
            ):
                yield found

    def _is_another_way(self, entry: os.DirEntry[str], linked: set[str]) -> bool:
        """Whether a folder is a link to one that the walk reaches anyway, or has reached."""
        if not entry.is_symlink():
            return False
        target = os.path.realpath(entry.path)
        root = os.path.realpath(self.root)
        if target in linked or is_below(target, root) or is_below(root, target):
            return True
        linked.add(target)
        return False

    def _level(self, folder: str) -> _Level:
        """What holds in `folder`, which is `root` or below it, found by looking at it alone."""
        pending = []
        while folder not in self._levels:
            pending.append(folder)
            if folder == self.root:
                break
            folder = os.path.dirname(folder)
        level = self._levels.get(folder)
        for each in reversed(pending):
            if level is not None and level.why is not None:
                self._levels[each] = level
            else:
                level = self._enter(each, level, partial(self._holds, each))
        assert level is not None  # noqa: S101 - for the types: `folder` was known, or was pending
        return level

    def _holds(self, folder: str, name: str) -> bool:
        return self._exists(os.path.join(folder, name))

    def _exists(self, path: str) -> bool:
        return self._files.is_file(path) or (path.endswith(".git") and self._files.is_folder(path))

    def _enter(self, folder: str, above: _Level | None, holds: Callable[[str], bool]) -> _Level:
        known = self._levels.get(folder)
        if known is not None:
            return known
        if above is None or any(map(holds, CONFIG_NAMES)):
            policy = self._policy_of(folder)
            excludes = self._exclude(policy)
        else:
            policy, excludes = above.policy, above.excludes
        why = None
        if above is None:
            ignores = () if holds(".git") else self._ignores_above(folder)
        else:
            ignores = () if holds(".git") else above.ignores
            name = os.path.basename(folder)
            if holds("pyvenv.cfg"):
                why = f"`{name}` is a virtual environment, it holds `pyvenv.cfg`"
            else:
                why = above.why_not(folder, name, is_folder=True)
        if why is None and holds(".gitignore"):
            ignores = (self._ignore(folder), *ignores)
        level = self._levels[folder] = _Level(policy, excludes, ignores, why)
        return level

    def _exclude(self, policy: Policy) -> _Ignore:
        key = (policy.root, tuple(policy.exclude))
        if key not in self._excludes:
            self._excludes[key] = _Ignore(policy.root, None, (*NEVER, *policy.exclude))
        return self._excludes[key]

    def _ignores_above(self, folder: str) -> tuple[_Ignore, ...]:
        """The `.gitignore` files of the folders above `folder`, up to the repository's own, nearest first."""
        found: list[_Ignore] = []
        while (parent := os.path.dirname(folder)) != folder:
            folder = parent
            if self._files.is_file(os.path.join(folder, ".gitignore")):
                found.append(self._ignore(folder))
            if self._exists(os.path.join(folder, ".git")):
                return tuple(found)
        return ()

    def _ignore(self, folder: str) -> _Ignore:
        path = os.path.join(folder, ".gitignore")
        try:
            data = self._files.bytes_of(path)
        except UnreadableError as error:
            self._failed[path] = str(error)
            data = b""
        text = data.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "surrogateescape")
        return _Ignore(folder, path, text.splitlines())


def is_below(path: str, folder: str) -> bool:
    """Whether the absolute `path` is `folder` or lies in it."""
    return path == folder or path.startswith(folder if folder.endswith(os.sep) else folder + os.sep)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link that leads to itself; if it is asked for, reading it says so
        return False


def _stat(entry: os.DirEntry[str], tally: Tally) -> Found | None:
    try:
        status = entry.stat()
    except OSError as error:
        tally.failed.append((entry.path, reason_of(error)))
        return None
    if not stat.S_ISREG(status.st_mode):
        tally.failed.append((entry.path, "is not a regular file"))
        return None
    return Found(entry.path, Stamp(status.st_mtime_ns, status.st_size))


@dataclass(frozen=True, slots=True)
class _Level:
    """What holds in one folder: its configuration, and what is left out of it."""

    policy: Policy
    excludes: _Ignore
    ignores: tuple[_Ignore, ...]  # nearest first: it has the last word
    why: str | None  # why all of it is left out

    def leaves_out(self, path: str, name: str, *, is_folder: bool) -> bool:
        if self.excludes.decides(path, name, is_folder=is_folder):
            return True
        for ignore in self.ignores:
            decision = ignore.decides(path, name, is_folder=is_folder)
            if decision is not None:
                return decision
        return False

    def why_not(self, path: str, name: str, *, is_folder: bool) -> str | None:
        for ignore in (self.excludes, *self.ignores):
            decision = ignore.decides(path, name, is_folder=is_folder)
            if decision:
                return ignore.explain(path, name, is_folder=is_folder)
            if decision is False and ignore is not self.excludes:
                return None
        return None


class _Group(NamedTuple):
    """Neighbouring patterns of the same sign, as one alternation each."""

    leaves_out: bool
    by_name: re.Pattern[str] | None
    by_path: re.Pattern[str] | None


class _Ignore:
    """Patterns of `.gitignore` kind that start from one folder; the last one that matches decides.

    Folders are asked for from the top down, so a pattern without a slash need only see the last segment. All
    patterns of one sign are one alternation, which is some thirty times as fast as one match each.
    """

    __slots__ = ("_base", "_cut", "_groups", "_origin", "_patterns")

    def __init__(self, base: str, origin: str | None, lines: Iterable[str]) -> None:
        self._base = base
        self._cut = len(base) if base.endswith(os.sep) else len(base) + 1
        self._origin = origin  # the `.gitignore` file; None: the built-in list and the configuration
        self._patterns = [pattern for number, line in enumerate(lines) for pattern in _compile(line, number)]
        self._groups = tuple(
            _Group(leaves_out, _union(group, by_name=True), _union(group, by_name=False))
            for leaves_out, group in reversed(
                [(sign, list(run)) for sign, run in groupby(self._patterns, key=lambda each: each.leaves_out)]
            )
        )

    def decides(self, path: str, name: str, *, is_folder: bool) -> bool | None:
        """True: left out; False: taken back by `!`; None: nothing is said. `path` is below the base."""
        subject = name + "/" if is_folder else name
        for leaves_out, by_name, by_path in self._groups:
            if by_name is not None and by_name.match(subject):
                return leaves_out
            if by_path is not None and by_path.match(self._relative(path, is_folder=is_folder)):
                return leaves_out
        return None

    def explain(self, path: str, name: str, *, is_folder: bool) -> str:
        """Which pattern leaves it out; asked only after `decides` said so."""
        subject, relative = name + "/" * is_folder, self._relative(path, is_folder=is_folder)
        for pattern in reversed(self._patterns):
            if re.match(pattern.regex, subject if pattern.by_name else relative):
                break
        if self._origin is not None:
            return f"`{name}` is ignored by line {pattern.number + 1} of `{self._origin}`: `{pattern.text}`"
        if pattern.number < len(NEVER):
            return f"`{name}` is a folder that is never looked at (`{pattern.text}`)"
        return f"`{name}` is left out by `{pattern.text}` in the setting `exclude`"

    def _relative(self, path: str, *, is_folder: bool) -> str:
        relative = path[self._cut :]
        if os.sep != "/":
            relative = relative.replace(os.sep, "/")
        return relative + "/" if is_folder else relative


class _Pattern(NamedTuple):
    number: int  # 0-based line
    text: str
    regex: str
    leaves_out: bool
    by_name: bool  # it speaks of one segment, whatever its folder


def _compile(line: str, number: int) -> Iterator[_Pattern]:
    """The pattern of one line, if it is one; like git, a line that makes no sense is passed over."""
    text = line.strip()
    if not text or text.startswith("#"):
        return
    from pathspec import GitIgnoreSpec  # noqa: PLC0415 - 30 ms that a tree without such files need not pay

    # `a/**` is all in `a`, but not `a` itself: else nothing in it could be taken back.
    try:
        patterns = GitIgnoreSpec.from_lines([line.rstrip("\r\n") + "/*" * text.endswith("/**")]).patterns
    except (ValueError, re.error):
        return
    for pattern in patterns:
        if pattern.include is not None and pattern.regex is not None:
            regex = _GROUP_NAME.sub("(?:", pattern.regex.pattern)
            by_name = "/" not in text[:-1] and regex.startswith(_ANY_DEPTH)
            if by_name:
                regex = regex.removeprefix(_ANY_DEPTH)
            yield _Pattern(number, text, regex, pattern.include, by_name)


def _union(patterns: Sequence[_Pattern], *, by_name: bool) -> re.Pattern[str] | None:
    regexes = [f"(?:{each.regex})" for each in patterns if each.by_name is by_name]
    return re.compile("|".join(regexes)) if regexes else None
