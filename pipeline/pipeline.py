"""The pipeline: which component feeds which. Wiring only."""

import os
from collections.abc import Sequence
from typing import Any, NamedTuple

import tensorflow_data_validation as tfdv
from ml_metadata.proto import metadata_store_pb2
from tfx.components import (
    Evaluator,
    ExampleValidator,
    Pusher,
    SchemaGen,
    StatisticsGen,
    Trainer,
    Transform,
    Tuner,
)
from tfx.components.schema_gen.import_schema_gen.component import ImportSchemaGen
from tfx.dsl.components.common.resolver import Resolver
from tfx.dsl.input_resolution.strategies.latest_blessed_model_strategy import (
    LatestBlessedModelStrategy,
)
from tfx.orchestration.pipeline import Pipeline
from tfx.proto import pusher_pb2, trainer_pb2
from tfx.types import Channel, standard_artifacts

from components.image_example_gen.component import ImageExampleGen
from components.image_example_gen.executor import Options
from components.validation_gate import ValidationGate
from models import features
from pipeline import evaluation
from pipeline.config import Config
from pipeline.source import source_hash


class Paths(NamedTuple):
    """Where a pipeline reads and writes; local paths or URIs."""

    data: Sequence[str]  # folders or .tar archives
    root: str  # artifacts
    serving: str  # pushed models


def create_pipeline(
    config: Config,
    paths: Paths,
    metadata: metadata_store_pb2.ConnectionConfig | None = None,
    enable_cache: bool = True,
) -> Pipeline:
    """Builds the pipeline from settings.

    Args:
        config: Every setting.
        paths: Where to read and write.
        metadata: The metadata store, for runners that need one.
        enable_cache: Whether a component whose inputs have not changed is taken from the last
            run.

    Returns:
        ImageExampleGen, StatisticsGen, SchemaGen, the curated schema, ExampleValidator and its
        gate, Transform, Tuner if it is turned on, Trainer, the last blessed model, Evaluator
        and Pusher.

    Raises:
        ValueError: If the data sources cannot be put under one base.
    """
    example_gen = ImageExampleGen(paths.data, _ingest_options(config), config.data.eval_share)
    examples = example_gen.outputs["examples"]
    statistics_gen = StatisticsGen(
        examples, stats_options=tfdv.StatsOptions(enable_semantic_domain_stats=True)
    )
    schema_gen = SchemaGen(statistics_gen.outputs["statistics"])
    schema_file = os.path.abspath(config.validation.schema_file)
    curated = ImportSchemaGen(schema_file=schema_file).with_id("CuratedSchema")
    # TFX caches the import by the file's name; the executor ignores what it does not know.
    curated.exec_properties["content"] = source_hash(schema_file)
    schema = curated.outputs["schema"]
    curated.add_upstream_node(schema_gen)  # for the order in which a person reads the run
    validator = ExampleValidator(statistics_gen.outputs["statistics"], schema)
    gate = ValidationGate(
        examples=examples, anomalies=validator.outputs["anomalies"], schema=schema
    )
    transform = Transform(
        examples,
        schema,
        preprocessing_fn="models.preprocessing.preprocessing_fn",
        materialize=False,
        disable_statistics=True,
        custom_config={
            "border": list(config.mask.border),
            "crop": config.training.crop,
            "code": source_hash("models/preprocessing.py", "models/masking.py"),
        },
    )
    transform.add_upstream_node(gate)
    learning: dict[str, Any] = {
        "examples": examples,
        "transform_graph": transform.outputs["transform_graph"],
        "schema": schema,
        "train_args": trainer_pb2.TrainArgs(splits=[features.TRAIN_SPLIT]),
        "eval_args": trainer_pb2.EvalArgs(splits=[features.EVAL_SPLIT]),
    }
    searches = []
    if config.tuner.enabled:
        tuner = Tuner(
            tuner_fn="models.tuner.tuner_fn",
            custom_config=_custom_config(config, paths, "tuner"),
            **learning,
        )
        searches = [tuner]
        learning["hyperparameters"] = tuner.outputs["best_hyperparameters"]
    trainer = Trainer(
        run_fn="models.trainer.run_fn", custom_config=_custom_config(config, paths), **learning
    )
    model = trainer.outputs["model"]
    last_blessed = Resolver(
        strategy_class=LatestBlessedModelStrategy,
        model=Channel(type=standard_artifacts.Model),
        model_blessing=Channel(type=standard_artifacts.ModelBlessing),
    ).with_id("LatestBlessedModel")
    last_blessed.add_upstream_node(trainer)
    evaluator = Evaluator(
        examples=examples,
        model=model,
        baseline_model=last_blessed.outputs["model"],
        eval_config=evaluation.eval_config(config.evaluation),
    )
    pusher = Pusher(
        model=model,
        model_blessing=evaluator.outputs["blessing"],
        push_destination=pusher_pb2.PushDestination(
            filesystem=pusher_pb2.PushDestination.Filesystem(base_directory=paths.serving)
        ),
    )
    return Pipeline(
        pipeline_name=config.name,
        pipeline_root=paths.root,
        components=[
            example_gen,
            statistics_gen,
            schema_gen,
            curated,
            validator,
            gate,
            transform,
            *searches,
            trainer,
            last_blessed,
            evaluator,
            pusher,
        ],
        enable_cache=enable_cache,
        metadata_connection_config=metadata,
        beam_pipeline_args=list(config.beam_args),
    )


def _custom_config(config: Config, paths: Paths, *sections: str) -> dict[str, str]:
    """What the Trainer and the Tuner are told, by the names of `models.session`."""
    return {
        "config": config.model_dump_json(include={"mask", "model", "training", *sections}),
        "code": source_hash("models"),
        "work": os.path.join(paths.root, "training"),
    }


def _ingest_options(config: Config) -> Options:
    data = config.data
    return Options(
        working_size=data.working_size,
        min_side=data.min_side,
        max_pixels=data.max_pixels,
        max_bytes=data.max_bytes,
        shard_images=data.shard_images,
        limits={
            features.TRAIN_SPLIT: data.train_images
            and data.train_images + config.training.held_out_images,
            features.EVAL_SPLIT: data.eval_images,
        },
        code=source_hash("components/image_example_gen", "models/features.py", "models/rgb.py"),
    )
