"""The same networks and the same step in PyTorch, where it is installed."""

import importlib.util
from collections.abc import Callable, Mapping

import numpy as np

from models import features


def step(x: Mapping[str, np.ndarray], targets: np.ndarray) -> Callable[[], None] | None:
    """Prepares a step.

    Args:
        x: `masked`, float32 [batch, 128, 128, 3] in 0-1.
        targets: float32, the same shape and range.

    Returns:
        The step; each call trains once more. None without PyTorch.
    """
    if importlib.util.find_spec("torch") is None:
        return None
    import torch
    from torch.nn import functional

    device = "cuda" if torch.cuda.is_available() else "cpu"
    place = {"device": device, "memory_format": torch.channels_last}
    generator, discriminator = _generator().to(**place), _discriminator().to(**place)
    optimizers = [torch.optim.Adam(net.parameters()) for net in (generator, discriminator)]
    masked, photographs = (
        torch.tensor(pictures).permute(0, 3, 1, 2).to(**place)
        for pictures in (x[features.MASKED], targets)
    )
    real = torch.ones(len(targets), 1, device=device)

    def train() -> None:
        generated = generator(masked)
        discriminator.requires_grad_(False)
        loss = functional.mse_loss(generated, photographs)
        judged = functional.binary_cross_entropy(discriminator(generated), real)
        (loss + 0.001 * judged).backward()
        discriminator.requires_grad_(True)
        halves = (
            functional.binary_cross_entropy(discriminator(photographs), real),
            functional.binary_cross_entropy(discriminator(generated.detach()), 1 - real),
        )
        (sum(halves) / 2).backward()
        for optimizer in optimizers:
            optimizer.step()
            optimizer.zero_grad()
        loss.item()  # waits for the device

    return train


def _generator():
    from torch import nn

    def conv(before: int, after: int, kernel: int, stride: int = 1, dilation: int = 1):
        padding = dilation * (kernel - 1) // 2
        layer = nn.Conv2d(before, after, kernel, stride, padding, dilation)
        return [layer, nn.ReLU(), nn.BatchNorm2d(after)]

    middle = [part for rate in (2, 4, 8, 1) for part in conv(256, 256, 3, dilation=rate)]
    return nn.Sequential(
        *conv(3, 64, 5),
        *conv(64, 128, 3, stride=2),
        *conv(128, 256, 3),
        *middle,
        nn.ConvTranspose2d(256, 128, 4, stride=2, padding=1),
        nn.ReLU(),
        *conv(128, 64, 3),
        nn.Conv2d(64, 3, 3, padding=1),
        nn.Sigmoid(),
    )


def _discriminator():
    from torch import nn

    parts: list[nn.Module] = []
    before = 3
    for index, filters in enumerate((32, 64, 64, 64, 64)):
        parts += [nn.Conv2d(before, filters, 5, 2, 2), nn.LeakyReLU(0.2), nn.Dropout(0.25)]
        parts += [nn.BatchNorm2d(filters)] if index else []
        before = filters
    return nn.Sequential(
        *parts,
        nn.Flatten(),
        nn.Linear(4 * 4 * 64, 512),
        nn.ReLU(),
        nn.Linear(512, 1),
        nn.Sigmoid(),
    )
