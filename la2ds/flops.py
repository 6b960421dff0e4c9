"""How many operations a network does."""

from collections.abc import Callable

import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode


def count_flops(run: Callable[[], object]) -> int:
    """Count the floating-point operations of matrix products and convolutions in a call, as PyTorch counts them.

    A multiplication and an addition are two. Attention is counted as its matrix products: fused kernels do the same
    sums, but not on every device does PyTorch know their number.
    """
    with torch.no_grad(), sdpa_kernel(SDPBackend.MATH), FlopCounterMode(display=False) as counter:
        run()
    return int(counter.get_total_flops())
