"""The one door to the disk: what a file says and which files there are."""

from __future__ import annotations

import io
import os
import tokenize
from dataclasses import dataclass


class UnreadableError(Exception):
    """A file that cannot be used; the message is the reason in words, without the path."""


@dataclass(frozen=True, slots=True)
class SourceText:
    """The text of a file without its byte order mark, line ends as they are, and how to write it back."""

    text: str
    encoding: str = "utf-8"
    has_bom: bool = False


class Files:
    """The disk. Tests and overlays inject another one."""

    def read(self, path: str) -> SourceText:
        """What the file at absolute `path` says, decoded as PEP 263 has it; raises UnreadableError."""
        try:
            with open(path, "rb") as stream:
                data = stream.read()
        except OSError as error:
            raise UnreadableError(error.strerror or str(error)) from error
        return decode(data)

    def is_file(self, path: str) -> bool:
        """Whether there is a regular file at absolute `path`."""
        return os.path.isfile(path)

    def is_folder(self, path: str) -> bool:
        """Whether there is a folder at absolute `path`."""
        return os.path.isdir(path)


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
        raise UnreadableError(str(error)) from error
    has_bom = encoding == "utf-8-sig"
    try:
        return SourceText(data.decode(encoding), "utf-8" if has_bom else encoding, has_bom)
    except UnicodeDecodeError as error:
        message = f"is not valid {encoding} at byte {error.start}"
        raise UnreadableError(message) from error
