"""What stands for the image where there is no Docker: the installed package, and another user."""

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
    beside = [f"import site; site.addsitedir({path!r})" for path in site.getsitepackages()]
    (own / "beside.pth").write_text("\n".join(beside) + "\n")
    return environment


def as_its_user(writable: Path, mounts: Mapping[str, Path] | None = None) -> list[str]:
    """Makes a command run as user 1000, who may write to one folder and to a home of his own.

    Args:
        writable: The folder; for temporary files, too.
        mounts: Further folders, by where they are to be.

    Returns:
        What comes before the command.
    """
    if not shutil.which("bwrap"):
        assert "CI" not in os.environ, "bubblewrap is missing"
        pytest.skip("no bubblewrap to stand for a container with")
    sandbox = ["bwrap", "--die-with-parent", "--unshare-user", "--uid", "1000", "--gid", "1000"]
    # Each by itself, for nothing can be mounted in a root that may not be written to.
    for name in sorted(os.listdir("/")):
        if name not in ("dev", "proc", "home"):
            sandbox += ["--ro-bind-try", f"/{name}", f"/{name}"]
    sandbox += ["--dev", "/dev", "--proc", "/proc", "--tmpfs", "/home", *without_checkout()]
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
