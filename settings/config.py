"""The tree of all settings."""

from pydantic import Field

from settings.beam import BeamSettings
from settings.cloud import CloudSettings
from settings.data import DataSettings, MaskSettings, ValidationSettings
from settings.evaluation import EvaluationSettings
from settings.model import ModelSettings
from settings.strict import Settings
from settings.training import TrainingSettings, TunerSettings

DEFAULT_PRESET = "quality"


class Config(Settings):
    """All settings of a pipeline."""

    name: str = Field("outpainting", pattern=r"^[a-z][a-z0-9-]{0,62}$")
    preset: str = DEFAULT_PRESET
    data: DataSettings = DataSettings()
    validation: ValidationSettings = ValidationSettings()
    mask: MaskSettings = MaskSettings()
    model: ModelSettings = ModelSettings()
    training: TrainingSettings = TrainingSettings()
    tuner: TunerSettings = TunerSettings()
    evaluation: EvaluationSettings = EvaluationSettings()
    beam: BeamSettings = BeamSettings()
    beam_args: tuple[str, ...] = Field((), description="pipeline options for Beam")
    cloud: CloudSettings = CloudSettings()
