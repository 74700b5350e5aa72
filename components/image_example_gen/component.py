"""ImageExampleGen: the pipeline's front door, a stock file-based ExampleGen in all but executor."""

from collections.abc import Sequence

from tfx.components.example_gen.component import FileBasedExampleGen
from tfx.dsl.components.base import executor_spec
from tfx.proto import example_gen_pb2

from components.image_example_gen import executor, sources
from models import features


class ImageExampleGen(FileBasedExampleGen):
    """Ingests photographs from folders and tar archives as tf.Examples of JPEG bytes.

    Beside the splits, its `examples` artifact holds a list of the rejected files
    (`rejects.csv`) and the counts (`summary.json`).
    """

    EXECUTOR_SPEC = executor_spec.BeamExecutorSpec(executor.Executor)

    def __init__(self, data: Sequence[str], options: executor.Options, eval_share: int):
        """Sets up the component.

        Args:
            data: Folders or `.tar` archives.
            options: Limits on images and the like.
            eval_share: One image in so many goes to the eval split, where the data does not
                come with both splits.

        Raises:
            ValueError: If the sources cannot be put under one base.
        """
        base, patterns = sources.input_patterns(data)
        split = example_gen_pb2.SplitConfig.Split
        super().__init__(
            input_base=base,
            input_config=example_gen_pb2.Input(
                splits=[
                    example_gen_pb2.Input.Split(name=f"input_{index}", pattern=pattern)
                    for index, pattern in enumerate(patterns)
                ]
            ),
            output_config=example_gen_pb2.Output(
                split_config=example_gen_pb2.SplitConfig(
                    splits=[
                        split(name=features.TRAIN_SPLIT, hash_buckets=eval_share - 1),
                        split(name=features.EVAL_SPLIT, hash_buckets=1),
                    ]
                )
            ),
            custom_config=options.pack(),
        )
