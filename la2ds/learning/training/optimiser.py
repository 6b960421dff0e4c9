"""AdamW (Loshchilov & Hutter, ICLR 2019), as PyTorch computes it.

Steps are those of PyTorch's own functional form. The class ``torch.optim.AdamW`` around it loads the compiler, whether
anything is to be compiled or not: two seconds before the first step of every training, and a study has hundreds.
"""

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor
from torch.optim.adamw import adamw

BETAS, EPS = (0.9, 0.999), 1e-8  # the paper's, and PyTorch's defaults


class AdamW:
    """Moves weights along their gradients.

    Attributes:
        weights: what is moved, in place; those without a gradient stay where they are.
        learning_rate: of the next step.
    """

    def __init__(self, weights: Iterable[Tensor], *, learning_rate: float, weight_decay: float) -> None:
        self.weights = list(weights)
        self.learning_rate, self.weight_decay = learning_rate, weight_decay
        self._steps = [torch.zeros((), device=w.device) for w in self.weights]
        self._means, self._squares = ([torch.zeros_like(w) for w in self.weights] for _ in range(2))

    def zero_grad(self) -> None:
        """Forget the gradients."""
        for weight in self.weights:
            weight.grad = None

    @torch.no_grad()
    def step(self) -> None:
        """Do one step."""
        with_gradient = [n for n, weight in enumerate(self.weights) if weight.grad is not None]
        weights, means, squares, steps = (
            [values[n] for n in with_gradient] for values in (self.weights, self._means, self._squares, self._steps)
        )
        gradients = [weight.grad for weight in weights if weight.grad is not None]
        adamw(
            weights,
            gradients,
            means,
            squares,
            [],
            steps,
            fused=True,  # CASA's many small matrices are else a tenth of a step
            amsgrad=False,
            beta1=BETAS[0],
            beta2=BETAS[1],
            lr=self.learning_rate,
            weight_decay=self.weight_decay,
            eps=EPS,
            maximize=False,
        )

    def state_dict(self) -> dict[str, Any]:
        """Give everything that the next steps depend on, weights and settings aside."""
        return {"steps": self._steps, "means": self._means, "squares": self._squares}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from a saved state of as many weights of the same shapes.

        Raises:
            ValueError: if it belongs to other weights.
        """
        for tensors, key in ((self._steps, "steps"), (self._means, "means"), (self._squares, "squares")):
            if [t.shape for t in tensors] != [t.shape for t in state[key]]:
                raise ValueError(f"'{key}' of the saved state belong to other weights")
            for old, new in zip(tensors, state[key], strict=True):
                old.copy_(new)
