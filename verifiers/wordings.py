"""The words of arithmetic in English, and sets of possible values with the expressions that have them.

The idea: what the grammar of worded arithmetic knows of English stands here as data: infix words, nouns, shares,
commands and what joins their operands. The operations on `Values` keep every reading that is still possible.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Final

from slowthink.verifiers.expressions import Expression, Negation, Number, Operation, Operator, apply_operator
from slowthink.verifiers.verbs import BY

MAX_VALUES: Final = 6

# What stands from a start to an end: its values, each with one expression that has it.
Values = dict[Fraction, Expression]
Ends = dict[int, Values]


class Ambiguous(Exception):
    """A stretch has more readings than are worth telling apart, or nests too deeply."""


# Forms of `is` before a participle; all of them may be left out.
COPULAS: Final = tuple(
    tuple(words.split())
    for words in ("is", "are", "gets", "get", "being", "be", "was", "were", "has been", "have been", "had been",
        "to be",
                  "is to be", "are to be", "were to be", "was to be", "has just been", "has now been", "had just"
                  " been", "would be", "must be", "should be", "will be", "is being", "are being", "'s been")
)  # fmt: skip
# Spellings of people in a hurry.
SPELLINGS: Final = {"n": "and", "nd": "and", "tims": "times", "by-itself": "itself", "’s": "is"}
# What may stand before a number that is added or taken away, and says nothing of its own.
FURTHER: Final = tuple(
    tuple(words.split()) for words in ("another", "a further", "an additional", "an extra", "further", "yet another",
                                      "the number", "a total of", "exactly", "the value", "the figure",
                                      "an amount of", "the amount of", "the amount", "a value of", "the value of",
                                      "the integer", "some", "a full", "a whole")
)  # fmt: skip
IN_HALF: Final = (("cut", "in", "half"), ("split", "in", "half"), ("divided", "in", "half"), ("cut", "into", "halves"))
ORDINALS: Final = {"second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "tenth": 10}
# A value and itself.
ITSELF: Final[tuple[tuple[tuple[str, ...], Operator], ...]] = (
    (("added", "to", "itself"), "+"), (("plus", "itself"), "+"), (("times", "itself"), "*"),
    (("multiplied", "by", "itself"), "*"),
)  # fmt: skip
# What stands between two operands whose order is the other way round; the left one is a single operand.
COMPARISONS: Final[tuple[tuple[tuple[str, ...], Operator], ...]] = (
    (("less", "than"), "-"), (("fewer", "than"), "-"), (("smaller", "than"), "-"), (("lower", "than"), "-"),
    (("more", "than"), "+"), (("greater", "than"), "+"), (("larger", "than"), "+"), (("bigger", "than"), "+"),
    (("higher", "than"), "+"), (("short", "of"), "-"), (("shy", "of"), "-"), (("below",), "-"), (("under",), "-"),
    (("above",), "+"), (("beyond",), "+"), (("in", "excess", "of"), "+"),
)  # fmt: skip
# Infix words that have the precedence of their signs; after all others a product may be a step of its own.
PLAIN: Final = frozenset(("plus", "minus", "less", "take", "add", "subtract"))
SYMBOLS: Final[dict[str, Operator]] = {"+": "+", "-": "-", "*": "*", "/": "/", "^": "^"}
# Participles that say an operation; with `is` before them they may mean all that stands before.
PARTICIPLES: Final[tuple[tuple[tuple[str, ...], Operator], ...]] = (
    *BY,
    (("raised", "to", "the", "power", "of"), "^"), (("raised", "to"), "^"), (("timesed", "by"), "*"),
    (("times'd", "by"), "*"), (("upped", "by"), "+"),
)  # fmt: skip
LOTS: Final = (
    "lots", "groups", "sets", "rows", "batches", "bundles", "copies", "packs", "piles", "stacks", "bunches", "clusters",
    "columns", "helpings", "steps", "jumps", "instances",
)  # fmt: skip
INFIX: Final[tuple[tuple[tuple[str, ...], Operator], ...]] = (
    (("plus",), "+"),
    (("minus",), "-"),
    (("less",), "-"),
    (("take", "away"), "-"),
    (("times",), "*"),
    (("x",), "*"),
    *(((lots, "of"), "*") for lots in LOTS),
    (("add",), "+"),
    (("subtract",), "-"),
    (("multiply", "by"), "*"),
    (("divide", "by"), "/"),
    (("over",), "/"),
    (("to", "the", "power", "of"), "^"),
    (("to", "the", "power"), "^"),
    *PARTICIPLES,
)
NOUNS: Final[dict[str, Operator]] = {
    "sum": "+", "total": "+", "difference": "-", "product": "*", "quotient": "/", "ratio": "/",
    "gap": "-", "distance": "-", "tally": "+", "aggregate": "+", "addition": "+", "multiplication": "*",
}  # fmt: skip
SHARES: Final = {
    "half": Fraction(1, 2), "third": Fraction(1, 3), "quarter": Fraction(1, 4), "fourth": Fraction(1, 4),
    "fifth": Fraction(1, 5), "sixth": Fraction(1, 6), "seventh": Fraction(1, 7), "eighth": Fraction(1, 8),
    "ninth": Fraction(1, 9), "tenth": Fraction(1, 10),
}  # fmt: skip
MULTIPLES: Final = {"double": 2, "twice": 2, "triple": 3, "thrice": 3, "quadruple": 4, "doubling": 2, "tripling": 3,
             "doubled": 2, "tripled": 3, "treble": 3, "trebling": 3, "quadrupling": 4}  # fmt: skip
# Words with which a phrase begins that is said of one operand.
UNARY: Final = {
    **dict.fromkeys((*MULTIPLES, "double", "triple"), "multiple"), **dict.fromkeys(SHARES, "part"), "square": "power",
    "cube": "power",
}  # fmt: skip
AS_BIG_AS: Final = (
    *(("as", size, "as") for size in ("big", "large", "much", "many", "great", "high", "long")),
    ("the", "size", "of"), ("the", "value", "of"), ("the", "amount", "of"),
)  # fmt: skip
AS_LARGE: Final = (
    *(("as", size) for size in ("big", "large", "great", "much", "high")), ("its", "size"), ("its", "value"),
    ("the", "size"), ("its", "original", "size"), ("its", "original", "value"),
    *(("as", size, "as", *before) for size in ("big", "large", "great", "much", "high")
      for before in (("before",), ("it", "was"), ("it", "is"))),
)  # fmt: skip
# What halves what stands before it.
IN_TWO: Final = (("in", "half"), ("into", "halves"), ("into", "two", "equal", "halves"), ("down", "the", "middle"))
POSTFIX: Final[dict[str, tuple[Operator, Fraction]]] = {
    "squared": ("^", Fraction(2)), "cubed": ("^", Fraction(3)), "doubled": ("*", Fraction(2)),
    "tripled": ("*", Fraction(3)), "quadrupled": ("*", Fraction(4)), "trebled": ("*", Fraction(3)),
    "halved": ("/", Fraction(2)),
}  # fmt: skip
# What goes up or down by a number.
_UP_BY: Final = (
    "goes up|go up|going up|went up|up|increases|rises|grows|climbs|moves up|count up|counting up|count on|counting on"
    "|count forward|counting forward|move up|move forward"
)
_UP: Final = (
    "gain|gains|gained|rise|climb up|jump forward|step forward|hop forward|walk forward|advance|jump up|count"
    " up|counting up|count on|counting on|count forward|counting forward|count forwards|move up|go up|climb"
    "|jump up|step up|move forward"
)
_DOWN_BY: Final = (
    "goes down|go down|going down|went down|down|decreases|drops|falls|shrinks|comes down|come down|moves down|is down"
    "|goes back|count down|counting down|count back|counting back|move down|count backwards|counting backwards"
    "|move back"
)
_DOWN: Final = (
    "lose|lost|losing|shed|sheds|drop|fall|climb down|jump back|step backwards|hop back|walk back|retreat|slide"
    " back|count down|counting down|count back|counting back|move down|go down|come down|go back|step down|move back"
    "|count backwards|counting backwards|loses"
)
CHANGES: Final[tuple[tuple[tuple[str, ...], Operator], ...]] = (
    *(((*words.split(), "by"), "+") for words in _UP_BY.split("|")),
    *((tuple(words.split()), "+") for words in _UP.split("|")),
    *(((*words.split(), "by"), "-") for words in _DOWN_BY.split("|")),
    *((tuple(words.split()), "-") for words in _DOWN.split("|")),
)
# What may stand before a step told after the whole: `comes to once ...`.
COMES_TO: Final = (
    ("comes", "to"), ("come", "to"), ("is",), ("makes",), ("make",), ("gives",), ("give",), ("equals",), ("equal",),
    ("become",), ("becomes",), ("turn", "into"), ("turns", "into"), ("leave",), ("leaves",), (),
)  # fmt: skip
# What may stand at the end of a step and says nothing of its own.
FILLERS: Final = (("for", "me"), ("as", "well"), ("too",), ("please",), ("first",), ("together",))
# How often a step is taken.
TIMES_OVER: Final = (
    (("twice",), 2), (("two", "times"), 2), (("three", "times"), 3), (("four", "times"), 4), (("five", "times"), 5),
)  # fmt: skip
# What names the number with which the next steps begin.
BEGINNINGS: Final = tuple(
    tuple(words.split())
    for words in (
        "think of", "start with", "start from", "start at", "start off with", "start out with", "starting with",
        "starting from", "starting at", "begin with", "begin from", "begin at", "beginning with", "beginning from",
        "take", "taking", "pick", "choose", "imagine", "have", "pick the number", "choose the number",
        "take the number", "think of the number", "start with the number", "begin with the number",
        "starting with the number",
    )
)  # fmt: skip
# The names of a result, and the operation that it must come from where the name says so.
SINGULAR: Final[dict[str, str]] = {
    **dict.fromkeys(("result", "answer", "total", "outcome", "number", "amount", "figure", "value", "one",
        "output", "quantity",
                     "sum total", "tally", "count"), ""),
    "sum": "+", "product": "*", "difference": "-", "quotient": "/", "remainder": "-", "square": "^", "rest": "-",
    "balance": "-", "half": "half", "double": "double", "triple": "triple", "leftover": "-",
}  # fmt: skip
# What stands before such a name, and what may stand between.
ARTICLES: Final = ("the", "that", "this", "your", "my", "our")
QUALITIES: Final = (
    "new",
    "resulting",
    "final",
    "running",
    "intermediate",
    "same",
    "current",
    "whole",
    "entire",
    "combined",
    "overall",
    "updated",
    "resultant",
    "latest",
    "full",
    "grand",
    "increased",
    "reduced",
)
# Names that need no noun; with the operation that they must come from.
NAMES: Final[dict[tuple[str, ...], str]] = {
    **{tuple(words.split()): "" for words in (
        "it", "that", "this", "itself", "everything", "the whole thing", "the lot", "the whole lot", "it all",
        "the whole", "all that", "all of that", "all of it", "that one",
        "what you get", "what you have", "what i get", "what i have", "what we get", "what we have",
        "what you then have", "what i then have", "what we then have", "what you have then", "whatever you then have",
        "what you got", "what i got", "what we got", "whatever you get", "whatever you have", "whatever you got",
        "what comes out", "what you have now", "what you now have", "what results", "what that gives",
        "the whole of it", "the whole of that", "the entire thing", "the entire lot", "what you end up with",
        "what we end up with", "whatever you end up with", "whatever comes out", "what you've got", "what that makes",
        "what you've got now", "what we've got", "all this", "all of this", "whatever that is", "whatever that gives",
    )},
    **{tuple(words.split()): "-" for words in (
        "what's left", "what is left", "what remains", "what's left over", "what is left over", "whatever is left",
        "whatever's left", "whatever remains", "what you have left", "what i have left", "what we have left",
        "what you're left with", "what you are left with", "what's remaining", "what is remaining", "what was"
        " left", "what you have remaining", "whatever you have left", "whatever is left over", "the remaining amount",
        "the remaining number", "the number left", "the amount left", "the amount remaining", "what is now left",
    )},
}  # fmt: skip
# What may stand behind a name and says which result is meant: the last one.
OF_THAT: Final = tuple(
    tuple(words.split())
    for words in ("of that", "of this", "of it", "of this step", "of that step", "you get", "you got", "you have",
                  "you obtained", "so far", "from that", "from before", "just found", "obtained", "i get", "we get")
)  # fmt: skip
# The names of several results, and the operation that all of them must come from.
PLURAL: Final[dict[str, str]] = {
    **dict.fromkeys(("results", "answers", "totals", "values", "outcomes", "numbers", "amounts", "figures", "ones"),
        ""),
    "products": "*", "sums": "+", "differences": "-", "quotients": "/", "squares": "^", "cubes": "^",
}  # fmt: skip
COUNTS: Final = {"two": 2, "both": 2, "three": 3, "four": 4, "five": 5}
# What says of a list before it that it is added up.
PUT_TOGETHER: Final = tuple(
    tuple(words.split())
    for words in (
        "added together", "added up", "added", "combined", "in total", "altogether", "all together", "together",
        "add up to", "come to", "make", "sum to", "total", "amount to", "put together", "summed", "summed up", "give",
        "sum to", "total up to", "produce", "yield", "equal", "combine to make",
        "add together to make", "makes", "gives", "when added", "when added together", "when combined", "in all",
        "combined together", "add together to give", "come to together", "make together", "together make",
            "together come to",
        "together give", "all added together", "all added up", "taken together", "pooled", "lumped together",
        "pooled together", "totalled", "totalled up", "tallied up", "when put together", "when pooled", "when summed",
        "when lumped together", "when totalled", "come to altogether", "come to in total", "make altogether",
        "make in total", "add up to altogether", "add up to in total", "all together make", "work out to", "work"
        " out at", "come out to", "added to each other",
    )
)  # fmt: skip
# Who does what is told.
SUBJECTS: Final = ("you", "i", "we", "one", "someone", "somebody", "they")
ADVERBS: Final = (
    ("also",), ("separately",), ("second",), ("secondly",), ("third",), ("thirdly",), ("fourth",), ("after",
        "this"), ("subsequently",),
    ("following", "that"), ("afterward",), ("later",), ("last",), ("in", "addition",), ("on", "top", "of", "that"),
    ("to", "finish"), ("at", "the", "end"), ("last", "of", "all"), ("then", "finally"), ("and", "then"), ("then",),
        ("now",), ("next",), ("finally",), ("lastly",), ("afterwards",), ("after",
        "that"), ("from", "there"),
)  # fmt: skip


ON_RESULT: Final[dict[str, tuple[Operator, int]]] = {
    "double": ("*", 2), "triple": ("*", 3), "halve": ("/", 2), "square": ("^", 2), "cube": ("^", 3),
    "doubles": ("*", 2), "triples": ("*", 3), "halves": ("/", 2), "squares": ("^", 2), "cubes": ("^", 3),
    "quadruple": ("*", 4), "treble": ("*", 3), "quintuple": ("*", 5),
}  # fmt: skip


def constant(value: Fraction) -> Values:
    """One value, without a choice."""
    return {value: Number(value)}


def negated(values: Values) -> Values:
    """The values with their signs changed."""
    return {-value: Negation(expression) for value, expression in values.items()}


def combine(operator: Operator, left: Values, right: Values) -> Values:
    """Every value of the operation over the values of both sides."""
    combined: Values = {}
    for first, first_expression in left.items():
        for second, second_expression in right.items():
            value = apply_operator(operator, first, second)
            if value is None:
                # An undefined or too large value must not make another reading look like the only one.
                raise Ambiguous
            combined.setdefault(value, Operation(operator, first_expression, second_expression))
    return combined


def merge(ends: Ends, end: int, values: Values) -> None:
    """Adds the values that can end at `end`."""
    known = ends.setdefault(end, {})
    for value, expression in values.items():
        known.setdefault(value, expression)
    if len(known) > MAX_VALUES:
        raise Ambiguous


def merge_all(ends: Ends, others: Ends) -> None:
    """Adds all that `others` has."""
    for end, values in list(others.items()):
        merge(ends, end, values)


def by_first_word(
    table: tuple[tuple[tuple[str, ...], Operator], ...],
) -> dict[str, tuple[tuple[tuple[str, ...], Operator], ...]]:
    """A table of word sequences, to be looked up by the word that stands in the text."""
    return {
        first: tuple((words, operator) for words, operator in table if words[0] == first)
        for first in {words[0] for words, _ in table}
    }
