"""How Beam runs within a process."""

import os
from collections.abc import Sequence

# By name: for the DirectRunner, Beam 2.74 first looks for its portable runner Prism, and would
# download it. The image, which is not used, tells TFX that no workers elsewhere need its code:
# without it, TFX packs itself for them before every component, which takes five seconds.
WITHIN_PROCESS = ("--runner=FnApiRunner", "--sdk_container_image=none")


def workers(beam_args: Sequence[str]) -> int:
    """Tells how many workers Beam may have.

    Args:
        beam_args: Pipeline options.

    Returns:
        Their greatest number, as far as the options say.
    """
    from apache_beam.options import pipeline_options  # which takes seconds

    said = pipeline_options.PipelineOptions([*beam_args])
    cloud = said.view_as(pipeline_options.WorkerOptions)
    here = said.view_as(pipeline_options.DirectOptions).direct_num_workers
    return max(here or os.cpu_count() or 1, cloud.max_num_workers or 0, cloud.num_workers or 0)
