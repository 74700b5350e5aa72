"""The limits of what is taken and made."""

from pydantic import BaseModel, ConfigDict, Field


class Settings(BaseModel):
    """Limits, checked before any memory is spent."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    max_bytes: int = Field(25_000_000, ge=1, description="greatest length of a file")
    max_pixels: int = Field(25_000_000, ge=1, description="greatest width x height of a picture")
    max_output_pixels: int = Field(
        50_000_000, ge=1, description="greatest width x height of a result"
    )
    batch_size: int = Field(8, ge=1, description="canvases given to the model at once")
