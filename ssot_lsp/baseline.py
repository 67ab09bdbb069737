"""The findings that are known and left for later: `.ssot-baseline.json`, which hides them until they are gone.

An entry is the path of a file, a rule, and what the finding is about (`fingerprints`), never a line. So edits
elsewhere, moves within a file and merges do not disturb it. Equal findings of one file are counted: as many of them
as the entry says are hidden, the first ones in the file, and one more is new.

A file that was renamed takes its entries along: what stands under a path that is gone also hides the findings of a
file that has at least half of them. Whether it does depends on that file and the baseline alone, so that an editor,
which sees one file, says the same as a run over all of them.
"""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from ssot_lsp.files import UnreadableError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from ssot_lsp.config import ProjectConfig
    from ssot_lsp.files import Files, Stamp

VERSION = 1

_CONFLICT = re.compile(rb"^(?:<{7}|={7}|>{7})(?: |\r?$)", re.MULTILINE)


class BaselineError(Exception):
    """A baseline that cannot be used; the message names it and says why."""


class Key(NamedTuple):
    """A finding of one file."""

    rule: str
    definition: str
    construct: str


@dataclass(frozen=True)
class Baseline:
    """What is hidden below the folder `root`. `path` is where it is kept; both are absolute.

    `entries` has the counts of the findings of each file, by its path as seen from `root`, with `/`.
    """

    path: str
    root: str
    entries: Mapping[str, Mapping[Key, int]] = field(default_factory=dict)

    @cached_property
    def holders(self) -> Mapping[Key, Sequence[str]]:
        """The paths with an entry for a finding, whatever file it is in."""
        found: dict[Key, list[str]] = {}
        for name, counts in self.entries.items():
            for key in counts:
                found.setdefault(key, []).append(name)
        return found

    @property
    def size(self) -> int:
        """How many findings it stands for."""
        return sum(sum(each.values()) for each in self.entries.values())

    def hides(self, path: str, keys: Sequence[Key], is_there: Callable[[str], bool]) -> list[bool]:
        """Which of the findings of the file at absolute `path`, in the order of its text, are known.

        `is_there` tells whether there is a file at an absolute path.
        """
        if not self.entries or not keys:
            return [False] * len(keys)
        return _Hiding(self, is_there).hides(self.relative(path), keys)

    def updated(
        self,
        found: Mapping[str, Sequence[Key]],
        is_seen: Callable[[str], bool],
        is_there: Callable[[str], bool],
        *,
        grows: bool,
    ) -> Baseline:
        """What it is once all that is gone is removed and, if it `grows`, all that is new is added.

        `found` has the findings of all files that have some, by absolute path. Entries of files that are there and
        for which `is_seen` says no, because nobody could look into them, stay.
        """
        hiding = _Hiding(self, is_there)
        files = {self.relative(path): keys for path, keys in found.items()}
        entries: dict[str, Counter[Key]] = {}
        for name in sorted(files):
            entries[name] = hiding.own(name, files[name])
        for name in sorted(files):
            left = list((Counter(files[name]) - entries[name]).elements())
            entries[name] += Counter(left) if grows else hiding.moved(name, left)
        for name, counts in self.entries.items():
            path = self.absolute(name)
            if name not in files and is_there(path) and not is_seen(path):
                entries[name] = Counter(counts)
        return Baseline(self.path, self.root, {name: counts for name, counts in entries.items() if counts})

    def gone(self, found: Mapping[str, Sequence[Key]], is_seen: Callable[[str], bool]) -> int:
        """How many of the findings of files for which `is_seen` says yes are no longer in their file."""
        files = {self.relative(path): Counter(keys) for path, keys in found.items()}
        return sum(
            sum((Counter(counts) - files.get(name, Counter())).values())
            for name, counts in self.entries.items()
            if is_seen(self.absolute(name))
        )

    def with_one_more(self, path: str, key: Key) -> Baseline:
        """The same with one more finding of the file at absolute `path`."""
        name = self.relative(path)
        counts = {**self.entries.get(name, {})}
        counts[key] = counts.get(key, 0) + 1
        return Baseline(self.path, self.root, {**self.entries, name: counts})

    def relative(self, path: str) -> str:
        """The absolute `path` as it stands in entries."""
        return _relative(path, self.root)

    def absolute(self, name: str) -> str:
        """The path of an entry as an absolute one."""
        return os.path.normpath(os.path.join(self.root, name))

    def text(self) -> str:
        """What the file says: an entry a line, sorted, each line with its comma, so that lines come and go alone.

        ASCII alone: a path that is no valid text is still an entry.
        """
        root = _relative(self.root, os.path.dirname(self.path))
        lines = [
            f"{json.dumps([name, *key, count])},\n"
            for name, counts in sorted(self.entries.items())
            for key, count in sorted(counts.items())
        ]
        head = f'{{"version": {VERSION}, "root": {json.dumps(root)}, "findings": [\n'
        return "".join((head, *lines, "null]}\n"))


