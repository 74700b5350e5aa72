"""The pipeline: which component feeds which. Wiring only."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import tensorflow_data_validation as tfdv
from ml_metadata.proto import metadata_store_pb2
from tfx.components import (
    Evaluator,
    ExampleValidator,
    SchemaGen,
    StatisticsGen,
    Transform,
    Tuner,
)
from tfx.dsl.components.base.base_node import BaseNode
from tfx.dsl.components.common.importer import IMPORT_RESULT_KEY, Importer
from tfx.dsl.components.common.resolver import Resolver
from tfx.dsl.input_resolution.strategies.latest_blessed_model_strategy import (
    LatestBlessedModelStrategy,
)
from tfx.orchestration.pipeline import Pipeline
from tfx.proto import trainer_pb2
from tfx.types import BaseChannel, Channel, standard_artifacts

from components.curated_schema import CuratedSchema
from components.image_example_gen.component import ImageExampleGen
from components.image_example_gen.dealing.shards import Sizes
from components.image_example_gen.images import Limits
from components.image_example_gen.options import Options
from components.validation_gate import ValidationGate
from models import features
from models.training import warm_start
from pipeline import beam
from pipeline.gate import data_schema, eval_config
from pipeline.gate import evaluator as evaluator_module
from pipeline.placement import Here
from pipeline.source import source_hash
from settings.config import Config

_SHARDS_A_WORKER = 4  # so that none waits long for the last
_SHARDS = 32  # of a split: for eight workers; and training reads half as many side by side
_SHARD_IMAGES = 64  # fewer are not worth a file
SCHEMA = Path(__file__).parent / "schema" / "schema.pbtxt"  # what the data must be like


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
    placement: Here | None = None,
) -> Pipeline:
    """Builds the pipeline from settings.

    Args:
        config: Every setting.
        paths: Where to read and write.
        metadata: The metadata store, for runners that need one.
        enable_cache: Whether a component whose inputs have not changed is taken from the last
            run.
        placement: Where the components run; on this machine by default.

    Returns:
        ImageExampleGen, StatisticsGen, SchemaGen, the curated schema, ExampleValidator and its
        gate, Transform, Tuner if it is turned on, Trainer, the last blessed model where it can be
        looked up or the one that settings name in its place, Evaluator and Pusher.

    Raises:
        ValueError: If the data sources cannot be put under one base.
        FileNotFoundError: If there is no such schema.
        ConfigError: If the engine for Beam lacks a setting.
    """
    placement = placement or Here()
    config.beam.check(config.beam_args)
    beam_args = _beam_args(config.beam_args, placement.beam_args(config.beam, paths.root))
    example_gen = ImageExampleGen(paths.data, ingest_options(config, paths.root, beam_args))
    examples = example_gen.outputs["examples"]
    statistics_gen = StatisticsGen(
        examples, stats_options=tfdv.StatsOptions(schema=data_schema.of_bytes())
    )
    schema_gen = SchemaGen(statistics_gen.outputs["statistics"])
    curated = CuratedSchema(text=data_schema.read(config, config.validation.schema_file or SCHEMA))
    schema = curated.outputs["schema"]
    curated.add_upstream_node(schema_gen)  # for the order in which a person reads the run
    validator = ExampleValidator(statistics_gen.outputs["statistics"], schema)
    gate = ValidationGate(
        examples=examples, anomalies=validator.outputs["anomalies"], schema=schema
    )
    transform = Transform(
        examples,
        schema,
        preprocessing_fn="models.images.preprocessing.preprocessing_fn",
        materialize=False,
        disable_statistics=True,
        custom_config={
            "border": list(config.mask.border),
            "crop": config.training.crop,
            "code": source_hash("models/images/preprocessing.py", "models/images/masking.py"),
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
    trainer = placement.trainer(
        run_fn="models.trainer.run_fn", custom_config=_custom_config(config, paths), **learning
    )
    model = trainer.outputs["model"]
    baseline, baseline_model = _baseline(
        config.evaluation.baseline_model_uri, placement.has_resolver
    )
    for node in baseline:
        node.add_upstream_node(trainer)
    evaluator = Evaluator(
        examples=examples,
        model=model,
        baseline_model=baseline_model,
        eval_config=eval_config.eval_config(config.evaluation),
        module_path=evaluator_module.__name__,
    )
    # As for the schema: TFX knows the module by its name.
    evaluator.exec_properties["code"] = source_hash(
        "pipeline/gate",
        "models/networks/efficientnet_lite.py",
        "models/quality",
    )
    # So that whoever installs the network later is not answered from the cache.
    evaluator.exec_properties["perceptual"] = int(placement.has_perceptual())
    pusher = placement.pusher(model, evaluator.outputs["blessing"], paths.serving)
    components = [
        example_gen,
        statistics_gen,
        schema_gen,
        curated,
        validator,
        gate,
        transform,
        *searches,
        trainer,
        *baseline,
        evaluator,
        pusher,
    ]
    placement.limit(components)
    return Pipeline(
        pipeline_name=config.name,
        pipeline_root=paths.root,
        components=components,
        enable_cache=enable_cache,
        metadata_connection_config=metadata,
        beam_pipeline_args=beam_args,
    )


def _beam_args(said: Sequence[str], placed: Sequence[str]) -> list[str]:
    """A runner that settings name outweighs that of the placement."""
    named = any(argument.startswith("--runner") for argument in said)
    return [*said] if named else [*placed, *said]  # Beam takes the last of two


def _baseline(uri: str | None, has_resolver: bool) -> tuple[list[BaseNode], BaseChannel | None]:
    """The model to hold the new one against, and the node that finds it, if there is one."""
    if uri:
        source = uri if "://" in uri else os.path.abspath(uri)
        named = Importer(source_uri=source, artifact_type=standard_artifacts.Model)
        named.with_id("BaselineModel")
        return [named], named.outputs[IMPORT_RESULT_KEY]
    if not has_resolver:
        return [], None
    last_blessed = Resolver(
        strategy_class=LatestBlessedModelStrategy,
        model=Channel(type=standard_artifacts.Model),
        model_blessing=Channel(type=standard_artifacts.ModelBlessing),
    ).with_id("LatestBlessedModel")
    return [last_blessed], last_blessed.outputs["model"]


def _custom_config(config: Config, paths: Paths, *sections: str) -> dict[str, str]:
    """What the Trainer and the Tuner are told."""
    code = ["models"]
    if config.model.start == warm_start.SHIPPED:  # other weights, another training
        code.append(f"{warm_start.saved_model(config.model.start)}/fingerprint.pb")
    return {
        features.CONFIG_KEY: config.model_dump_json(
            include={"mask", "model", "training", *sections}
        ),
        features.CODE_KEY: source_hash(*code),
        features.WORK_KEY: os.path.join(paths.root, "training"),
    }


def ingest_options(config: Config, root: str, beam_args: Sequence[str]) -> Options:
    """Tells ImageExampleGen what settings say.

    Args:
        config: Every setting.
        root: Where artifacts lie.
        beam_args: Pipeline options; how many workers there are decides on the number of shards.

    Returns:
        Its options.
    """
    data = config.data
    return Options(
        limits=Limits(**data.model_dump(include=set(Limits._fields))),
        sizes=Sizes(
            greatest=data.shard_mb << 20,
            shards=data.shards or max(_SHARDS, _SHARDS_A_WORKER * beam.workers(beam_args)),
            images=1 if data.shards else _SHARD_IMAGES,
            image=data.working_size**2,
        ),
        buckets={features.TRAIN_SPLIT: data.eval_share - 1, features.EVAL_SPLIT: 1},
        images={
            features.TRAIN_SPLIT: data.train_images
            and data.train_images + config.training.held_out_images,
            features.EVAL_SPLIT: data.eval_images,
        },
        split_by=data.split_by,
        near_duplicates=data.near_duplicates,
        work=root,
        code=source_hash(
            "components/image_example_gen",
            "models/features.py",
            "models/images/digests.py",
            "models/images/rgb.py",
        ),
    )
