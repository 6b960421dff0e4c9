"""How many operations a network does."""

from collections.abc import Callable
from typing import Any

import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry


class _Counter(TorchDispatchMode):
    """Adds up what PyTorch's formulas say of every operation that has one.

    ``FlopCounterMode`` does the same, by module, and loads the compiler for it: two seconds of every training.
    """

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.total = 0

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        return False  # nothing is compiled while it counts, so dynamo need not skip it

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        named = kwargs or {}
        out = func(*args, **named)
        formula = flop_registry.get(func.overloadpacket)
        if formula is not None:
            self.total += formula(*args, **named, out_val=out)
        return out


def count_flops(run: Callable[[], object]) -> int:
    """Count the floating-point operations of matrix products and convolutions in a call, as PyTorch counts them.

    A multiplication and an addition are two. Attention is counted as its matrix products: fused kernels do the same
    sums, but not on every device does PyTorch know their number.
    """
    with torch.no_grad(), sdpa_kernel(SDPBackend.MATH), _Counter() as counter:
        run()
    return int(counter.total)
