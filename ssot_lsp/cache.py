"""Results on disk, outside of the repository: what a file said, as long as nothing that it depends on changed.

One compact file per workspace, read in one go: a small index, decoded at once, and two blobs per checked file,
decoded when they are asked for. The format is `marshal`, which yields values and never runs code. A checksum and the
version of all that produced it stand before it: what is damaged or foreign is dropped unread.

Which file a module name means depends on what the folders hold. So long as all folders that were looked into hold
the same, no name is resolved anew; else each is, once.

A file is the same while it has the stamp that it had, or says what it said (`ssot_lsp.stamps`), as in a fresh checkout.
Whether a change of a file concerns the results that depend on it is told by `ssot_lsp.dependencies`. What was found by
going through all files is told by `ssot_lsp.searches`: of a result the searches are remembered, and it holds while each
has the answer that it had.
"""

from __future__ import annotations

import contextlib
import importlib.util
import marshal
import os
import sys
import time
import zlib
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, cast

from ssot_lsp import __version__
from ssot_lsp.dependencies import Dependencies
from ssot_lsp.searches import Searches
from ssot_lsp.stamps import Stamps

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from ssot_lsp import files
    from ssot_lsp.dependencies import Dependency, Outlines
    from ssot_lsp.index.answers import Answer, Search
    from ssot_lsp.index.outlines import Outline
    from ssot_lsp.searches import Plain
    from ssot_lsp.stamps import Known, Stamp

FOLDER_VARIABLE = "SSOT_LSP_CACHE_DIR"

_MAGIC = f"ssot-lsp cache 1 {sys.implementation.cache_tag}\n".encode()
_ENDING = ".ssot-lsp-cache"  # unmistakable: files of this name are deleted when they are old
_FORGOTTEN = 30 * 24 * 3600  # seconds after which the results of a workspace that nobody checks go
_FEW = 50  # files

Place = tuple[int, int]  # line and column in code points, both 0-based
FixTitle = tuple[str, bool]  # what an editor offers, and whether it is safe
FileEdit = tuple[str, Place, Place, str]  # absolute path, where from and to, the text that comes there
RelatedPlace = tuple[str, Place, Place, str]
"""Its path, empty for the file that the finding is in, where it starts and ends, and what it has to do with it."""
FixEdits = tuple[str, tuple[FileEdit, ...]]  # what an editor offers, and what it does


class Row(NamedTuple):
    """One finding as it is shown: it needs neither the file nor the engine. Rows sort by their place."""

    start: Place
    end: Place
    rule: str
    severity: int
    message: str
    related: tuple[RelatedPlace, ...]
    line: str  # the part of the first line that is worth showing
    cut: int  # code points of that line before the part
    fixes: tuple[FixTitle, ...]
    definition: str = ""  # with `construct` what it is about, where that was asked for (`fingerprints`)
    construct: str = ""
    is_baselined: bool = False  # never remembered
    edits: tuple[FixEdits, ...] = ()  # never remembered: they depend on more than the file

    @property
    def covers(self) -> tuple[Place, ...]:
        """Where those of the related places start that are in the file itself, in order."""
        return tuple(sorted(start for path, start, _, _ in self.related if not path))


class Result(NamedTuple):
    """All that a run wants to know of one file; picklable."""

    path: str
    rows: tuple[Row, ...] = ()
    suppressed: int = 0
    is_test: bool = True
    failure: str | None = None  # why it could not be checked; never remembered
    is_our_fault: bool = False  # that it could not
    dependencies: tuple[str, ...] = ()  # paths of other files whose content the rows depend on
    lookups: tuple[tuple[str, str | None], ...] = ()  # dotted modules that were asked for, and what they are
    is_lasting: bool = True  # false where any file that comes may change it: never remembered
    summary: tuple[Any, ...] = ()  # what a report counts, as plain tuples (`ssot_lsp.summary`)
    searches: tuple[Search, ...] = ()  # those over all files of which the answers count


_Index = tuple[
    list[str],
    list["Dependency"],
    list["Search"],
    "Plain",
    dict[str, tuple["Stamp", int]],
    "Outlines",
    dict[str, "Known"],
    dict[str, tuple[object, ...]],
]


class _Entry(NamedTuple):
    """One file of the index."""

    stamp: Stamp
    config: int  # indices into the tables
    dependencies: tuple[int, ...]
    searches: tuple[int, ...]
    blobs: tuple[
        int, int, int
    ]  # bytes from the first blob on: where the content and the lookups begin, and the end


class _Fresh(NamedTuple):
    """What was learned in this run."""

    stamp: Stamp
    config: str
    dependencies: tuple[Dependency, ...]
    searches: tuple[Search, ...]
    content: bytes
    lookups: bytes


