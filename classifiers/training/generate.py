"""Writes the generated part of the corpus: labelled messages from the grammar, by a seed.

    python -m classifiers.training.generate classifiers/corpus/generated-a.txt --seed 7

Each line carries its family (`@fac_streetlight`), so that whoever trains can weigh or leave out
one. No two lines are near-copies: their own words share at most `LIKENESS` of their character
trigrams, and differ in more than numbers and marks.
"""

import argparse
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from classifiers.taxonomy import Category, Kind, Urgency
from classifiers.training.grammar.composing import Composer, Draft
from classifiers.training.grammar.families import Core, Family, families, table, traditional
from classifiers.training.grammar.voicing import Typist, Voice, voices

LIKENESS = 0.7
SEED = 20261122
USES = 3  # of one wording at most
DASHES = "- - - - - - - - - - - - - - -"
_OWN_WORDS = re.compile(r"^「.*」\\n[- ]+\\n", re.DOTALL)
_REST = re.compile(r"[\W_]+")
_SIMPLE = {ord(new): chr(old) for old, new in traditional().items()}
_ANSWERS = frozenset(
    {"ch_ack", "ch_insult", "ch_argue", "ch_sticker", "ch_thanks", "ch_figurative"}
)


@dataclass(frozen=True, slots=True)
class Line:
    """One labelled message; `place` as in the corpus files."""

    labels: str
    family: str
    text: str

    def __str__(self) -> str:
        return f"{self.labels} @{self.family} | {self.text}"


def own_words(text: str) -> str:
    """The speaker's own words without marks and spaces; the text where nothing else is left."""
    said = _OWN_WORDS.sub("", text).translate(_SIMPLE)
    return _REST.sub("", said).lower() or said


def trigrams(text: str) -> frozenset[str]:
    """The character trigrams of a text; of a shorter one, the text."""
    return frozenset(text[i : i + 3] for i in range(len(text) - 2)) or frozenset({text})


class Copies:
    """What has been said, to refuse what is nearly the same."""

    def __init__(self) -> None:
        self._grams: list[frozenset[str]] = []
        self._where: dict[str, list[int]] = defaultdict(list)
        self._marks: set[str] = set()

    def add(self, text: str) -> bool:
        """Whether the text is new enough; remembers it if so."""
        words = own_words(text)
        mark = re.sub(r"\d+", "", words) or words
        grams = trigrams(words)
        if mark in self._marks or self._near(grams):
            return False
        self._marks.add(mark)
        for gram in grams:
            self._where[gram].append(len(self._grams))
        self._grams.append(grams)
        return True

    def _near(self, grams: frozenset[str]) -> bool:
        shared = Counter(number for gram in grams for number in self._where.get(gram, ()))
        return any(
            both > LIKENESS * (len(grams) + len(self._grams[number]) - both)
            for number, both in shared.items()
        )


