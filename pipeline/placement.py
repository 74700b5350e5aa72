"""Which components a pipeline is made of on this machine, and what they may use: all it has."""

from collections.abc import Sequence
from typing import Any

from tfx.components import Pusher, Trainer
from tfx.dsl.components.base.base_node import BaseNode
from tfx.proto import pusher_pb2
from tfx.types import Channel

from models.quality import perceptual
from pipeline import beam
from settings.beam import BeamSettings


class Here:
    """On this machine, with whatever it has."""

    has_resolver = True  # whether the last blessed model can be looked up

    def has_perceptual(self) -> bool:
        """Tells whether the Evaluator finds the network that it measures by."""
        return perceptual.installed()

    def trainer(self, custom_config: dict[str, Any], **arguments: Any) -> Trainer:
        """Makes the Trainer.

        Args:
            custom_config: What the training is told.
            **arguments: Everything else, as TFX's own Trainer takes it.
        """
        return Trainer(custom_config=custom_config, **arguments)

    def pusher(self, model: Channel, blessing: Channel, serving: str) -> Pusher:
        """Makes the Pusher.

        Args:
            model: What to push.
            blessing: Whether to.
            serving: The folder of pushed models.
        """
        destination = pusher_pb2.PushDestination.Filesystem(base_directory=serving)
        return Pusher(
            model=model,
            model_blessing=blessing,
            push_destination=pusher_pb2.PushDestination(filesystem=destination),
        )

    def beam_args(self, engine: BeamSettings, root: str) -> list[str]:
        """Says how Beam runs.

        Args:
            engine: What settings say of it.
            root: The folder of all artifacts.

        Returns:
            Pipeline options.

        Raises:
            ConfigError: If it cannot run so from here.
        """
        return beam.arguments(engine, root)

    def limit(self, components: Sequence[BaseNode]) -> None:
        """Tells components what they may use.

        Args:
            components: All of them.
        """
