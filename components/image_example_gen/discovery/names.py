"""What a file's name says of it."""

import os

from models.images.rgb import FORMATS

_BY_FORMAT = {
    "JPEG": (".jpg", ".jpeg", ".jpe", ".jfif", ".pjpeg", ".pjp", ".mpo"),
    "PNG": (".png", ".apng"),
    "WEBP": (".webp",),
    "BMP": (".bmp", ".dib"),
    "GIF": (".gif",),
    "TIFF": (".tif", ".tiff"),
    "AVIF": (".avif", ".avifs"),
    "HEIF": (".heic", ".heif", ".hif"),
}
IMAGES = frozenset(suffix for form in FORMATS for suffix in _BY_FORMAT[form])
HEIC = frozenset(_BY_FORMAT["HEIF"])  # images only where the extra `heic` is installed
TAR, ZIP = ".tar", ".zip"
NO_SUFFIX = "no suffix"  # a reason to ignore
_PACKED = (".tgz", ".tbz", ".tbz2", ".txz", ".tzst", ".7z", ".rar", ".gz", ".bz2", ".xz", ".zst")
# Bins, thumbnails and copies that systems keep where they please.
_HIDDEN = frozenset(
    {"__macosx", "@eadir", "#recycle", "$recycle.bin", "lost+found", "system volume information"}
)


def suffix(name: str) -> str:
    """The suffix in lower case, with its dot; empty where there is none."""
    return os.path.splitext(name)[1].lower()


def is_packed(name: str) -> bool:
    """Whether a file is an archive, or one file, that only unpacking as a whole would open."""
    return suffix(name) in _PACKED


def is_hidden(name: str) -> bool:
    """Whether a file or folder of that name is not meant to be seen, such as `._x.jpg`."""
    return (name.startswith(".") and name not in (".", "..")) or name.lower() in _HIDDEN


def lies_hidden(path: str) -> bool:
    """Whether any part of a path is hidden."""
    return any(is_hidden(part) for part in path.split("/"))
