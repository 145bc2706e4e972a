"""A quicker start of a process that only runs a model: parts of torch that it never uses are not imported.

transformers imports torch's compiler and its sharded tensors (some three seconds on a small machine) to decorate
functions and to recognise tensors that a single process never has. Within `quick_start` the compiler is a
stand-in that leaves what it decorates as it is, and torch says that it is alone. Afterwards both are as before,
and the real compiler is imported by whoever asks for it. Only for processes of our own: a library must not do
this to its user's. Where the compiler is there already, or the process is one of several, nothing is changed.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

COMPILER = "torch._dynamo"
INDEXING = "torch._dynamo._trace_wrapped_higher_order_op"


@contextmanager
def quick_start() -> Iterator[None]:
    """While it lasts, importing transformers and loading a model leaves the compiler out."""
    if COMPILER in sys.modules or "WORLD_SIZE" in os.environ or "transformers.modeling_utils" in sys.modules:
        yield
        return
    try:
        import torch
        import torch.compiler
        import torch.distributed
    except ImportError:  # whoever needs it says so
        yield
        return
    modules = {COMPILER: _stand_in(COMPILER), INDEXING: _stand_in(INDEXING)}
    available, disable = torch.distributed.is_available, torch.compiler.disable
    sys.modules.update(modules)
    torch.distributed.is_available = lambda: False
    setattr(torch.compiler, "disable", _unchanged)  # noqa: B010 - another signature, on purpose
    try:
        yield
    finally:
        torch.distributed.is_available = available
        torch.compiler.disable = disable
        for name, module in modules.items():
            if sys.modules.get(name) is module:
                del sys.modules[name]
        if isinstance(vars(torch).get("_dynamo"), ModuleType) and "_dynamo" not in sys.modules:
            vars(torch).pop("_dynamo", None)


def _stand_in(name: str) -> ModuleType:
    module = ModuleType(name)
    module.__path__ = []
    module.__getattr__ = _decorator_named  # type: ignore[method-assign]
    return module


def _decorator_named(name: str) -> Any:
    if name.startswith("__"):
        raise AttributeError(name)
    return _RealOnUse if name[:1].isupper() else _unchanged


def _unchanged(function: Any = None, *arguments: Any, **options: Any) -> Any:
    """A decorator, with or without options, that decorates nothing."""
    if function is None:
        return lambda decorated: decorated
    return function


class _RealOnUse:
    """Stands for a class of the compiler: making one makes the real one."""

    def __new__(cls, *arguments: Any, **options: Any) -> Any:
        """The real `TransformGetItemToIndex`, the only class that transformers takes from there."""
        from torch._dynamo._trace_wrapped_higher_order_op import TransformGetItemToIndex

        make: Callable[..., Any] = TransformGetItemToIndex
        return make(*arguments, **options)
