"""Running the user's own command for one file, and what came of it, test by test.

This is the one place where code of a workspace runs, by a command that the user has typed. pytest is asked for its
results by `PYTEST_ADDOPTS`, whatever wraps it; of any other command only the exit code is known.
"""

from __future__ import annotations

import contextlib
import math
import os
import re
import shlex
import signal
import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET  # what our own pytest writes; entities are no concern

if TYPE_CHECKING:
    from collections.abc import Mapping

PLACEHOLDER = "{file}"
_NOT_RUN = frozenset({2, 3, 4, 5})  # pytest: interrupted, internal error, wrong usage, nothing collected
_LAST_LINES = 3
_PATIENCE = 0.2  # seconds between two looks at whether a run is still wanted
_TIMES = 10  # as long as before a change may a command take after it
_ENDING = 5.0  # seconds that a command has for ending in peace
# Numbers that differ from run to run in the names that pytest makes of parameters.
_ADDRESS = re.compile(r"(?<=id=')\d+|\b0x[0-9a-f]+\b")
_IS_WINDOWS = os.name == "nt"


class StoppedError(Exception):
    """The run was no longer wanted."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one run came to.

    `tests` are the outcomes by test where pytest told them, else None. `failure` says why the run tells nothing, empty
    where it does; `exit_code` is -1 where there is none.
    """

    exit_code: int
    tests: Mapping[str, tuple[str, ...]] | None = field(default=None, hash=False)
    failure: str = ""
    seconds: float = field(default=0.0, compare=False)

    @property
    def passed(self) -> int:
        """How many tests passed; for another command than pytest 1 where it did."""
        if self.tests is None:
            return int(self.exit_code == 0)
        return sum(each == ("passed",) for each in self.tests.values())

    def difference(self, other: Outcome) -> str:
        """How `other`, a later run, went differently, in words; empty where both went alike."""
        if other.failure:
            return other.failure
        if self.tests is None or other.tests is None:
            same = self.exit_code == other.exit_code and (self.tests is None) == (other.tests is None)
            return "" if same else f"the command ended with {other.exit_code}, before with {self.exit_code}"
        changed = [
            f"`{name}`: {_told(self.tests.get(name))} before, {_told(other.tests.get(name))} after"
            for name in sorted({*self.tests, *other.tests})
            if self.tests.get(name) != other.tests.get(name)
        ]
        if not changed:
            return ""
        more = f", and {len(changed) - 1} more" if len(changed) > 1 else ""
        return changed[0] + more


class Command:
    """A command with `{file}` in it, run in `folder` for one file after the other; safe in several threads."""

    def __init__(self, written: str, folder: str, timeout: float, *, least: float | None = None) -> None:
        """Take the command as it is written for the shell, and the seconds after which it hangs.

        With `least` it hangs earlier once it is known how long it takes: by `limit_after`, but never before so many
        seconds. Raises ValueError where it names no `{file}`.
        """
        if PLACEHOLDER not in written:
            message = f"the command does not say where the file goes: it has no {PLACEHOLDER}"
            raise ValueError(message)
        self.written = written
        self._folder = folder
        self.limits = timeout, least
        self._stopped = threading.Event()

    def stop(self) -> None:
        """End all runs, and let none begin any more."""
        self._stopped.set()

    def limit_after(self, before: Outcome) -> float:
        """After how many seconds a run hangs of which an earlier one came to `before`."""
        timeout, least = self.limits
        if least is None:
            return timeout
        return min(timeout, max(least, math.ceil(_TIMES * before.seconds)))

    def run(self, path: str, limit: float | None = None) -> Outcome:
        """What the command comes to for the file at `path`, within `limit` seconds where given.

        Raises StoppedError after `stop`.
        """
        limit = self.limits[0] if limit is None else limit
        started = time.monotonic()
        quoted = subprocess.list2cmdline([path]) if _IS_WINDOWS else shlex.quote(path)
        line = self.written.replace(PLACEHOLDER, quoted)
        with tempfile.TemporaryDirectory(prefix="ssot-lsp-", ignore_cleanup_errors=True) as folder:
            results = os.path.join(folder, "results.xml")
            said, code = self._spawn(line, results, limit)
            if code is None:
                return Outcome(-1, failure=f"the command did not end within {limit:g} seconds")
            seconds = time.monotonic() - started
            tests = _tests_of(results)
        if tests is None:
            return Outcome(code, seconds=seconds)
        if code in _NOT_RUN or not tests:
            return Outcome(code, tests, _why_nothing(code, said), seconds)
        return Outcome(code, tests, seconds=seconds)

    def _spawn(self, line: str, results: str, limit: float) -> tuple[str, int | None]:
        """What a command line prints and its exit code, None where it had to be stopped."""
        options = os.environ.get("PYTEST_ADDOPTS", "")
        environment = {
            **os.environ,
            "PYTEST_ADDOPTS": f'{options} --junitxml="{results.replace(os.sep, "/")}"'.strip(),
            "PYTHONDONTWRITEBYTECODE": "1",  # a file that changes twice within a second may look unchanged
        }
        with subprocess.Popen(  # noqa: S602 - the user's own command, as typed
            line,
            shell=True,
            cwd=self._folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=not _IS_WINDOWS,
        ) as process:
            try:
                said = self._wait(process, limit)
            except BaseException:
                _end(process)
                raise
            if said is None:
                _end(process)
                return "", None
        return said.decode("utf-8", "replace"), process.returncode

    def _wait(self, process: subprocess.Popen[bytes], limit: float) -> bytes | None:
        """What a process prints until it ends; None where it does not in time."""
        latest = time.monotonic() + limit
        while time.monotonic() < latest:
            if self._stopped.is_set():
                raise StoppedError
            try:
                return process.communicate(timeout=_PATIENCE)[0]
            except subprocess.TimeoutExpired:
                continue
        return None


def _end(process: subprocess.Popen[bytes]) -> None:
    """Stop a command with all that it has started."""
    if _IS_WINDOWS:
        process.kill()
        process.communicate()
        return
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.communicate(timeout=_ENDING)
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


def _tests_of(results: str) -> dict[str, tuple[str, ...]] | None:
    """The outcomes by test in a file of pytest's; None where there is none."""
    try:
        root = ET.parse(results).getroot()  # noqa: S314 - written by the pytest that was just run
    except (OSError, ET.ParseError):
        return None
    found: dict[str, list[str]] = {}
    for case in root.iter("testcase"):
        name = "::".join(filter(None, (case.get("classname", ""), case.get("name", ""))))
        told = {child.tag for child in case} & {"failure", "error", "skipped"}
        found.setdefault(_ADDRESS.sub("_", name), []).append("+".join(sorted(told)) or "passed")
    return {name: tuple(sorted(outcomes)) for name, outcomes in found.items()}


def _why_nothing(code: int, said: str) -> str:
    last = " / ".join([line.strip("= ") for line in said.splitlines() if line.strip()][-_LAST_LINES:])
    what = "no test ran" if code in {0, 1, 5} else f"pytest ended with {code}"
    return f"{what}: {last}" if last else what


def _told(outcomes: tuple[str, ...] | None) -> str:
    words = {"failure": "failed", "error": "in error"}
    return ", ".join(words.get(each, each) for each in outcomes) if outcomes else "missing"
