"""The limits of what is taken and made."""

from pydantic import BaseModel, ConfigDict, Field

from serving.errors import TooLarge


class Settings(BaseModel):
    """Limits, checked before any memory is spent."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    max_bytes: int = Field(50_000_000, ge=1, description="greatest length of a file")
    max_pixels: int = Field(64_000_000, ge=1, description="greatest width x height of a picture")
    max_side: int = Field(40_000, ge=1, description="greatest side of a picture or a result")
    max_output_pixels: int = Field(
        128_000_000, ge=1, description="greatest width x height of a result"
    )

    def check_picture(self, width: int, height: int) -> None:
        """Makes sure that a picture is not too large to be taken.

        Args:
            width: Pixels.
            height: Pixels.

        Raises:
            TooLarge: If it is; says what is allowed.
        """
        if width * height > self.max_pixels:
            most = f"{self.max_pixels / 1e6:g} megapixels"
        elif max(width, height) > self.max_side:
            most = f"{self.max_side} pixels a side"
        else:
            return
        raise TooLarge(
            f"the picture has {width} x {height} pixels, more than the {most} allowed; "
            "scale it down"
        )
