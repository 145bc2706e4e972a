"""Requests for poems: subjects, wordings and constraints, and the sentences that a blind judge sees beside the poems.

The wordings here were written together with the reader of requests; a file of others is given to the benchmark for
what is measured on wordings that it has not seen.
"""

from __future__ import annotations

import random
from typing import Any

_SUBJECTS_TEXT = (
    "the sea|a lost key|my grandmother|friendship|autumn|the city at night|trains|an old violin|snow|bees|"
    "a garden in spring|war|the moon|coffee|mountains|loneliness|a lighthouse|children playing in the rain|Paris|"
    "the last day of school|dogs|an empty house|hope|the desert|a wedding|my father's hands|rain|memory|dragons|"
    "a river in flood|old books|silence|the stars|a broken clock|birds|music|the harvest|a letter from home|winter|"
    "cats|falling in love|the forest|a bakery at dawn|time|sailors|freedom|ghosts|a mirror|summer storms|teachers|"
    "the first frost|bridges|childhood|an old photograph|horses|fire|the market|grief|whales|a candle|roses|"
    "the night train|dreams|soldiers|a village in the hills|bread|courage|the wind|shadows|my brother|a map|"
    "fishermen|justice|the library|wolves|patience|a swing in the park|apples|the horizon|robots|twins|sleep|"
    "the circus|a frozen lake|nurses|truth|sunflowers|an island|thunder|farmers|the attic|swans|a street musician|"
    "sunrise|poets|a shipwreck|kindness|doors|owls|the future"
)
SUBJECTS = tuple(_SUBJECTS_TEXT.split("|"))
WORDINGS = (
    "Write a poem of {n} lines about {s} whose last line is its first line in reverse order of words.",
    "Please compose a {n}-line poem on the subject of {s}. The final line must be the opening line with its words in "
    "reverse order.",
    "Can you write a poem about {s} in {n} lines where the last line is the first line backwards, word by word?",
    "I would like a {n}-line poem about {s} that ends with its first line in reversed word order.",
    "Poem, {n} lines, theme: {s}. First line read backwards (word for word) = last line.",
)
SIZES = (5, 6, 8)
NAMES = ("five", "six", "eight")
_WORDS_TEXT = "HOPE RAIN STONE LIGHT SAND NIGHT TREE HOME BIRD SONG"
ACROSTICS = tuple(_WORDS_TEXT.split())
LAST_LINES = (
    "And nobody came home that night.",
    "We left the door open for the dark.",
    "Somewhere a bell is still ringing.",
    "The road goes on without us.",
    "I keep your name in my pocket.",
)
PAIRS_OF_WORDS = (
    ("lantern", "salt"),
    ("window", "bread"),
    ("river", "glass"),
    ("shoes", "letter"),
    ("garden", "stone"),
)
BANNED = (("love", "heart"), ("light", "dark"), ("dream", "dreams"), ("soul", "time"))
ORDINARY = (
    "Old men play chess beside the fountain.",
    "Rain falls softly on the roof.",
    "My sister paints small wooden birds.",
    "The children are asleep in the next room.",
    "Every morning the baker sings.",
    "Clouds gather over the harbour.",
    "She keeps her letters in a blue box.",
    "The last bus leaves at nine.",
    "Farmers worry about the summer drought.",
    "A dog waits patiently at the gate.",
    "We walked home through the snow.",
    "His grandfather repaired broken clocks.",
    "Nobody remembers the name of the street.",
    "The river carries leaves to the sea.",
    "Swallows nest under the bridge.",
    "I planted three apple trees last year.",
    "The museum closes early on Sundays.",
    "Her voice filled the empty church.",
    "They danced until the lamps went out.",
    "Winter arrives without a sound.",
)
"""Sentences of everyday prose; read backwards they are none."""
BOTH_WAYS = (
    "Fathers teach sons.",
    "Love conquers fear.",
    "Poets and painters envy musicians.",
    "Cold nights make mornings bright.",
    "Rivers beyond mountains feed lakes.",
    "Teachers inspire students.",
    "Sometimes mothers call daughters.",
    "Cats chase mice and birds.",
    "Clean streets make cities happy.",
    "Hunters and wolves fear winter.",
)
"""Sentences that are sentences in both directions, written by a person."""


def turned_requests(count: int, seed: int, wordings: list[str] | None = None) -> list[dict[str, Any]]:
    """Requests for reversed poems, each of another subject: `{"kind", "prompt", "lines", "subject"}`.

    Further wordings, with `{n}` (or `{name}`) and `{s}` in them, are used for every other request.
    """
    draw = random.Random(seed)
    subjects = draw.sample(SUBJECTS, min(count, len(SUBJECTS)))
    rows = []
    for number, subject in enumerate(subjects):
        own = WORDINGS[number // 2 % len(WORDINGS)]
        wording = wordings[number // 2 % len(wordings)] if wordings and number % 2 else own
        size = draw.randrange(len(SIZES))
        prompt = wording.replace("{n}", str(SIZES[size])).replace("{name}", NAMES[size]).replace("{s}", subject)
        rows.append({"kind": "reversed", "prompt": prompt, "lines": SIZES[size], "subject": subject})
    return rows


def other_requests(count: int, seed: int) -> list[dict[str, Any]]:
    """`count` acrostics, `count` poems with a given last line and `count` with words that must and must not occur."""
    draw = random.Random(seed)
    rows: list[dict[str, Any]] = []
    for number in range(count):
        subjects = draw.sample(SUBJECTS, 3)
        word, last = ACROSTICS[number % len(ACROSTICS)], LAST_LINES[number % len(LAST_LINES)]
        needed, banned = PAIRS_OF_WORDS[number % len(PAIRS_OF_WORDS)], BANNED[number % len(BANNED)]
        size = draw.choice((4, 5, 6))
        rows += [
            {
                "kind": "acrostic",
                "prompt": f"Write an acrostic poem on the word {word} about {subjects[0]}.",
                "constraints": [{"kind": "acrostic", "word": word}],
            },
            {
                "kind": "last line",
                "lines": size,
                "prompt": f'Write a {size}-line poem about {subjects[1]} that ends with the line "{last}"',
                "constraints": [{"kind": "line", "text": last}],
            },
            {
                "kind": "words",
                "lines": size,
                "prompt": f"Write a poem of {size} lines about {subjects[2]} with the words "
                f'"{needed[0]}" and "{needed[1]}", without the words "{banned[0]}" and "{banned[1]}".',
                "constraints": [{"kind": "required", "words": needed}, {"kind": "forbidden", "words": banned}],
            },
        ]
    return rows
