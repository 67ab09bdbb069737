"""The one door to the disk: what a file says, how it is written, what lies in a folder."""

from __future__ import annotations

import codecs
import contextlib
import io
import os
import stat
import tokenize
from dataclasses import dataclass
from typing import NamedTuple

PYTHON_NAMES = (".py", ".pyi", ".pyw")
CONFIG_NAMES = ("ssot-lsp.toml", "pyproject.toml")


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
    temporary = os.path.join(os.path.dirname(path), f".ssot-lsp-{os.urandom(6).hex()}")
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


def is_below(path: str, folder: str) -> bool:
    """Whether the absolute `path` is `folder` or lies in it."""
    return path == folder or path.startswith(folder if folder.endswith(os.sep) else folder + os.sep)
