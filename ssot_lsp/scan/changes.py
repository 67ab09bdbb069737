"""Which lines have changed since a git revision: asked of git, which only reads.

Git's own settings could change what it prints, run programs or write its index: all of that is turned off.
"""

from __future__ import annotations

import os
import re
import shutil
from typing import TYPE_CHECKING, NamedTuple

from ssot_lsp.files import CONFIG_NAMES, PYTHON_NAMES, Files, UnreadableError, is_below

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ssot_lsp.cache import Row
    from ssot_lsp.scan.report import Report

# What `git rev-parse --local-env-vars` names, which hooks are run with and which would lead to another repository, and
# what changes how a diff reads.
_LOCAL = frozenset(
    {
        *("GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_COMMON_DIR", "GIT_CONFIG", "GIT_CONFIG_COUNT"),
        *("GIT_CONFIG_PARAMETERS", "GIT_DIR", "GIT_GRAFT_FILE", "GIT_IMPLICIT_WORK_TREE", "GIT_INDEX_FILE"),
        *("GIT_INTERNAL_SUPER_PREFIX", "GIT_NO_REPLACE_OBJECTS", "GIT_OBJECT_DIRECTORY", "GIT_PREFIX"),
        *("GIT_REPLACE_REF_BASE", "GIT_SHALLOW_FILE", "GIT_WORK_TREE"),
        *("GIT_DIFF_OPTS", "GIT_EXTERNAL_DIFF", "GIT_GLOB_PATHSPECS", "GIT_ICASE_PATHSPECS"),
        *("GIT_LITERAL_PATHSPECS", "GIT_NOGLOB_PATHSPECS"),
    }
)
_SETTINGS = (
    *("core.quotePath=true", "core.fsmonitor=false", "diff.suppressBlankEmpty=false"),
    "diff.autoRefreshIndex=false",
)
_DIFF = (
    *("diff", "--unified=0", "--inter-hunk-context=0", "--find-renames", "--text", "--no-color"),
    *("--no-ext-diff", "--no-textconv", "--no-relative", "--ignore-submodules=all"),
    *("--src-prefix=a/", "--dst-prefix=b/"),
)
_HUNK = re.compile(rb"@@ -\d+(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
_ESCAPE = re.compile(rb"\\([0-7]{3}|.)")
_ESCAPED = {b"a": b"\a", b"b": b"\b", b"t": b"\t", b"n": b"\n", b"v": b"\v", b"f": b"\f", b"r": b"\r"}
_FROM_BRANCHING = "..."


class RevisionError(Exception):
    """What has changed cannot be told; the message says why."""


class _Changed(NamedTuple):
    """What git says of one repository: by path as seen from its top."""

    lines: Mapping[bytes, tuple[range, ...]]  # 0-based, of the files that differ
    tracked: frozenset[bytes]


class Changes:
    """The lines of files on the disk that are not as they were at `revision`.

    `revision` is what git takes for a commit, as seen from the absolute `folder`. With `...` behind it, it is where
    the current branch has left that commit's. A submodule is compared with the commit that it had there.
    """

    def __init__(self, revision: str, folder: str, files: Files | None = None) -> None:
        """Raise RevisionError where there is no git, no repository or no such revision."""
        self.revision = revision
        self._files = files or Files()
        self._tops: dict[str, str | None] = {}
        self._known: dict[str, _Changed | None] = {}
        self._bases: dict[str, str | None] = {}
        git = shutil.which("git")
        if git is None:
            message = "--diff needs git, which is not installed"
            raise RevisionError(message)
        self._git = git
        top = self._top(folder)
        if top is None:
            message = f"--diff needs a git repository, and {folder} is in none"
            raise RevisionError(message)
        self._first = top
        self._base(top)

    def has(self, path: str) -> bool:
        """Whether any line of the file at absolute `path` has changed; raises RevisionError."""
        lines = self.lines(path)
        return lines is None or bool(lines)

    def lines(self, path: str) -> tuple[range, ...] | None:
        """The 0-based lines of the file at absolute `path` that have changed, None for all; raises RevisionError."""
        top = self._top(os.path.dirname(path))
        changed = self._changed(top) if top is not None else None
        if top is None or changed is None:
            return None
        name = os.fsencode(os.path.relpath(path, top).replace(os.sep, "/"))
        if name not in changed.tracked or self._has_other_lines(path):
            return None
        return changed.lines.get(name, ())

    def _has_other_lines(self, path: str) -> bool:
        """Whether a line ends in a lone carriage return, which ends none for git."""
        try:
            return re.search(rb"\r(?!\n)", self._files.bytes_of(path)) is not None
        except UnreadableError:
            return True

    def _top(self, folder: str) -> str | None:
        """The top of the repository that `folder` is in."""
        if folder not in self._tops:
            git, above = os.path.join(folder, ".git"), os.path.dirname(folder)
            if self._files.is_folder(git) or self._files.is_file(git):
                self._tops[folder] = folder
            else:
                self._tops[folder] = None if above == folder else self._top(above)
        return self._tops[folder]

    def _changed(self, top: str) -> _Changed | None:
        """What has changed in a repository; None where it is new as a whole."""
        if top not in self._known:
            base = self._base(top)
            self._known[top] = None if base is None else self._compare(top, base)
        return self._known[top]

    def _base(self, top: str) -> str | None:
        """The commit that a repository is compared with; None where it was not there."""
        if top not in self._bases:
            above = self._top(os.path.dirname(top))
            if top == self._first or above is None or not is_below(top, self._first):
                self._bases[top] = self._resolve(top)
            else:
                base = self._base(above)
                name = os.path.relpath(top, above).replace(os.sep, "/")
                self._bases[top] = base and self._commit_of_submodule(above, base, name)
        return self._bases[top]

    def _resolve(self, top: str) -> str:
        name = self.revision.removesuffix(_FROM_BRANCHING)
        arguments = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
        code, out, err = self._run(top, *arguments)
        if code != 0 or not name:
            said = err.decode("utf-8", "replace").strip()
            hint = ", which is a path: write --diff=REV" if os.path.lexists(os.path.join(top, name)) else ""
            message = f"git knows no revision `{name}` in {top}{hint}{f': {said}' if said else ''}"
            raise RevisionError(message)
        commit = out.decode().strip()
        if name == self.revision:
            return commit
        code, out, err = self._run(top, "merge-base", commit, "HEAD")
        if code != 0:
            message = (
                f"git finds no commit in {top} from which both `{name}` and the current branch come"
                " (a clone with all of the history has it)"
            )
            raise RevisionError(message)
        return out.decode().strip()

    def _commit_of_submodule(self, top: str, base: str, name: str) -> str | None:
        out = self._output(top, "ls-tree", "-z", base, "--", f":(top,literal){name}")
        mode, _, rest = out.partition(b" ")
        return rest.split()[1].decode() if mode == b"160000" else None

    def _compare(self, top: str, base: str) -> _Changed:
        suffixes = (*(f"*{each}" for each in PYTHON_NAMES), *(f"*{each}" for each in CONFIG_NAMES))
        listed = self._output(top, "ls-files", "-z", "--", *suffixes)
        diff = self._output(top, *_DIFF, base, "--", *suffixes)
        return _Changed(dict(_parsed(diff)), frozenset(listed.split(b"\0")))

    def _output(self, top: str, *arguments: str) -> bytes:
        code, out, err = self._run(top, *arguments)
        if code != 0:
            said = err.decode("utf-8", "replace").strip()
            message = f"`git {arguments[0]}` fails in {top}: {said or f'exit code {code}'}"
            raise RevisionError(message)
        return out

    def _run(self, top: str, *arguments: str) -> tuple[int, bytes, bytes]:
        import subprocess  # noqa: PLC0415 - 5 ms that only who compares with a revision pays

        settings = [word for each in _SETTINGS for word in ("-c", each)]
        environment = {name: value for name, value in os.environ.items() if name not in _LOCAL}
        environment |= {"GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}
        try:
            done = subprocess.run(
                [self._git, "-C", top, *settings, *arguments],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                env=environment,
                check=False,
            )
        except (OSError, ValueError) as error:  # ValueError: a NUL in what was typed
            message = f"git cannot be run: {error}"
            raise RevisionError(message) from error
        return done.returncode, done.stdout, done.stderr


def keep_changed(report: Report, changes: Changes) -> None:
    """Leave only those findings in the report of which a line has changed; raises RevisionError."""
    report.revision = changes.revision
    for index, result in enumerate(report.results):
        if not result.rows:
            continue
        lines = changes.lines(result.path)
        if lines is None:
            continue
        kept = tuple(row for row in result.rows if _is_touched(row, lines))
        report.baselined -= sum(row.is_baselined for row in result.rows) - sum(
            each.is_baselined for each in kept
        )
        report.results[index] = result._replace(rows=kept)


def _is_touched(row: Row, changed: tuple[range, ...]) -> bool:
    """Whether a line of the finding, or of what belongs to it, has changed."""
    places = [range(row.start[0], row.end[0] + 1), *(range(line, line + 1) for line, _ in row.covers)]
    return any(each.start < lines.stop and lines.start < each.stop for lines in changed for each in places)


def _parsed(diff: bytes) -> Iterator[tuple[bytes, tuple[range, ...]]]:
    """The paths of a diff without context, with the lines that each has now and had not."""
    name: bytes | None = None
    found: list[range] = []
    lines = iter(diff.split(b"\n"))
    for line in lines:
        if line.startswith(b"diff --git "):
            if name is not None:
                yield name, tuple(found)
            name, found = None, []
        elif line.startswith(b"+++ "):
            name = _path(line[4:])
        elif hunk := _HUNK.match(line):
            removed, start, added = (int(each) if each is not None else 1 for each in hunk.groups())
            if added:
                found.append(range(start - 1, start - 1 + added))
            left = removed + added
            while left and (content := next(lines, None)) is not None:  # it may look like anything
                left -= not content.startswith(b"\\")  # "No newline at end of file" is none of them
    if name is not None:
        yield name, tuple(found)


def _path(written: bytes) -> bytes | None:
    """The path of a header; None where the file is gone."""
    written = written.removesuffix(b"\t")
    if written.startswith(b'"'):
        written = _ESCAPE.sub(_character, written[1:-1])
    return None if written == b"/dev/null" else written.removeprefix(b"b/")


def _character(escape: re.Match[bytes]) -> bytes:
    code = escape[1]
    return bytes([int(code, 8)]) if len(code) == 3 else _ESCAPED.get(code, code)
