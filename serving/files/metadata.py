"""What is kept of a file besides its pixels."""

from PIL import Image

ORIENTATION = 0x0112
_GPS, _EXIF, _MAKER_NOTE = 0x8825, 0x8769, 0x927C


def is_deep(image: Image.Image, data: bytes) -> bool:
    """Whether a file has more than 8 bits a channel."""
    if image.format == "PNG":
        return data[24] == 16
    bits = getattr(image, "tag_v2", {}).get(258, ()) if image.format == "TIFF" else ()
    return image.mode.startswith("I") or any(bit > 8 for bit in bits)


def kept_profile(image: Image.Image) -> bytes:
    """The profile of RGB pixels, taken from the image so that they are not converted by it."""
    profile = image.info.get("icc_profile") or b""
    if profile[16:20] != b"RGB " or image.mode not in ("RGB", "RGBA", "RGBX", "P"):
        return b""
    del image.info["icc_profile"]
    return bytes(profile)


def kept_exif(image: Image.Image, everything: bool) -> bytes:
    """EXIF without the orientation, which was applied; the place only with `everything`."""
    exif = image.getexif()
    if not exif:
        return b""
    kept = Image.Exif()
    try:
        kept.load(exif.tobytes())
        kept.pop(ORIENTATION, None)
        if not everything:
            kept.pop(_GPS, None)
            kept.get_ifd(_EXIF).pop(_MAKER_NOTE, None)
        return kept.tobytes()
    except Exception:  # odd values that it cannot write: better a picture without
        return b""


def resolution(dpi: object) -> tuple[float, float] | None:
    """Dots an inch, across and down, of what Pillow read; None for what cannot be meant."""
    try:
        across, down = (float(value) for value in dpi)  # type: ignore[attr-defined]
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    return (across, down) if 1 <= across <= 1e5 and 1 <= down <= 1e5 else None
