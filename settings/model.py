"""Which networks. Light to import."""

from typing import Literal

from pydantic import Field, model_validator

from settings.strict import Settings


class ModelSettings(Settings):
    """The networks."""

    generator: Literal["report", "unet", "stochastic_unet"] = Field(
        "report",
        description="the report's, a cheaper one that takes any mask, or that with chance in it",
    )
    discriminator: Literal["report", "patch", "projected"] = Field(
        "report",
        description="the report's, one that judges patches by hinge loss, or heads on the features "
        "of a network that knows photographs, for a generator that draws",
    )
    stored: Literal["float32", "float16"] = Field(
        "float32",
        description="what the exported model keeps its weights in; it computes in float32",
    )
    start: str | None = Field(
        None,
        description="weights to start from: a SavedModel, or `pretrained` for those that ship; "
        "null for random ones",
    )
    dilation_rates: tuple[int, int, int, int, int] = Field(
        (1, 2, 4, 8, 1), description="1 to 8, of the report's five layers with 256 filters"
    )
    batch_norm_momentum: float = Field(0.99, ge=0, lt=1)

    @model_validator(mode="after")
    def _fits(self) -> "ModelSettings":
        if self.discriminator == "projected" and self.generator != "stochastic_unet":
            raise ValueError("discriminator: projected needs generator: stochastic_unet")
        if not all(1 <= rate <= 8 for rate in self.dilation_rates):
            raise ValueError("dilation_rates must be from 1 to 8")
        return self
