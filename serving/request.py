"""What a user may ask for: plain fields, each of which parses from a string.

Form fields, JSON and command-line options all become a `Request`. What is impossible is told
here where it does not depend on the picture, and in `geometry` where it does.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, get_args

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    field_validator,
    model_validator,
)

from serving.errors import BadRequest

Mode = Literal["restore", "extend", "zoom-out", "panorama"]
Side = Literal["left", "right", "top", "bottom"]
Anchor = Literal[
    "top-left", "top", "top-right", "left", "center", "right", "bottom-left", "bottom",
    "bottom-right",
]  # fmt: skip
Blend = Literal["feather", "poisson", "none"]
Synthesis = Literal["exemplar", "none"]
Format = Literal["PNG", "JPEG", "WEBP"]  # of the result; goes beside the request
MAX_SEED = 2**31 - 1
MAX_VARIANTS = 8
SIDES: tuple[Side, ...] = get_args(Side)

# The patterns are those of Rust's and JSON Schema's regular expressions, too.
Length = Annotated[
    str, StringConstraints(pattern=r"^([0-9]{1,6}( ?px)?|[0-9]{1,4}(\.[0-9]{1,4})? ?%)$")
]
Ratio = Annotated[
    str, StringConstraints(pattern=r"^[0-9]{1,5}(\.[0-9]{1,4})?:[0-9]{1,5}(\.[0-9]{1,4})?$")
]
Size = Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]{0,5}[xX][1-9][0-9]{0,5}$")]

_LENGTH = "pixels, such as 120 or 120px, or percent, such as 50%"
_EXPECTED: Mapping[str, str] = {
    **dict.fromkeys(map(str, SIDES), _LENGTH),
    "ratio": "width to height, such as 16:9",
    "size": "width x height in pixels, such as 1920x1080",
    "steps": "a whole number from 1 to 10",
    "seed": f"a whole number from 0 to {MAX_SEED}",
    "variants": f"a whole number from 1 to {MAX_VARIANTS}",
}
_HOW = ("blend", "synthesis", "seed", "variants")  # these go with every mode
_TAKES: Mapping[Mode, tuple[str, ...]] = {
    "restore": SIDES,
    "extend": (*SIDES, "ratio", "size", "anchor"),
    "zoom-out": (*SIDES, "ratio", "anchor", "steps"),
    "panorama": (*SIDES, "side", "steps"),
}


class Request(BaseModel):
    """How a picture is to be outpainted. Fields left out have the defaults that `geometry` has.

    The area to imagine may be painted instead; that mask goes beside the request.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", str_strip_whitespace=True, coerce_numbers_to_str=True
    )

    mode: Mode | None = Field(
        None,
        description="restore hides the border and imagines it; extend adds to the sides; zoom-out "
        "adds to all sides, several times; panorama adds to one side, several times. Left out, it "
        "follows from the other fields",
    )
    left: Length | None = Field(None, description=f"what is added or hidden: {_LENGTH}")
    right: Length | None = Field(None, description=f"likewise: {_LENGTH}")
    top: Length | None = Field(None, description=f"likewise: {_LENGTH}")
    bottom: Length | None = Field(None, description=f"likewise: {_LENGTH}")
    ratio: Ratio | None = Field(None, description="grow to width to height, such as 16:9")
    size: Size | None = Field(None, description="grow to width x height, such as 1920x1080")
    anchor: Anchor | None = Field(None, description="where the picture lies in ratio or size")
    steps: int | None = Field(None, ge=1, le=10, description="how often zoom-out, panorama add")
    side: Side | None = Field(None, description="where panorama adds")
    blend: Blend = Field("feather", description="how the seam is closed")
    synthesis: Synthesis = Field(
        "exemplar",
        description="exemplar makes what is new of the picture's own texture, laid out as the "
        "model says; none leaves what the model says, which is smooth",
    )
    seed: int | None = Field(
        None, ge=0, le=MAX_SEED, description="another one, another picture; left out, 0"
    )
    variants: int | None = Field(
        None, ge=1, le=MAX_VARIANTS, description="how many pictures to make, seed by seed"
    )

    @classmethod
    def parse(cls, fields: Mapping[str, Any]) -> "Request":
        """Reads a request.

        Args:
            fields: By name; None and empty strings count as left out.

        Returns:
            The request.

        Raises:
            BadRequest: If a field is unknown or unreadable, or fields contradict each other.
        """
        given = {name: value for name, value in fields.items() if value not in (None, "")}
        try:
            return cls.model_validate(given)
        except ValidationError as error:
            raise BadRequest("; ".join(map(_told, error.errors()))) from error

    @field_validator("ratio")
    @classmethod
    def _ratio_of_something(cls, ratio: str | None) -> str | None:
        if ratio and not all(float(part) for part in ratio.split(":")):
            raise ValueError("a ratio of 0 is none")
        return ratio

    @model_validator(mode="after")
    def _consistent(self) -> "Request":
        mode = self._inferred()
        for name in self.given:
            if mode and name not in (*_TAKES[mode], *_HOW, "mode"):
                raise ValueError(
                    f"{name} does not go with {mode}, which takes {', '.join(_TAKES[mode])}"
                )
        if self.size and (self.ratio or self.lengths):
            raise ValueError("size stands alone; give either it, or sides and ratio")
        if self.anchor and not (self.ratio or self.size):
            raise ValueError("anchor goes with ratio or size")
        if mode == "panorama":
            others = self.lengths.keys() - {self.towards}
            if others:
                raise ValueError(f"a panorama grows to one side; leave out {min(others)}")
        return self

    def _inferred(self) -> Mode | None:
        if self.mode or not self.given - {*_HOW}:
            return self.mode
        if self.side:
            return "panorama"
        return "zoom-out" if self.steps else "extend"

    @property
    def given(self) -> set[str]:
        """The names of the fields that were given."""
        return {name for name in self.model_fields_set if getattr(self, name) is not None}

    def each_variant(self) -> "list[Request]":
        """The requests for one picture each that this one stands for."""
        first = self.seed or 0
        return [
            self.model_copy(update={"seed": (first + i) % (MAX_SEED + 1), "variants": None})
            for i in range(self.variants or 1)
        ]

    @property
    def lengths(self) -> dict[Side, str]:
        """The sides that were given, in the order left, right, top, bottom."""
        every = {side: getattr(self, side) for side in SIDES}
        return {side: length for side, length in every.items() if length is not None}

    @property
    def towards(self) -> Side:
        """Where a panorama grows: as said, else the one side that was given, else right."""
        first: Side = next(iter(self.lengths), "right")
        return self.side or first

    def mode_for(self, painted: bool) -> Mode:
        """The mode that was asked for, or that follows from the other fields.

        Args:
            painted: Whether the area to imagine was painted.

        Returns:
            The mode; where nothing was asked for, `restore` of what was painted, else `extend`.
        """
        return self._inferred() or ("restore" if painted else "extend")


def _told(error: Any) -> str:
    """One of pydantic's errors, in our words."""
    name = ".".join(map(str, error["loc"]))
    if error["type"] == "value_error":
        return f"{name}: {error['ctx']['error']}" if name else str(error["ctx"]["error"])
    if error["type"] == "extra_forbidden":
        return f"{name}: no such setting; there are {', '.join(Request.model_fields)}"
    value = str(error["input"])[:40]
    if error["type"] == "literal_error":
        return f"{name}: {value!r} is not one of {error['ctx']['expected']}"
    return f"{name}: {value!r} is not {_EXPECTED.get(name, error['msg'])}"
