"""What a request asks for: a form or JSON to bytes and settings. Nothing is written to disk."""

import base64
import binascii
import io
import re
from dataclasses import dataclass
from typing import IO, Any

import flask
from werkzeug.exceptions import BadRequest, UnsupportedMediaType

from serving.output import Output
from serving.request import Request

IMAGE, MASK = "image", "mask"
_MAX_PARTS = 40  # of a form
_DATA_URL = re.compile(r"data:[^,]{0,100};base64,")


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
    output: Output
    format_given: bool  # or else the client's `Accept` decides


def read(request: flask.Request) -> Upload:
    """Reads the request at hand.

    Args:
        request: A form, `multipart/form-data`, or JSON with its files in base64.

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
    of_output = {name: fields.pop(name) for name in Output.model_fields if name in fields}
    output = Output.parse(of_output)
    request_ = Request.parse(fields)
    return Upload(files[IMAGE], files.get(MASK), request_, output, bool(of_output.get("format")))


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
    return {name: _plain(name, value) for name, value in fields.items()}, files


def _plain(name: str, value: Any) -> Any:
    """A value as it would be in a form, where numbers are text; JSON may have either."""
    if isinstance(value, bool) and name == "label":
        return value
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    # A form may leave a field empty; JSON says what it means.
    if not isinstance(value, str) or value == "":
        raise BadRequest(
            f"{name[:40]}: must be text or a number, and not empty; leave it out for the default"
        )
    return value


def _decoded(name: str, text: Any) -> bytes:
    try:
        start = _DATA_URL.match(text)
        return base64.b64decode(text[start.end() if start else 0 :].encode("ascii"), validate=True)
    except (AttributeError, TypeError, ValueError, binascii.Error):
        raise BadRequest(
            f"{name!r} must be a file in base64 or a data URL of it, without line breaks."
        ) from None
