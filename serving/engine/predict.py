"""What the engine asks of a model."""

from collections.abc import Callable

import numpy as np

# From canvases, float32 [n, 128, 128, 3] in 0-1, and masks, float32 [n, 128, 128, 1], 1 where
# hidden, to whole pictures of the canvases' shape, known pixels as given.
Predict = Callable[[np.ndarray, np.ndarray], np.ndarray]