class Baselines:
    """The baseline of each configuration, read once and again when the file has another stamp."""

    def __init__(self, files: Files) -> None:
        self.is_ignored = False
        self._files = files
        self._known: dict[tuple[str, str], tuple[Stamp, Baseline | BaselineError]] = {}

    def of(self, config: ProjectConfig) -> Baseline | None:
        """The baseline for the files of a configuration, None where there is none; raises BaselineError."""
        if self.is_ignored or not os.path.isabs(config.root):
            return None
        path = path_of(config)
        stamp = self._files.stamp(path)
        if stamp is None:
            self._known.pop((path, config.root), None)
            return None
        known = self._known.get((path, config.root))
        if known is None or known[0] != stamp:
            read: Baseline | BaselineError
            try:
                read = parse(path, config.root, self._files.bytes_of(path))
            except UnreadableError as error:
                read = BaselineError(f"{path} cannot be read: {error}")
            except BaselineError as error:
                read = error
            known = self._known[path, config.root] = (stamp, read)
        if isinstance(known[1], BaselineError):
            raise BaselineError(*known[1].args)
        return known[1]

    def forget(self, paths: Iterable[str]) -> None:
        """Note that `paths` changed on disk, perhaps without a new stamp."""
        changed = set(paths)
        self._known = {key: known for key, known in self._known.items() if key[0] not in changed}


def path_of(config: ProjectConfig) -> str:
    """Where the baseline of a configuration is kept, whether or not it is there."""
    return os.path.normpath(os.path.join(config.root, config.baseline))


def parse(path: str, root: str, data: bytes) -> Baseline:
    """The baseline that `data` of the file at `path` states for the folder `root`; raises BaselineError."""
    if conflict := _CONFLICT.search(data):
        line = data.count(b"\n", 0, conflict.start()) + 1
        message = (
            f"{path}:{line}: there is a merge conflict in the baseline: keep the lines of both sides, then run"
            " `ssot-lsp baseline --update`"
        )
        raise BaselineError(message)
    try:
        value: Any = json.loads(data)
    except (ValueError, RecursionError) as error:
        place = f"{path}:{error.lineno}" if isinstance(error, json.JSONDecodeError) else path
        message = f"{place}: the baseline is damaged, it is no JSON"
        raise BaselineError(message) from error
    version = value.get("version") if isinstance(value, dict) else None
    if isinstance(version, int) and version > VERSION:
        message = f"{path}: the baseline was written by a newer ssot-lsp (version {version}, this one reads {VERSION})"
        raise BaselineError(message)
    if (
        version != VERSION
        or not isinstance(value.get("root"), str)
        or not isinstance(value.get("findings"), list)
    ):
        message = f"{path}: the baseline is damaged, it does not say what it holds"
        raise BaselineError(message)
    its_root = os.path.normpath(os.path.join(os.path.dirname(path), value["root"]))
    if os.path.normcase(its_root) != os.path.normcase(os.path.normpath(root)):
        message = f"{path}: the baseline was written for {its_root}, and not for {root}"
        raise BaselineError(message)
    entries: dict[str, dict[Key, int]] = {}
    for number, entry in enumerate(value["findings"]):
        if entry is None:
            continue
        if not _is_entry(entry):
            message = f"{path}:{number + 2}: the baseline is damaged, this is no entry"
            raise BaselineError(message)
        name, rule, definition, construct, count = entry
        key, counts = Key(rule, definition, construct), entries.setdefault(name, {})
        counts[key] = min(
            count, counts.get(key, count)
        )  # twice: both sides of a merge, of which each only shrinks
    return Baseline(path, root, entries)


def _is_entry(entry: object) -> bool:
    return (
        isinstance(entry, list)
        and len(entry) == 5
        and all(isinstance(each, str) for each in entry[:4])
        and type(entry[4]) is int
        and entry[4] > 0
    )


class _Hiding:
    """One use of a baseline, in which each finding that it stands for hides one."""

    def __init__(self, baseline: Baseline, is_there: Callable[[str], bool]) -> None:
        self._baseline = baseline
        self._is_there = is_there
        self._left: dict[str, Counter[Key]] = {}

    def hides(self, name: str, keys: Sequence[Key]) -> list[bool]:
        known = self.own(name, keys)
        new = Counter(keys) - known
        if new:
            known += self.moved(name, list(new.elements()))
        hidden = []
        for key in keys:
            hidden.append(known[key] > 0)
            known[key] -= 1
        return hidden

    def own(self, name: str, keys: Iterable[Key]) -> Counter[Key]:
        """Those of the findings of a file that stand under its path."""
        return self._take(name, Counter(keys))

    def moved(self, name: str, keys: Iterable[Key]) -> Counter[Key]:
        """Those of the findings of a file that stand under a path that is gone, of which it has at least half."""
        wanted, found = Counter(keys), Counter[Key]()
        holders = {each for key in wanted for each in self._baseline.holders.get(key, ())}
        candidates = sorted(holders - {name})
        while candidates := [each for each in candidates if self._has_moved(each, wanted)]:
            best = max(candidates, key=lambda each: (self._common(each, wanted), each))
            taken = self._take(best, wanted)
            found += taken
            wanted -= taken
            candidates.remove(best)
        return found

    def _has_moved(self, name: str, wanted: Counter[Key]) -> bool:
        total = sum(self._baseline.entries[name].values())
        common = self._common(name, wanted)
        return common > 0 and total <= 2 * common and not self._is_there(self._baseline.absolute(name))

    def _common(self, name: str, wanted: Counter[Key]) -> int:
        return sum((self._rest(name) & wanted).values())

    def _take(self, name: str, wanted: Counter[Key]) -> Counter[Key]:
        rest = self._rest(name)
        taken = rest & wanted
        self._left[name] = rest - taken
        return taken

    def _rest(self, name: str) -> Counter[Key]:
        """What of the entries of a path has hidden nothing yet."""
        if name not in self._left:
            self._left[name] = Counter(self._baseline.entries.get(name, {}))
        return self._left[name]


def _relative(path: str, folder: str) -> str:
    try:
        return os.path.relpath(path, folder).replace(os.sep, "/")
    except ValueError:  # another drive
        return path.replace(os.sep, "/")
