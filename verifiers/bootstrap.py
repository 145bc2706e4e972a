"""How a process that runs programs begins: with this package's folder alone, and nothing of the rest imported.

Importing `slowthink` the ordinary way would bring everything into a process that should hold as little as possible.
"""

from __future__ import annotations

from typing import Final

BOOTSTRAP: Final = """
import sys, types
for name, folders in (("slowthink", []), ("slowthink.verifiers", [{verifiers!r}])):
    package = types.ModuleType(name)
    package.__path__ = folders
    sys.modules[name] = package
from slowthink.verifiers.{module} import main
main()
"""
"""Formatted with the folder of `verifiers` and the module whose `main` is called."""
WITHOUT_FORK_HOOKS: Final = "import os; os.register_at_fork = lambda **hooks: None\n"
"""Goes before it in a process of one thread that forks: what modules would do after each fork is for others.

They renew locks that no other thread can hold, and draw random numbers that a program is not to have.
"""
