"""Lists the data before the cache is asked, so that the cache sees whether anything has changed."""

import json
from typing import Any

from tfx.dsl.components.base import base_driver
from tfx.orchestration import data_types_utils
from tfx.orchestration.portable import base_driver as portable_driver
from tfx.orchestration.portable import data_types
from tfx.proto.orchestration import driver_output_pb2

from components.image_example_gen.discovery import kept
from components.image_example_gen.options import Options

DATA = "data"  # execution properties: JSON of the sources,
OPTIONS = "custom_config"  # of the options
FINGERPRINT = "fingerprint"  # and of what was listed; where no driver runs, it is not there


def fingerprint(properties: dict[str, Any]) -> str:
    """Lists the data and keeps the listing.

    Args:
        properties: The component's execution properties.

    Returns:
        The name that the listing is kept under.

    Raises:
        ValueError: If a source is not there.
    """
    options = Options.unpack(properties[OPTIONS])
    return kept.keep(json.loads(properties[DATA]), options.listings)


class Driver(base_driver.BaseDriver, portable_driver.BaseDriver):
    """Adds the fingerprint to what the cache goes by: for LocalDagRunner and for notebooks."""

    def __init__(self, metadata_handle: Any):
        """Sets up the driver."""
        base_driver.BaseDriver.__init__(self, metadata_handle)
        portable_driver.BaseDriver.__init__(self, metadata_handle)

    def resolve_exec_properties(
        self, exec_properties: dict[str, Any], pipeline_info: Any, component_info: Any
    ) -> dict[str, Any]:
        """Adds the fingerprint, in a notebook."""
        del pipeline_info, component_info
        return exec_properties | {FINGERPRINT: fingerprint(exec_properties)}

    def run(self, execution_info: data_types.ExecutionInfo) -> driver_output_pb2.DriverOutput:
        """Adds the fingerprint, in a run."""
        output = driver_output_pb2.DriverOutput()
        properties = execution_info.exec_properties
        properties[FINGERPRINT] = fingerprint(properties)
        for key, value in properties.items():
            data_types_utils.set_metadata_value(output.exec_properties[key], value)
        return output