class Generator:
    """Draws lines family by family until each has its share."""

    def __init__(self, seed: int) -> None:
        self.rng = Random(seed)
        self.composer = Composer(self.rng)
        self.typist = Typist(self.rng)
        self.voices = voices()
        self.copies = Copies()
        self.chances: dict[str, float] = table("targets")["chances"]
        self.plain = [
            (family, core)
            for family in families()
            if family.kind is Kind.ISSUE and not family.raw
            for core in family.cores
            if core.type == "n" and core.urgency is not Urgency.CRITICAL and family.who != "sq"
        ]
        self.quotable = [
            (family, core)
            for family in families()
            if family.kind is Kind.ISSUE and not family.raw
            for core in family.cores
            if core.type in "nhc" and core.category is not Category.WELFARE
        ]

    def lines(self) -> dict[str, list[Line]]:
        """All lines by the name of their voice, in random order."""
        found: dict[str, list[Line]] = {voice.name: [] for voice in self.voices}
        for family, count in shares(families()):
            for name, line in self._of_family(family, count):
                found[name].append(line)
        for lines in found.values():
            self.rng.shuffle(lines)
        return found

    def _of_family(self, family: Family, count: int) -> Iterable[tuple[str, Line]]:
        used: Counter[int] = Counter()
        order = list(range(len(family.cores)))
        self.rng.shuffle(order)
        for _ in range(count):
            for number in sorted(order, key=lambda n: used[n])[:60]:
                line = self._try(family, family.cores[number]) if used[number] < USES else None
                if line is not None:
                    used[number] += 1
                    yield line
                    break

    def _try(self, family: Family, core: Core) -> tuple[str, Line] | None:
        for _ in range(4):
            voice = self.rng.choices(self.voices, [voice.share for voice in self.voices])[0]
            draft = self.composer.compose(family, core, voice.spoken)
            draft = self._paired(draft, voice)
            text = self._dressed(self.typist.type(draft, voice), draft, family)
            if self.copies.add(text):
                return voice.name, Line(labels(draft), draft.family, text)
        return None

    def _paired(self, draft: Draft, voice: Voice) -> Draft:
        """Now and then a second matter of another kind in the same message."""
        rate = self.chances["two_matters"]
        plain = draft.core is not None and draft.core.type == "n" and not draft.critical
        odd = draft.raw or not plain or draft.category in (Category.WELFARE, Category.DISPUTE)
        if odd or self.rng.random() > rate:
            return draft
        family, core = self.rng.choice(self.plain)
        if core.category is draft.category or "<P>" in core.text:
            return draft
        second = self.composer.compose(family, core, voice.spoken)
        if second.address:
            return draft
        return self.composer.join(draft, second)

    def _dressed(self, text: str, draft: Draft, family: Family) -> str:
        """A mention before it, or the message that it answers above it."""
        kind, rng = draft.kind.value, self.rng
        if draft.raw or "\\n" in text:
            return text
        quotes = kind != "chat" or family.id in _ANSWERS
        rate = self.chances[f"quote_{kind}"] * (4 if kind == "chat" else 1)
        if quotes and rng.random() < rate:
            said = self._quoted()
            return f"「{rng.choice(self.composer.slots['name'])}：{said}」\\n{DASHES}\\n{text}"
        if rng.random() < self.chances[f"mention_{kind}"]:
            asked = rng.random() < {"issue": 0.9, "followup": 0.5, "chat": 0.1}[kind]
            staff = "manager" if family.who == "wy" else "staff"
            names = self.composer.slots[staff if asked else "name"]
            return f"@{rng.choice(names)} {text}"
        return text

    def _quoted(self) -> str:
        family, core = self.rng.choice(self.quotable)
        draft = self.composer.compose(family, core)
        return self.typist.type(draft, self.voices[0])


def labels(draft: Draft) -> str:
    """The labels as they stand before the text in a corpus file."""
    if draft.kind is not Kind.ISSUE:
        return draft.kind.value
    place = "/".join(draft.place) if draft.place and any(draft.place) else "-"
    return f"issue {draft.category} {draft.intent} {draft.urgency} {place}"


def shares(known: Sequence[Family]) -> list[tuple[Family, int]]:
    """How many lines each family gets: its weight within its category or kind."""
    targets = table("targets")
    goals: dict[str, int] = {**targets["issue"], **targets["rest"]}
    names = [str(family.category or family.kind) for family in known]
    whole = Counter[str]()
    for family, name in zip(known, names, strict=True):
        whole[name] += family.weight
    return [
        (family, round(goals[name] * family.weight / whole[name]))
        for family, name in zip(known, names, strict=True)
    ]


def render(found: dict[str, list[Line]]) -> str:
    """The corpus file."""
    blocks = []
    for voice in voices():
        head = f"# voice: {voice.name} | generated | {voice.about}"
        blocks.append("\n".join([head, *map(str, found[voice.name])]))
    return "\n\n".join(blocks) + "\n"


def main(arguments: Sequence[str] | None = None) -> None:
    """Writes the file that is named; the same seed gives the same file."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--seed", type=int, default=SEED)
    given = parser.parse_args(arguments)
    given.out.write_text(render(Generator(given.seed).lines()), encoding="utf-8")


if __name__ == "__main__":
    main()
