"""The ways of slow thinking, one in each file."""

from __future__ import annotations

from slowthink.errors import InputError
from slowthink.strategies.auto import Auto
from slowthink.strategies.beam import Beam
from slowthink.strategies.best_of_n import BestOfN
from slowthink.strategies.chain_of_thought import ChainOfThought
from slowthink.strategies.direct import Direct
from slowthink.strategies.ensemble import Ensemble
from slowthink.strategies.least_to_most import LeastToMost
from slowthink.strategies.list_and_count import ListAndCount
from slowthink.strategies.logic import LogicStrategy
from slowthink.strategies.mcts import MonteCarlo
from slowthink.strategies.plan_and_solve import PlanAndSolve
from slowthink.strategies.program import Program
from slowthink.strategies.protocol import Outcome, Strategy
from slowthink.strategies.puzzle import PuzzleSearch
from slowthink.strategies.scratchpad import ScratchpadStrategy
from slowthink.strategies.self_consistency import SelfConsistency
from slowthink.strategies.tree_of_thought import TreeOfThought
from slowthink.strategies.two_ended import TwoEnded
from slowthink.strategies.two_routes import TwoRoutes
from slowthink.strategies.verify_and_revise import VerifyAndRevise

STRATEGIES: dict[str, type[Strategy]] = {
    "auto": Auto,
    "direct": Direct,
    "chain_of_thought": ChainOfThought,
    "scratchpad": ScratchpadStrategy,
    "two_ended": TwoEnded,
    "list_and_count": ListAndCount,
    "program": Program,
    "two_routes": TwoRoutes,
    "logic": LogicStrategy,
    "verify_and_revise": VerifyAndRevise,
    "best_of_n": BestOfN,
    "self_consistency": SelfConsistency,
    "beam": Beam,
    "tree_of_thought": TreeOfThought,
    "mcts": MonteCarlo,
    "plan_and_solve": PlanAndSolve,
    "least_to_most": LeastToMost,
    "ensemble": Ensemble,
    "puzzle": PuzzleSearch,
}


def strategy_named(name: str) -> Strategy:
    """The strategy with this name. Raises InputError that lists the names there are."""
    if name not in STRATEGIES:
        raise InputError(f"expected a strategy, one of {', '.join(STRATEGIES)}; got {name!r}")
    return STRATEGIES[name]()


__all__ = ["STRATEGIES", "Outcome", "Strategy", "strategy_named"]
