from pathlib import Path

from tfx.types import standard_artifacts
from tfx.utils import io_utils

from components import curated_schema
from components.validation_gate import _read_schema

SCHEMA = Path(__file__).parents[2] / "pipeline" / "schema" / "schema.pbtxt"


def test_the_schema_is_written_as_its_readers_expect_it(tmp_path: Path) -> None:
    artifact = standard_artifacts.Schema()
    artifact.uri = str(tmp_path)
    executor = curated_schema.CuratedSchema.EXECUTOR_SPEC.executor_class()
    executor.Do({}, {"schema": [artifact]}, {"text": SCHEMA.read_text()})
    assert Path(io_utils.get_only_uri_in_dir(artifact.uri)).name == curated_schema.SCHEMA_FILE
    assert [feature.name for feature in _read_schema(artifact.uri).feature]
