"""What a verifying run has done, on the disk: so that it can be taken up again, and undone where it died.

A folder `.ssot-verify` beside the configuration, which git is told to leave alone, holds `journal.jsonl` (one event a
line, appended) and, while a file is being tried, its original. An original is written before its file is touched,
and goes when the file is settled. What a command has made of such a file is kept there too, and stays.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import threading
from typing import TYPE_CHECKING, Any, NamedTuple

from ssot_lsp.files import UnreadableError, reason_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ssot_lsp.files import Files

FOLDER = ".ssot-verify"
_EVENTS = "journal.jsonl"


class Recovered(NamedTuple):
    """A file that a run has left in the middle: put back, or left as it is for a `reason`."""

    path: str
    is_restored: bool
    reason: str = ""


class Journal:
    """The journal of one root. Safe in several threads; one process at a time."""

    def __init__(self, files: Files, root: str) -> None:
        """Read what is there; raises UnreadableError where the folder cannot be made or written."""
        self._files = files
        self._root = root
        self._folder = os.path.join(root, FOLDER)
        self._lock = threading.Lock()
        self._settled: dict[tuple[str, str, str], dict[str, Any]] = {}
        self._begun: dict[str, dict[str, Any]] = {}
        try:
            os.makedirs(self._folder, exist_ok=True)
            ignored = os.path.join(self._folder, ".gitignore")
            with contextlib.suppress(FileExistsError), open(ignored, "x", encoding="ascii") as stream:
                stream.write("*\n")
        except OSError as error:
            raise UnreadableError(reason_of(error)) from error
        for event in self._read():
            self._take(event)

    def recover(self) -> list[Recovered]:
        """Put back the files that an earlier run was trying when it died."""
        found = []
        for name, event in sorted(self._begun.items()):
            path = os.path.join(self._root, *name.split("/"))
            recovered = self._recover(path, event)
            found.append(recovered)
            if recovered.is_restored:
                self.end(path)
            else:
                self._note({"event": "ended", "path": name})  # told once; its original stays
        return found

    def _recover(self, path: str, event: dict[str, Any]) -> Recovered:
        stored = os.path.join(self._folder, event["original"])
        try:
            now = self._files.bytes_of(path)
            if digest(now) == event["original"]:
                return Recovered(path, is_restored=True)
            if digest(now) not in event["trials"]:
                return Recovered(path, False, f"it was changed since; what it was is in {stored}")  # noqa: FBT003
            self._files.write(path, now, self._files.bytes_of(stored))
        except UnreadableError as error:
            return Recovered(path, False, f"{error}; what it was is in {stored}")  # noqa: FBT003
        return Recovered(path, is_restored=True)

    def settled(self, path: str, data: bytes, settings: str) -> dict[str, Any] | None:
        """What was settled for a file that holds `data`, under the same settings; None where nothing was."""
        return self._settled.get((self.name(path), digest(data), settings))

    def begin(self, path: str, data: bytes) -> None:
        """Note that a file is about to be tried; raises UnreadableError where its original cannot be kept."""
        with self._lock:
            self._keep(data)
            self._append({"event": "begun", "path": self.name(path), "original": digest(data)})

    def keep(self, data: bytes) -> str:
        """Keep what would be lost, for somebody to look at: where. Raises UnreadableError where it cannot be kept."""
        with self._lock:
            return self._keep(data)

    def _keep(self, data: bytes) -> str:
        stored = os.path.join(self._folder, digest(data))
        if not self._files.is_file(stored):
            self._files.write(stored, None, data)
        return stored

    def trying(self, path: str, data: bytes) -> None:
        """Note that a file is about to be written with `data`."""
        self._note({"event": "trying", "path": self.name(path), "trial": digest(data)})

    def end(self, path: str) -> None:
        """Note that a file is no longer tried, and holds what it shall."""
        event = self._begun.get(self.name(path))
        self._note({"event": "ended", "path": self.name(path)})
        if event is not None:
            self._forget(event["original"])

    def settle(self, path: str, data: bytes, settings: str, outcome: dict[str, Any]) -> None:
        """Note what became of a file that holds `data` now."""
        event = {"event": "settled", "path": self.name(path), "data": digest(data), "settings": settings}
        self._note({**event, "outcome": outcome})

    def _forget(self, original: str) -> None:
        with self._lock:
            if not any(each["original"] == original for each in self._begun.values()):
                with contextlib.suppress(OSError):
                    os.unlink(os.path.join(self._folder, original))

    def name(self, path: str) -> str:
        """A file at absolute `path` as it is called here: from the root, with slashes."""
        return os.path.relpath(path, self._root).replace(os.sep, "/")

    def _note(self, event: dict[str, Any]) -> None:
        with self._lock:
            self._append(event)

    def _append(self, event: dict[str, Any]) -> None:
        self._take(event)
        try:
            with open(os.path.join(self._folder, _EVENTS), "a", encoding="utf-8", newline="\n") as stream:
                stream.write(json.dumps(event, ensure_ascii=True) + "\n")
                stream.flush()
                os.fsync(stream.fileno())
        except OSError as error:
            raise UnreadableError(reason_of(error)) from error

    def _take(self, event: dict[str, Any]) -> None:
        path, kind = event["path"], event["event"]
        if kind == "begun":
            self._begun[path] = {"original": event["original"], "trials": set()}
        elif kind == "trying" and path in self._begun:
            self._begun[path]["trials"].add(event["trial"])
        elif kind == "ended":
            self._begun.pop(path, None)
        elif kind == "settled":
            self._settled[path, event["data"], event["settings"]] = event["outcome"]

    def _read(self) -> Iterator[dict[str, Any]]:
        try:
            data = self._files.bytes_of(os.path.join(self._folder, _EVENTS))
        except UnreadableError:
            return
        yield from _events(data.decode("utf-8", "replace").splitlines())


def _events(lines: Iterable[str]) -> Iterator[dict[str, Any]]:
    """The events that can be read: the last line may have been cut off."""
    for line in lines:
        try:
            event = json.loads(line)
        except ValueError:
            continue
        if isinstance(event, dict) and {"event", "path"} <= event.keys():
            yield event


def digest(data: bytes) -> str:
    """What stands for the content of a file."""
    return hashlib.sha256(data).hexdigest()
