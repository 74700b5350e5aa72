"""What blesses a model. Light to import."""

from typing import Literal

from pydantic import Field, model_validator

from settings.strict import Settings


class EvaluationSettings(Settings):
    """What a model must reach to be blessed, and what is shown of it."""

    baseline: Literal[
        "best_smooth_fill", "best_fill", "mean_fill", "replicate_fill", "reflect_fill", "fade_fill"
    ] = Field(
        "best_smooth_fill",
        description="the fill by hand to hold PSNR against; best_smooth_fill: mean, replicate and "
        "fade; best_fill: all of them",
    )
    min_psnr_gain: float = Field(
        -1.0,
        description="dB above it; more than this is needed. Below 0, for a picture that commits "
        "is farther from the truth than a smooth one",
    )
    max_psnr_loss: float = Field(
        3.0,
        ge=0,
        description="dB below the last blessed model; 3 is what a perfect sample costs against "
        "the mean",
    )
    max_kernel_rise: float | None = Field(
        0.0,
        ge=0,
        description="kernel distance (x 1000) above the last blessed model; null: it decides "
        "nothing",
    )
    min_kernel_images: int = Field(
        200, ge=4, description="pictures from which on the kernel distance decides"
    )
    max_swd_rise: float | None = Field(
        None,
        ge=0,
        description="sliced Wasserstein distance (x 1000) above the last blessed model; null: it "
        "decides nothing",
    )
    min_seam: float = Field(0.0, ge=0, description="step across the mask's edge, photographs' = 1")
    max_seam: float = Field(5.0, ge=0, description="likewise")
    category_floors: dict[str, float] = Field(
        {}, description="dB of PSNR that pictures of a scene category must reach, by its name"
    )
    baseline_model_uri: str | None = Field(
        None,
        min_length=1,
        description="SavedModel, or a Trainer's model, to hold against in place of the last "
        "blessed one; a path or URI",
    )
    distance_images: int = Field(
        500, ge=1, description="pictures the distances are of, at most; 1.5 MB of memory each"
    )
    page_images: int = Field(
        200, ge=0, description="pictures of evaluation.html, at most; 0 for no page"
    )

    @model_validator(mode="after")
    def _bounds(self) -> "EvaluationSettings":
        if self.min_seam > self.max_seam:
            raise ValueError("min_seam must not be above max_seam")
        if self.max_kernel_rise is not None and self.min_kernel_images > self.distance_images:
            raise ValueError(
                "min_kernel_images must not be above distance_images, or the kernel distance never "
                "decides; for that, say max_kernel_rise: null"
            )
        return self
