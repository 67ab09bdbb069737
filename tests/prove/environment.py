"""What a project needs: its interpreter with all that its tests import, made once by pip, and copies to work on."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import venv
from typing import TYPE_CHECKING

from tests.benchmarks.corpora import CorpusError, cache_folder, corpus

if TYPE_CHECKING:
    from pathlib import Path

    from .projects import Project

_INSTALL_SECONDS = 1800
_LEFT_OUT = ("docs", "build", "examples", "__pycache__", "*.egg-info", ".ssot-verify")


def interpreter(project: Project) -> Path:
    """The Python of the project's own environment, made first where it is not there yet; raises CorpusError."""
    key = hashlib.sha256(repr((project.requirements, sys.version_info[:3], sys.base_prefix)).encode())
    folder = cache_folder() / "prove" / f"{project.name}-{key.hexdigest()[:12]}"
    program = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    ready = folder / "ready"
    if not ready.is_file():
        folder.parent.mkdir(parents=True, exist_ok=True)
        venv.create(folder, clear=True, with_pip=True)
        command = [
            *(str(program), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"),
            *project.requirements,
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_INSTALL_SECONDS)
        if done.returncode:
            message = f"pip cannot install what the tests of {project.name} need:\n{done.stderr.strip()}"
            raise CorpusError(message)
        ready.touch()
    return program


def work_copy(project: Project, folder: Path) -> Path:
    """A copy of the project below `folder`, with the factory in it and the configuration that names it."""
    source = corpus(project.name, project.version)
    shutil.copytree(source, folder, ignore=shutil.ignore_patterns(*_LEFT_OUT))
    shutil.copyfile(project.factory_source, folder / project.factory)
    settings = folder / "pyproject.toml"
    before = settings.read_text(encoding="utf-8") if settings.is_file() else ""
    settings.write_text(before + project.configuration, encoding="utf-8")
    return folder
