"""`python vscode-client/pack.py [TARGET …]`: pack the extension with the server in it, for these platforms or this one.

Lays out `bundled/` and has vsce pack it as `dist/ssot-lsp-TARGET.vsix` of the checkout:

    bundled/launch.py       runs `ssot-lsp` with the packages beside it
    bundled/tags            the versions of CPython that it is laid out for, a line each: `cp310`, …
    bundled/any/            what fits each of them, once
    bundled/cp310/ …        what is compiled for one of them

Packages are wheels of the package index, nothing is compiled here; so any machine packs for any platform. For the
target `universal` nothing is laid out: the server is then the one that is installed in the interpreter.
"""

from __future__ import annotations

import platform
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from packaging.requirements import Requirement

HERE = Path(__file__).resolve().parent
CHECKOUT = HERE.parent
BUNDLED = HERE / "bundled"
VERSIONS = ("3.10", "3.11", "3.12", "3.13", "3.14")
# The targets of VS Code's extensions, and the platforms of wheels that run there. There are no wheels of libcst
# for Intel's Macs any more, and few of PyYAML for Windows on ARM: there the universal one is the way, and pip's
# `--prefer-binary`, which takes an older libcst that has some.
TARGETS = {
    "linux-x64": ("manylinux_2_28_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64"),
    "linux-arm64": ("manylinux_2_28_aarch64", "manylinux_2_17_aarch64", "manylinux2014_aarch64"),
    "alpine-x64": ("musllinux_1_2_x86_64", "musllinux_1_1_x86_64"),
    "darwin-arm64": ("macosx_11_0_arm64",),
    "win32-x64": ("win_amd64",),
}
UNIVERSAL = "universal"
# Of a package, what the server does not read, as parts of a path. The stubs of others' packages that jedi carries are
# four fifths of all files, and slow to install; what it is asked about is the workspace's own code.
LEFT_OUT = frozenset({"tests", "test", "__pycache__", "bin", "django-stubs"})
LEFT_OUT_BELOW = "jedi/third_party/typeshed/stubs/"
VSCE = (
    "--no-dependencies",  # all of them are in the one file that esbuild makes
    "--no-rewrite-relative-links",
    "--allow-missing-repository",
    # what is packed is this repository and public packages; looking through them for secrets takes ten minutes
    "--allow-package-all-secrets",
    "--allow-package-env-file",
)


def main(targets: list[str]) -> int:
    """Pack for each of `targets`; without any, for the machine that this runs on."""
    wanted = targets or [this_machine()]
    unknown = [each for each in wanted if each not in {*TARGETS, UNIVERSAL}]
    if unknown:
        sys.stderr.write(f"`{unknown[0]}` is no target; there are {', '.join([*TARGETS, UNIVERSAL])}\n")
        return 2
    node("esbuild.mjs")
    for name in ("LICENSE", "CHANGELOG.md"):
        shutil.copyfile(CHECKOUT / name, HERE / name)
    for target in wanted:
        shutil.rmtree(BUNDLED, ignore_errors=True)
        if target != UNIVERSAL:
            bundle(target)
        packed = CHECKOUT / "dist" / f"ssot-lsp-{target}.vsix"
        packed.parent.mkdir(exist_ok=True)
        vsce = "node_modules/@vscode/vsce/vsce"
        platform = [] if target == UNIVERSAL else ["--target", target]
        node(vsce, "package", *VSCE, *platform, "--out", str(packed))
        files = sum(1 for each in BUNDLED.rglob("*") if each.is_file())
        print(
            f"{packed.relative_to(CHECKOUT)}: {packed.stat().st_size / 1e6:.1f} MB, {files} files of Python"
        )
    return 0


def this_machine() -> str:
    """The target that this machine is, or a word that is none."""
    if list(Path("/lib").glob("ld-musl-*")):
        return "alpine-x64"
    system = {"linux": "linux", "darwin": "darwin", "win32": "win32"}.get(sys.platform, sys.platform)
    processor = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64", "arm64": "arm64"}
    return f"{system}-{processor.get(platform.machine().lower(), platform.machine())}"


def node(*words: str) -> None:
    """Run a script of the extension's tools; its output is shown when it fails."""
    done = subprocess.run(
        ["node", *words],
        cwd=HERE,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        check=False,
    )
    if done.returncode:
        sys.exit(f"`node {' '.join(words)}` failed:\n{done.stdout}")


def bundle(target: str) -> None:
    """Lay out `bundled/` for `target`."""
    with tempfile.TemporaryDirectory() as folder:
        wheels = wheels_by_version(target, Path(folder))
        server = pip("wheel", "--no-deps", str(CHECKOUT), folder=Path(folder) / "server")
        shared = set.intersection(*({each.name for each in of_tag} for of_tag in wheels.values()))
        for tag, of_tag in wheels.items():
            for wheel in of_tag:
                unpack(wheel, BUNDLED / ("any" if wheel.name in shared else tag))
        for wheel in server:
            unpack(wheel, BUNDLED / "any")
    shutil.copyfile(HERE / "launch.py", BUNDLED / "launch.py")
    (BUNDLED / "tags").write_text("".join(f"{tag}\n" for tag in wheels), encoding="utf-8")


def wheels_by_version(target: str, folder: Path) -> dict[str, list[Path]]:
    """The wheels of the requirements for each version of CPython, by its tag: `cp310`."""
    found = {}
    for version in VERSIONS:
        tag = f"cp{version.replace('.', '')}"
        platform = [word for each in TARGETS[target] for word in ("--platform", each)]
        found[tag] = pip(
            "download",
            "--no-deps",
            "--only-binary=:all:",
            "--implementation=cp",
            f"--python-version={version}",
            f"--abi={tag}",
            *platform,
            *requirements(version),
            folder=folder / tag,
        )
    return found


def requirements(version: str) -> list[str]:
    """What is needed on `version`: the environment markers are read here, as pip reads them for itself."""
    environment = {"python_version": version, "python_full_version": f"{version}.99"}
    wanted = []
    for line in (HERE / "requirements.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            requirement = Requirement(line)
            if requirement.marker is None or requirement.marker.evaluate(environment):
                wanted.append(f"{requirement.name}{requirement.specifier}")
    return wanted


def pip(command: str, *arguments: str, folder: Path) -> list[Path]:
    """Have pip bring wheels into `folder`; they are returned."""
    where = {"download": "--dest", "wheel": "--wheel-dir"}[command]
    words = [sys.executable, "-m", "pip", command, "-qq", where, str(folder), *arguments]
    subprocess.run(words, check=True, stdin=subprocess.DEVNULL)
    return sorted(folder.glob("*.whl"))


def unpack(wheel: Path, folder: Path) -> None:
    """Lay out the packages of a wheel; of what belongs beside them nothing is needed."""
    with zipfile.ZipFile(wheel) as archive:
        for entry in archive.infolist():
            parts = entry.filename.split("/")
            is_read = not (LEFT_OUT.intersection(parts) or entry.filename.startswith(LEFT_OUT_BELOW))
            if is_read and not entry.is_dir() and not parts[0].endswith(".data"):
                archive.extract(entry, folder)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
