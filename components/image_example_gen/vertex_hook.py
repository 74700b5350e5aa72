"""What Vertex AI runs before it asks its cache: the driver's work, and where to say so.

python -m components.image_example_gen.vertex_hook --json_serialized_invocation_args JSON
"""

import argparse
import json
import os

from tfx.dsl.io import fileio

from components.image_example_gen import driver


def main() -> None:
    """Lists the data and writes its fingerprint to the step's output file."""
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("--json_serialized_invocation_args", dest="told", type=json.loads)
    told = parser.parse_known_args()[0].told
    found = driver.fingerprint(told["inputs"]["parameterValues"])
    file = told["outputs"]["outputFile"]
    fileio.makedirs(os.path.dirname(file))
    with fileio.open(file, "w") as output:
        output.write(json.dumps({"parameterValues": {driver.FINGERPRINT: found}}))


if __name__ == "__main__":
    main()
