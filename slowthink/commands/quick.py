"""A quicker start of a process that only runs a model: parts of torch and transformers that it never uses stay out.

transformers imports torch's compiler and its sharded tensors (some three seconds on a small machine) to decorate
functions and to recognise tensors that a single process never has. Within `quick_start` the compiler is a
stand-in that leaves what it decorates as it is, and torch says that it is alone. Afterwards both are as before,
and the real compiler is imported by whoever asks for it.

transformers also reads its 2,500 source files three times, to know what it could import (over a second). For the
embedded model, all of whose modules are imported by their full names, `transformers` and `transformers.models` are
stand-ins that lead to the same modules; whoever asks one of them for anything else gets it from the real package.
And the garbage collector rests: nothing of what is imported becomes garbage.

Torch's threads wait for each other only briefly before they sleep. By default they turn in circles for milliseconds,
hundreds of times a token, and where other programs want the processors too a first token cost four seconds of them.

Only for processes of our own: a library must not do this to its user's. Where the real thing is there already, or the
process is one of several, nothing is changed.
"""

from __future__ import annotations

import gc
import importlib
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.machinery import ModuleSpec
from importlib.metadata import version
from importlib.util import find_spec, module_from_spec
from types import ModuleType
from typing import Any

COMPILER = "torch._dynamo"
INDEXING = "torch._dynamo._trace_wrapped_higher_order_op"
EMBEDDED = "smollm2"
SPINS = "1000"
"""What GNU's OpenMP takes by itself where it has more threads than there are processors."""


@contextmanager
def quick_start(spec: str) -> Iterator[None]:
    """While it lasts, importing transformers and loading the model that `spec` names leaves the compiler out."""
    if COMPILER in sys.modules or "WORLD_SIZE" in os.environ or "transformers" in sys.modules:
        yield
        return
    if not {"GOMP_SPINCOUNT", "OMP_WAIT_POLICY"} & set(os.environ):
        os.environ["GOMP_SPINCOUNT"] = SPINS  # read when torch is imported
    with _no_collections(), _without_compiler():
        if spec == EMBEDDED:
            _leave_files_unread()
        yield


@contextmanager
def _no_collections() -> Iterator[None]:
    """Imports make a million objects that stay; looking through them for garbage again and again finds none."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.freeze()
            gc.enable()


@contextmanager
def _without_compiler() -> Iterator[None]:
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


def _leave_files_unread() -> None:
    """Put packages that import nothing by themselves in the places of `transformers` and `transformers.models`."""
    top = find_spec("transformers")
    if top is None or not top.submodule_search_locations:  # whoever needs it says so
        return
    package = _unread(top)
    package.__version__ = version("transformers")  # type: ignore[attr-defined]
    models = find_spec("transformers.models")
    if models is not None:
        package.models = _unread(models)  # type: ignore[attr-defined]
    utils = importlib.import_module("transformers.utils")
    # transformers.processing_utils runs the package once more, to look names up in it when they are needed.
    utils.direct_transformers_import = lambda *path: package  # type: ignore[attr-defined]


def _unread(spec: ModuleSpec) -> ModuleType:
    """A package whose modules are imported by name as ever; the package itself, when it is asked for anything else."""
    module = module_from_spec(spec)

    def from_the_real_one(name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if find_spec(f"{spec.name}.{name}") is not None:
            return importlib.import_module(f"{spec.name}.{name}")
        if sys.modules.get(spec.name) is module:
            del sys.modules[spec.name]
        return getattr(importlib.import_module(spec.name), name)

    module.__getattr__ = from_the_real_one  # type: ignore[method-assign]
    sys.modules[spec.name] = module
    return module