class World(Protocol):
    """What holds now."""

    def stamp(self, path: str) -> files.Stamp | None:
        """The signature of a file or folder; None where there is none."""

    def listing(self, folder: str) -> int:
        """A number that differs when a folder holds other modules."""

    def path_of(self, module: str, folder: str) -> str | None:
        """The file that a dotted module means in the files of `folder`."""

    def python_files(self, root: str) -> Mapping[str, tuple[int, int]]:
        """All Python files below a root that are not excluded, with time of change and size."""

    def data(self, path: str) -> bytes:
        """The bytes of a file, none where it cannot be read."""

    def outline(self, path: str) -> Outline | None:
        """What the names of a file mean; None where more of it counts."""


class Cache:
    """What is known of the files of one workspace. Without a `path` it holds nothing and keeps nothing.

    `key` stands for all that results depend on besides files and configuration, see `engine_key`.
    """

    def __init__(self, path: str | None, key: str, world: World) -> None:
        self._path = path
        self._key = key
        self._world = world
        self._fresh: dict[str, _Fresh] = {}
        self._configs: list[str] = []
        self._asked: list[Search] = []
        dependencies: list[Dependency] = []
        answers: Plain = {}
        outlines: Outlines = {}
        stamps: dict[str, Known] = {}
        self._listings: dict[str, tuple[Stamp, int]] = {}
        self._entries: dict[str, tuple[object, ...]] = {}
        self._blobs = memoryview(b"")
        if path is not None and (known := _read(path, key)):
            index, self._blobs = known
            (
                self._configs,
                dependencies,
                self._asked,
                answers,
                self._listings,
                outlines,
                stamps,
                self._entries,
            ) = index
        self._stamps = Stamps(stamps, world)
        self._dependencies = Dependencies(dependencies, outlines, self._stamps, world)
        self._searches = Searches(answers, self._stamps, world)
        self._answers_hold: dict[tuple[int, ...], bool] = {}
        self._spared: set[str] = set()
        self._verified: set[str] = set()
        self._is_changed = False
        self._found: dict[tuple[str, str], str | None] = {}

    def get(self, found: files.Found, config: str) -> Result | None:
        """The result for the file, if all is as it was; `config` stands for the configuration that governs it."""
        known = self._entries.get(found.path)
        if known is None:
            return None
        entry = _Entry._make(known)
        if not self._holds(entry, found, config):
            del self._entries[found.path]
            self._is_changed = True
            return None
        self._verified.add(found.path)
        start, end, _ = entry.blobs
        rows, suppressed, is_test, summary = marshal.loads(self._blobs[start:end])  # noqa: S302 - the user's own, checked
        return Result(found.path, tuple(map(Row._make, rows)), suppressed, is_test, summary=summary)

    def put(self, found: files.Found, config: str, result: Result) -> None:
        """Remember the result for the file, as it was when it was found, unless it is too new to tell a change by."""
        if self._path is None or result.failure is not None or not result.is_lasting:
            return
        dependencies = tuple((path, *self._stamps.of(path)) for path in result.dependencies)
        if self._stamps.is_new(max(found.stamp.mtime_ns, *(mtime for _, mtime, _ in dependencies), 0)):
            return
        content = marshal.dumps(
            (tuple(map(tuple, result.rows)), result.suppressed, result.is_test, result.summary)
        )
        lookups = marshal.dumps(result.lookups)
        stamp = self._stamps.known_as(found.path, (found.stamp.mtime_ns, found.stamp.size))
        self._fresh[found.path] = _Fresh(stamp, config, dependencies, result.searches, content, lookups)

    def take(
        self,
        answers: Mapping[Search, Answer],
        outlines: Mapping[str, Outline | None],
        digests: Mapping[str, bytes],
    ) -> None:
        """Take what new results came from: answers to searches, outlines of files and digests of all that was read."""
        if self._path is None:
            return
        self._stamps.take(digests)
        self._searches.take(answers)
        self._dependencies.take(outlines)

    def save(self, listings: Mapping[str, int], is_gone: Callable[[str], bool]) -> None:
        """Write what is known, without the files that are gone. Failing to write is no failure of the run.

        `listings` are the folders that the new results depend on, as they were when they were looked into.
        """
        if self._path is None:
            return
        self._searches.settle()
        kept = {path: _Entry._make(each) for path, each in self._entries.items() if not is_gone(path)}
        may_hold = [self._searches.may_have_same_answer(each) for each in self._asked]
        if not all(may_hold):
            kept = {path: each for path, each in kept.items() if all(may_hold[at] for at in each.searches)}
        if not self._has_same_folders:
            unverified = [path for path in kept if path not in self._verified]
            if len(self._verified) + len(self._fresh) < min(_FEW, len(unverified)):
                return  # looking after all the others would take longer than a check of a few files may
            for path in unverified:
                if not self._leads_there(path, kept[path]):
                    del kept[path]
        elif (
            not self._fresh
            and not self._is_changed
            and not self._searches.is_changed
            and not self._stamps.is_changed
            and len(kept) == len(self._entries)
        ):
            with contextlib.suppress(OSError):
                os.utime(self._path)  # it is in use
            return
        configs, dependencies, searches = _Table(), _Table(), _Table()
        entries: dict[str, tuple[object, ...]] = {}
        blobs: list[bytes | memoryview] = []
        size = 0
        for path, entry in kept.items():
            start, middle, end = entry.blobs
            depended = self._dependencies.now if path in self._spared else self._dependencies.before
            entries[path] = (
                entry.stamp,
                configs.add(self._configs[entry.config]),
                tuple(dependencies.add(depended(index)) for index in entry.dependencies),
                tuple(searches.add(self._asked[index]) for index in entry.searches),
                (size, size + middle - start, size := size + end - start),
            )
            blobs.append(self._blobs[start:end])
        for path, fresh in self._fresh.items():
            if not all(map(self._searches.is_certain, fresh.searches)):
                continue
            entries[path] = (
                fresh.stamp,
                configs.add(fresh.config),
                tuple(map(dependencies.add, fresh.dependencies)),
                tuple(map(searches.add, fresh.searches)),
                (size, size := size + len(fresh.content), size := size + len(fresh.lookups)),
            )
            blobs += (fresh.content, fresh.lookups)
        asked = cast("list[Search]", list(searches))
        answers = self._searches.plain(asked)
        folders = self._listings_now(listings)
        searched = (path for told, _ in answers.values() for path in told)
        depended_on = cast("list[Dependency]", list(dependencies))
        outlines = self._dependencies.outlines_of(depended_on)
        stamps = self._stamps.plain({*entries, *searched, *(path for path, *_ in depended_on)})
        tables = (list(configs), depended_on, asked, answers, folders, outlines, stamps, entries)
        index = marshal.dumps((self._key, tables))
        _write(self._path, (len(index).to_bytes(8, "big"), index, *blobs))

    def _holds(self, entry: _Entry, found: files.Found, config: str) -> bool:
        """Whether all that a result came from is as it was, or is another thing that is nothing to the file."""
        stamp = self._stamps.known_as(found.path, found.stamp)
        if entry.stamp != stamp or self._configs[entry.config] != config:
            return False
        is_same = self._dependencies.are_same(entry.dependencies)
        holds = (
            (is_same or self._dependencies.spare(found.path, entry.dependencies))
            and self._leads_there(found.path, entry)
            and self._has_same_answers(entry.searches)
        )
        if holds and not is_same:
            self._spared.add(found.path)
            self._is_changed = True
        return holds

    def _has_same_answers(self, searches: tuple[int, ...]) -> bool:
        if searches not in self._answers_hold:  # most files have asked the same
            asked = (self._asked[each] for each in searches)
            self._answers_hold[searches] = all(map(self._searches.has_same_answer, asked))
        return self._answers_hold[searches]

    @cached_property
    def _has_same_folders(self) -> bool:
        """Whether all folders that were looked into hold the same modules as then."""
        for folder, (stamp, listing) in self._listings.items():
            if self._stamps.of(folder) != stamp:
                self._is_changed = True  # the next run need not look into it
                if self._world.listing(folder) != listing:
                    return False
        return True

    def _leads_there(self, path: str, entry: _Entry) -> bool:
        """Whether every module that was asked for still is the same file."""
        if self._has_same_folders:
            return True
        folder = os.path.dirname(path)
        _, start, end = entry.blobs
        lookups = marshal.loads(self._blobs[start:end])  # noqa: S302 - as above
        return all(self._path_of(module, folder) == target for module, target in lookups)

    def _path_of(self, module: str, folder: str) -> str | None:
        key = (module, folder)
        if key not in self._found:
            self._found[key] = self._world.path_of(module, folder)
        return self._found[key]

    def _listings_now(self, listings: Mapping[str, int]) -> dict[str, tuple[Stamp, int]]:
        """What the folders hold that any result depends on; what was kept was found to hold today."""
        known = {
            folder: listing if self._has_same_folders else self._world.listing(folder)
            for folder, (_, listing) in self._listings.items()
        }
        return {
            folder: (self._stamps.settled(folder), listing)
            for folder, listing in {**known, **listings}.items()
        }


