import pytest

import settings
from pipeline.notebook import steps as notebook
from tests.conftest import SAMPLE


@pytest.fixture(scope="module")
def steps(tmp_path_factory: pytest.TempPathFactory) -> notebook.Steps:
    output = tmp_path_factory.mktemp("output")
    return notebook.Steps(settings.load("smoke"), [str(SAMPLE)], str(output))


def test_a_component_that_is_not_there_is_an_error_that_says_which_are(steps) -> None:
    with pytest.raises(KeyError, match="no component Trainee; there are ImageExampleGen, "):
        steps.run("Trainee")


def test_an_output_of_what_has_not_run_is_an_error_that_says_what_to_do(steps) -> None:
    with pytest.raises(KeyError, match="Trainer has not run yet"):
        steps.output("Trainer", "model")


def test_outside_a_notebook_it_says_so(steps) -> None:
    # TFX's context does nothing there, but for a line in the log.
    with pytest.raises(RuntimeError, match="IPython only"):
        steps.run("ImageExampleGen")
