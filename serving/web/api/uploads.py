"""What a request asks for: a form or JSON to bytes and settings. Nothing is written to disk."""

import base64
import binascii
import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import IO, Any

import flask
from werkzeug.exceptions import BadRequest, UnsupportedMediaType

from serving.request import Format, Request

IMAGE, MASK, FORMAT = "image", "mask", "format"
FORMATS: Mapping[str, Format] = {"png": "PNG", "jpeg": "JPEG"}
_MAX_PARTS = 32  # of a form


class MemoryRequest(flask.Request):
    """A request whose uploads stay in memory: by itself, Flask puts large ones into files."""

    max_form_parts = _MAX_PARTS

    def _get_file_stream(
        self,
        total_content_length: int | None,
        content_type: str | None,
        filename: str | None = None,
        content_length: int | None = None,
    ) -> IO[bytes]:
        return io.BytesIO()


@dataclass(frozen=True)
class Upload:
    """What is to be done, and to what."""

    image: bytes  # a file as it came
    mask: bytes | None
    request: Request
    format: Format


def read(request: flask.Request, wanted: str = "") -> Upload:
    """Reads the request at hand.

    Args:
        request: A form, `multipart/form-data`, or JSON with its files in base64.
        wanted: The type the client accepts best, which decides where no format is given.

    Returns:
        The upload, its files not looked into yet.

    Raises:
        UnsupportedMediaType: If it is neither.
        BadRequest: If the image is missing, or a setting is wrong. So of `serving.errors`, too.
    """
    if request.mimetype == "multipart/form-data":
        fields, files = _form(request)
    elif request.is_json:
        fields, files = _json(request)
    else:
        raise UnsupportedMediaType(
            "Send multipart/form-data with the picture as the file 'image', or application/json "
            "with it in base64."
        )
    if not files.get(IMAGE):
        raise BadRequest("The picture is missing: send a file as 'image'.")
    name = fields.pop(FORMAT, None) or ("jpeg" if wanted == "image/jpeg" else "png")
    if not isinstance(name, str) or name not in FORMATS:
        raise BadRequest(f"format: {str(name)[:40]!r} is not one of {', '.join(FORMATS)}")
    return Upload(files[IMAGE], files.get(MASK), Request.parse(fields), FORMATS[name])


def _form(request: flask.Request) -> tuple[dict[str, Any], dict[str, bytes]]:
    for names in (request.form, request.files):
        for name, values in names.lists():
            if len(values) > 1:
                raise BadRequest(f"{name[:40]!r} was sent {len(values)} times; once is enough.")
    unknown = request.files.keys() - {IMAGE, MASK}
    if unknown:
        raise BadRequest(f"{min(unknown)[:40]!r} is no file we know; send 'image' and 'mask'.")
    # A file's name and declared type are never looked at.
    files = {name: file.stream.read() for name, file in request.files.items()}
    fields: dict[str, Any] = request.form.to_dict()
    misplaced = {IMAGE, MASK} & fields.keys()
    if misplaced:
        raise BadRequest(f"{min(misplaced)!r} came as a text field; send it as a file.")
    return fields, files


def _json(request: flask.Request) -> tuple[dict[str, Any], dict[str, bytes]]:
    fields = request.get_json()
    if not isinstance(fields, dict):
        raise BadRequest("The JSON must be an object.")
    files = {name: _decoded(name, fields.pop(name)) for name in (IMAGE, MASK) if name in fields}
    for name, value in fields.items():
        # A form knows text alone and may leave it empty; JSON says what it means.
        if type(value) is not (int if name == "steps" else str) or value == "":
            kind = "a whole number" if name == "steps" else "text, and not empty"
            raise BadRequest(f"{name[:40]}: must be {kind}; leave it out for the default")
    return fields, files


def _decoded(name: str, text: Any) -> bytes:
    try:
        return base64.b64decode(text.encode("ascii"), validate=True)
    except (AttributeError, ValueError, binascii.Error):
        raise BadRequest(f"{name!r} must be a file in base64, without line breaks.") from None