class _Table(dict[object, int]):
    """Distinct values, each with the index at which it stands."""

    def add(self, value: object) -> int:
        return self.setdefault(value, len(self))


def cache_folder() -> str | None:
    """The absolute folder of all caches: `SSOT_LSP_CACHE_DIR`, else the platform's; None when there is no home."""
    if moved := os.environ.get(FOLDER_VARIABLE):
        return os.path.abspath(moved)
    if sys.platform == "win32":
        base, last = os.environ.get("LOCALAPPDATA") or "~/AppData/Local", ("ssot-lsp", "Cache")
    elif sys.platform == "darwin":
        base, last = "~/Library/Caches", ("ssot-lsp",)
    else:
        base, last = os.environ.get("XDG_CACHE_HOME", ""), ("ssot-lsp",)
        base = base if os.path.isabs(base) else "~/.cache"
    base = os.path.expanduser(base)
    return os.path.join(base, *last) if os.path.isabs(base) else None


def cache_path(root: str, *options: str) -> str | None:
    """Where the results for the absolute folder `root` are kept; results of other `options` are kept apart."""
    folder = cache_folder()
    if folder is None:
        return None
    name = "".join(each if each.isalnum() else "_" for each in os.path.basename(root))[:40]
    number = zlib.crc32("\0".join((root, *options)).encode("utf-8", "surrogatepass"))
    return os.path.join(folder, f"{name}-{number:08x}{_ENDING}")


