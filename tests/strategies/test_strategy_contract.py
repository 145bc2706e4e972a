"""Every strategy keeps the contract."""

import pytest

from slowthink.models.random_tokens import RandomTokenModel
from slowthink.strategies import STRATEGIES, strategy_named
from slowthink.strategies.protocol import Strategy
from slowthink.strategies.puzzle import PuzzleSearch
from slowthink.strategies.tree_of_thought import TreeOfThought
from slowthink.testing import check_strategy


@pytest.mark.parametrize("name", STRATEGIES)
def test_strategies_by_name(name: str) -> None:
    check_strategy(strategy_named(name))


@pytest.mark.parametrize("strategy", [TreeOfThought(order="depth"), PuzzleSearch("proposals"), PuzzleSearch("random")])
def test_other_settings(strategy: Strategy) -> None:
    check_strategy(strategy)


@pytest.fixture(scope="module")
def babbler(smol_dir: object) -> RandomTokenModel:
    return RandomTokenModel()


@pytest.mark.slow
@pytest.mark.parametrize("name", STRATEGIES)
def test_random_tokens_answer_nothing(name: str, babbler: RandomTokenModel) -> None:
    check_strategy(strategy_named(name), random_tokens=babbler)
