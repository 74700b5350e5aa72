"""What the Evaluator found out, read back."""

import tensorflow_model_analysis as tfma

UNKNOWN = "unknown"  # the category of photographs that have none


def load_slices(evaluation_uri: str) -> dict[str, dict[str, float]]:
    """Reads the Evaluator's figures for the new model, by scene category.

    Args:
        evaluation_uri: Where its output lies.

    Returns:
        Figures by name, by category; under an empty name those of the whole eval split, under
        `UNKNOWN` those of photographs without a category.
    """
    for model_name in (tfma.constants.CANDIDATE_KEY, ""):
        result = tfma.load_eval_result(evaluation_uri, model_name=model_name or None)
        slices = {
            (str(key[0][1]) or UNKNOWN) if key else "": {
                # As text where it is no number, as TFMA's JSON has it.
                name: float(value["doubleValue"])
                for name, value in outputs[""][""].items()
            }
            for key, outputs in result.slicing_metrics
            if outputs
        }
        if slices:
            return slices
    raise FileNotFoundError(f"no figures in {evaluation_uri}")


def load_figures(evaluation_uri: str) -> dict[str, float]:
    """Reads the Evaluator's figures for the new model over the whole eval split.

    Args:
        evaluation_uri: Where its output lies.

    Returns:
        Figures by name.
    """
    return load_slices(evaluation_uri)[""]
