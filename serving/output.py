"""How a result is given out, and how its input is read: what goes beside a `Request`."""

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from serving.errors import BadRequest
from serving.request import Format

MIME: Mapping[Format, str] = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp"}
Metadata = Literal["none", "keep", "all"]
Profile = Literal["srgb", "keep"]
Layer = Literal["all", "new"]
Alpha = Literal["white", "area"]


class Reading(NamedTuple):
    """How an input is read."""

    metadata: Metadata = "none"
    profile: Profile = "srgb"
    alpha: Alpha = "white"


class Output(BaseModel):
    """How a result is given out. Every field is readable from a string."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    format: Literal["png", "jpeg", "webp"] = Field(
        "png", description="of the result: png is exact, jpeg and webp are smaller"
    )
    quality: int = Field(
        95, ge=1, le=100, description="of jpeg and webp, 1 to 100; webp at 100 is exact"
    )
    metadata: Metadata = Field(
        "none",
        description="none gives out pixels alone; keep adds the input's EXIF without its place and "
        "maker's notes, and its resolution; all leaves nothing out",
    )
    profile: Profile = Field(
        "srgb",
        description="srgb converts colours to sRGB; keep leaves them as they are, in the profile "
        "of an RGB input, which the result then brings",
    )
    label: bool = Field(
        True,
        description="whether the result says of itself, in XMP, that a model imagined part of it",
    )
    layer: Layer = Field(
        "all",
        description="all gives the whole picture; new gives the imagined pixels alone, all others "
        "being transparent (png and webp)",
    )
    alpha: Alpha = Field(
        "white",
        description="white lays transparent pixels of the input on white; area imagines them",
    )

    @classmethod
    def parse(cls, fields: Mapping[str, Any]) -> "Output":
        """Reads them.

        Args:
            fields: By name; None and empty strings count as left out.

        Returns:
            The settings.

        Raises:
            BadRequest: If one is unreadable, or two contradict each other.
        """
        given = {name: value for name, value in fields.items() if value not in (None, "")}
        if isinstance(given.get("format"), str):
            given["format"] = given["format"].lower().replace("jpg", "jpeg")
        try:
            return cls.model_validate(given)
        except ValidationError as error:
            raise BadRequest("; ".join(map(_told, error.errors()))) from error

    @field_validator("label", mode="before")
    @classmethod
    def _true_or_false(cls, value: object) -> bool:
        known = {True: True, False: False, "true": True, "false": False}
        if isinstance(value, bool | str) and value in known:
            return known[value]
        raise ValueError("label: neither true nor false")

    @model_validator(mode="after")
    def _consistent(self) -> "Output":
        if self.layer == "new" and self.format == "jpeg":
            raise ValueError("a layer needs transparency, which jpeg has not; take png or webp")
        return self

    @property
    def kind(self) -> Format:
        """The format, as decoders and encoders call it."""
        return {"png": "PNG", "jpeg": "JPEG", "webp": "WEBP"}[self.format]  # type: ignore[return-value]

    @property
    def type(self) -> str:
        """The media type, such as image/png."""
        return MIME[self.kind]

    @property
    def reading(self) -> Reading:
        """How the input is to be read for it."""
        return Reading(self.metadata, self.profile, self.alpha)


def _told(error: Any) -> str:
    """One of pydantic's errors, in our words."""
    if error["type"] == "value_error":
        return str(error["ctx"]["error"])
    name, value = ".".join(map(str, error["loc"])), str(error["input"])[:40]
    if error["type"] == "literal_error":
        return f"{name}: {value!r} is not one of {error['ctx']['expected']}"
    expected = {"quality": "a whole number from 1 to 100", "label": "true or false"}
    return f"{name}: {value!r} is not {expected.get(name, error['msg'])}"