def engine_key(*parts: str) -> str:
    """What changes with every change of the engine: the version, and the files of its own package and its parser's.

    `parts` are further things that all results depend on.
    """
    folders = [os.path.dirname(__file__)]
    for parser in ("tree_sitter", "tree_sitter_python"):
        spec = importlib.util.find_spec(parser)
        if spec is not None and spec.origin:
            folders.append(os.path.dirname(spec.origin))
    files = (each for folder in folders for each in _recorded(folder) or sorted(_stamps(folder)))
    return "\n".join((__version__, *parts, *files))


def _recorded(package: str) -> list[str]:
    """The files of an installed package with their digests, as its installer has recorded them; none if it has not.

    A fresh environment has other stamps for the same files.
    """
    place, name = os.path.split(package)
    files: list[str] = []
    with contextlib.suppress(OSError, UnicodeDecodeError):
        for each in os.listdir(place):
            if each.startswith(f"{name}-") and each.endswith(".dist-info"):
                with open(os.path.join(place, each, "RECORD"), encoding="utf-8") as stream:
                    lines = stream.read().splitlines()
                files += (line for line in lines if line.startswith(f"{name}/") and "sha256=" in line)
    return sorted(files)


def _stamps(folder: str) -> Iterator[str]:
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir() and entry.name != "__pycache__":
                yield from _stamps(entry.path)
            elif entry.name.endswith((".py", ".so", ".pyd")):
                status = entry.stat()
                yield f"{entry.path} {status.st_mtime_ns} {status.st_size}"


def _read(path: str, key: str) -> tuple[_Index, memoryview] | None:
    """The index and the blobs, if they are whole, of this Python and of `key`."""
    try:
        with open(path, "rb") as stream:
            data = memoryview(stream.read())
    except OSError:
        return None
    body = data[len(_MAGIC) + 4 :]
    if data[: len(_MAGIC)] != _MAGIC or data[len(_MAGIC) : len(_MAGIC) + 4] != zlib.crc32(body).to_bytes(
        4, "big"
    ):
        return None
    size = int.from_bytes(body[:8], "big")
    written_by, index = marshal.loads(body[8 : 8 + size])  # noqa: S302 - the user's own, its checksum is right
    return (index, body[8 + size :]) if written_by == key else None


def _write(path: str, parts: Iterable[bytes | memoryview]) -> None:
    """Put a file in place in one step, so that whoever reads at the same time sees the old one or the new one."""
    folder = os.path.dirname(path)
    parts = tuple(parts)
    checksum = 0
    for part in parts:
        checksum = zlib.crc32(part, checksum)
    temporary = f"{path}.{os.getpid()}{_ENDING}"
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
        with open(temporary, "wb") as stream:
            stream.writelines((_MAGIC, checksum.to_bytes(4, "big"), *parts))
        os.replace(temporary, path)
    except OSError:  # a full disk, a home that cannot be written: the next run is as slow as this one
        with contextlib.suppress(OSError):
            os.remove(temporary)
        return
    _drop_forgotten(folder)


def _drop_forgotten(folder: str) -> None:
    """Delete the caches that were not used for a month, and what a killed process left."""
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.endswith(_ENDING) and entry.stat().st_mtime < time.time() - _FORGOTTEN:
                os.remove(entry.path)
