"""What stands for the image where there is no Docker: the installed package, and another user."""

import compileall
import functools
import os
import shutil
import site
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from scripts import check_image

ROOT = Path(__file__).parent.parent


def install(folder: Path) -> Path:
    """Builds the project's wheel from what Docker would be sent, and installs it.

    Args:
        folder: An empty folder.

    Returns:
        An environment of Python's: the wheel, and beside it what is installed here.
    """
    source, environment = folder / "source", folder / "environment"
    for path in sorted(check_image.context(ROOT)):
        (source / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / path, source / path)
    build = [sys.executable, "-m", "pip", "wheel", ".", "--no-deps", "--no-build-isolation"]
    subprocess.run([*build, "-w", str(folder)], cwd=source, check=True, capture_output=True)
    shutil.rmtree(source)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", environment], check=True)
    (own,) = environment.glob("lib/python*/site-packages")
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(own)
    compileall.compile_dir(own, quiet=1)  # as pip does; user 1000 may not write here
    beside = [f"import site; site.addsitedir({path!r})" for path in site.getsitepackages()]
    (own / "beside.pth").write_text("\n".join(beside) + "\n")
    return environment


@functools.cache
def _refused() -> str:
    """Why no other user can be made here, or nothing."""
    if not shutil.which("bwrap"):
        return "no bubblewrap to stand for a container with"
    words = ["bwrap", "--unshare-user", "--ro-bind", "/", "/", "true"]
    done = subprocess.run(words, capture_output=True, text=True)
    return f"no user namespaces to stand for a container: {done.stderr.strip()}" * bool(
        done.returncode
    )


def _in_a_chroot() -> bool:
    """Whether nothing is mounted at the root: a folder is, in which Linux makes no namespaces."""
    mounts = Path("/proc/self/mountinfo").read_text().splitlines()
    return not any(line.split()[4] == "/" for line in mounts)


def needs_another_user() -> None:
    """Skips a test where nobody can be made to run a step as; in CI a chroot alone is an excuse."""
    if reason := _refused():
        assert "CI" not in os.environ or _in_a_chroot(), reason
        pytest.skip(reason)


def user_1000(*without: str) -> list[str]:
    """Makes a command run as user 1000, who may write to nothing.

    Args:
        *without: Folders of the root that are not to be there.

    Returns:
        Words of bubblewrap, for before the command and what else it is to have.
    """
    needs_another_user()
    words = ["bwrap", "--die-with-parent", "--unshare-user", "--uid", "1000", "--gid", "1000"]
    # Each by itself, for nothing can be mounted in a root that may not be written to.
    for name in sorted(os.listdir("/")):
        if name not in ("dev", "proc", *without):
            words += ["--ro-bind-try", f"/{name}", f"/{name}"]
    return [*words, "--dev", "/dev", "--proc", "/proc"]


def as_its_user(writable: Path, mounts: Mapping[str, Path] | None = None) -> list[str]:
    """Makes a command run as the image's user, who may write to one folder and to his home.

    Args:
        writable: The folder; for temporary files, too.
        mounts: Further folders, by where they are to be.

    Returns:
        What comes before the command.
    """
    sandbox = [*user_1000("home"), "--tmpfs", "/home", *without_checkout()]
    sandbox += ["--bind", str(writable), str(writable)]
    for folder, place in (mounts or {}).items():
        sandbox += ["--bind", str(place), folder]
    return sandbox


def without_checkout() -> list[str]:
    """Hides the checkout from a command: what is not in the wheel cannot be imported.

    Returns:
        Words of bubblewrap, for after the folders that hold it.
    """
    words = ["--tmpfs", str(ROOT)]
    for folder in (sys.prefix, sys.base_prefix):
        words += ["--ro-bind", folder, folder]
    return words
