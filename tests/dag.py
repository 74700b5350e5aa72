"""The pipeline's components, in the order in which data flows."""

COMPONENTS = (
    "ImageExampleGen",
    "StatisticsGen",
    "SchemaGen",
    "CuratedSchema",
    "ExampleValidator",
    "ValidationGate",
    "Transform",
    "Trainer",
    "LatestBlessedModel",
    "Evaluator",
    "Pusher",
)
_TRAINER = COMPONENTS.index("Trainer")
WITH_SEARCH = (*COMPONENTS[:_TRAINER], "Tuner", *COMPONENTS[_TRAINER:])
# Open-source Kubeflow has no query for artifacts of earlier runs.
ON_KUBEFLOW = tuple(name for name in COMPONENTS if name != "LatestBlessedModel")
