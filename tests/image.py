"""What stands for the image where there is no Docker: the installed package, and another user."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

from scripts import check_image

ROOT = Path(__file__).parent.parent


def install(folder: Path) -> Path:
    """Builds the project's wheel from what Docker would be sent, and unpacks it.

    Args:
        folder: An empty folder.

    Returns:
        The folder to import from: what is not in the wheel is not there.
    """
    source = folder / "source"
    for path in sorted(check_image.context(ROOT)):
        (source / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / path, source / path)
    build = [sys.executable, "-m", "pip", "wheel", ".", "--no-deps", "--no-build-isolation"]
    subprocess.run([*build, "-w", str(folder)], cwd=source, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(folder / "installed")
    shutil.rmtree(source)
    return folder / "installed"


def as_its_user(writable: Path) -> list[str]:
    """Makes a command run as user 1000, who may write to one folder and to a home of his own.

    Args:
        writable: The folder; for temporary files, too.

    Returns:
        What comes before the command; nothing where there is no bubblewrap.
    """
    if not shutil.which("bwrap"):
        assert "CI" not in os.environ, "bubblewrap is missing"
        return []
    sandbox = ["bwrap", "--die-with-parent", "--unshare-user", "--uid", "1000", "--gid", "1000"]
    sandbox += ["--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc", "--tmpfs", "/home"]
    return [*sandbox, "--bind", str(writable), str(writable)]
