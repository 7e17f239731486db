"""How one kind of person types a message. Nothing here changes what a message means."""

from dataclasses import dataclass
from random import Random
from typing import Any

import jieba

from classifiers.taxonomy import Intent, Kind
from classifiers.training.grammar.composing import HERE, Draft
from classifiers.training.grammar.families import table, traditional

_MARKS = "。！？!?~～…，,、：:；;）)】」"
_ASKS = (
    "吗",
    "呢",
    "么",
    "没",
    "不",
    "没有",
    "咋",
    "谁",
    "啥",
    "多少",
    "哪",
    "哪里",
    "几点",
    "怎么办",
)
_FLAVOUR = {
    Intent.HELP: "h",
    Intent.COMPLAINT: "c",
    Intent.REPORT: "r",
    Intent.SUGGESTION: "s",
    Intent.CONSULT: "q",
}
_WIDE = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}

_cutter = jieba.Tokenizer()  # its own: names that others add must not change what is typed


@dataclass(frozen=True, slots=True)
class Voice:
    """The habits of one kind of person; see voices.toml."""

    name: str
    about: str
    share: float
    habits: dict[str, Any]

    @property
    def spoken(self) -> float:
        """How often numbers of places are written as they are said."""
        return float(self.habits.get("spoken", 0.17))


def voices() -> list[Voice]:
    """All voices, in the order of their file."""
    return [
        Voice(f"gen-{row['name']}", row["about"], float(row["share"]), row)
        for row in table("voices")["voice"]
    ]


_CLOSERS = frozenset({"了", "吗", "吧", "呢", "啊", "哦"})  # changed only where a clause ends


def _swapped(rng: Random, text: str, pairs: list[list[str]], rate: float, most: int) -> str:
    """Some words of the text changed for others, only where they are whole words."""
    pairs = [pair for pair in pairs if pair[0] in text]
    rng.shuffle(pairs)
    done: set[str] = set()
    for old, new in pairs:
        if len(done) >= most:
            break
        if old in done or rng.random() > rate:
            continue
        found = _whole(text, old)
        if old in _CLOSERS and not (len(new) == 1 and new in "哒咧咗"):
            found = [start for start in found if start + len(old) == len(text)]
        if found:
            start = found[-1]
            text = text[:start] + new + text[start + len(old) :]
            done.add(old)
    return text


def _whole(text: str, word: str) -> list[int]:
    """Where `word` stands in `text` with both its ends at the ends of words."""
    edges, at = {0}, 0
    for piece in _cutter.cut(text, HMM=False):
        at += len(piece)
        edges.add(at)
    starts = [i for i in range(len(text) - len(word) + 1) if text.startswith(word, i)]
    return [start for start in starts if start in edges and start + len(word) in edges]


class Typist:
    """Types drafts in a voice."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.rules = table("voices")
        jieba.setLogLevel("ERROR")
        _cutter.initialize()

    def _chance(self, rate: float) -> bool:
        return self.rng.random() < rate

    def type(self, draft: Draft, voice: Voice) -> str:
        """The message as this voice types it."""
        habits = voice.habits
        if draft.raw:
            return self._finish(
                draft.clauses[0], draft, {"traditional": habits.get("traditional", 0)}
            )
        clauses = [self._clause(clause, habits) for clause in draft.clauses]
        if self._chance(habits.get("filler", 0.01)):
            spot = self.rng.randrange(len(clauses))
            clauses[spot] = self.rng.choice(self.rules["fillers"]["words"]) + clauses[spot]
        typo = habits.get("typo", 0.02)
        if self._chance(typo):
            spot = self.rng.randrange(len(clauses))
            clauses[spot] = _swapped(
                self.rng, clauses[spot], self.rules["typos"]["swaps"], 0.8, 1 + self._chance(0.3)
            )
        text = self._joined(clauses, habits)
        text = self._ended(text, draft, habits)
        text = self._coloured(text, draft, habits)
        return self._finish(text, draft, habits)

    def _clause(self, clause: str, habits: dict[str, Any]) -> str:
        rng = self.rng
        if "dialect" in habits:
            clause = _swapped(rng, clause, self.rules["dialect"][habits["dialect"]], 0.6, 3)
        if self._chance(habits.get("slang", 0.0)):
            clause = _swapped(rng, clause, self.rules["slang"]["swaps"], 0.5, 2)
        if self._chance(habits.get("particles", 0.0)):
            clause = _swapped(rng, clause, self.rules["particles"]["swaps"], 0.6, 1)
        return clause

    def _joined(self, clauses: list[str], habits: dict[str, Any]) -> str:
        styles: dict[str, float] = habits.get("punctuation", {"comma": 1})
        style = self.rng.choices(list(styles), list(styles.values()))[0]
        choices = {
            "comma": ("，",),
            "space": (" ",),
            "none": ("",),
            "mixed": ("，", "。", " ", "～", "…", "，", "。。。", ",", "、"),
            "loud": ("！", "！！", "，", "!"),
        }[style]
        text = clauses[0]
        for clause in clauses[1:]:
            mark = self.rng.choice(choices)
            # nothing between number and number: 5栋 301 is not 5栋301
            if mark == "" and (text[-1].isdigit() or text[-1] == HERE or clause[0] == HERE):
                mark = " "
            if text[-1] in _MARKS or clause[0] in "（…@":
                mark = ""
            text += mark + clause
        return text

    def _ended(self, text: str, draft: Draft, habits: dict[str, Any]) -> str:
        if draft.open_end and self._chance(table("targets")["chances"]["truncated"]):
            return text[: -self.rng.randint(1, 3)]
        rate = habits.get("end", 0.34)
        if text[-1] in _MARKS or text[-1] == HERE or not self._chance(rate):
            return text
        ends = self.rules["ends"]
        if self._chance(habits.get("loud", 0.0)):
            return text + str(self.rng.choice(ends["loud"]))
        single = draft.intent is Intent.CONSULT and len(draft.clauses) == 1
        if text.endswith(_ASKS) or single:
            return text + str(self.rng.choice(ends["ask"]))
        if draft.intent in (Intent.CONSULT, Intent.SUGGESTION):
            return text + str(self.rng.choice(("。", "。", "～", "~")))
        if draft.critical and self._chance(0.6):
            return text + str(self.rng.choice(ends["loud"]))
        if "particles" in habits and self._chance(0.6):
            return text + str(self.rng.choice(ends["soft"]))
        return text + str(self.rng.choice(ends["plain"]))

    def _coloured(self, text: str, draft: Draft, habits: dict[str, Any]) -> str:
        """Emoji and net words that go with the intent."""
        flavour = _FLAVOUR[draft.intent] if draft.intent else draft.kind.value
        if draft.core is not None and draft.core.type == "n" and flavour == "h":
            flavour = "n"
        if self._chance(habits.get("slang", 0.0) * 0.22):
            if draft.intent is Intent.COMPLAINT and not draft.critical:
                extra = self.rng.choice(self.rules["slang"]["blame"])
                text = f"{text} {extra}" if self._chance(0.7) else f"{extra} {text}"
            elif draft.kind is Kind.CHAT and len(text) > 3:
                text = f"{text} {self.rng.choice(self.rules['slang']['chat'])}"
        if self._chance(habits.get("emoji", 0.02)):
            sign = self.rng.choice(self._signs(draft, "critical" if draft.critical else flavour))
            text = sign + text if draft.critical and self._chance(0.5) else text + sign
        return text

    def _signs(self, draft: Draft, flavour: str) -> list[str]:
        kinds: dict[str, list[str]] = self.rules["emoji"]["kinds"]
        fits = [signs for start, signs in kinds.items() if draft.family.startswith(start)]
        signs: list[str] = fits[0] if fits else self.rules["emoji"][flavour]
        return signs

    def _finish(self, text: str, draft: Draft, habits: dict[str, Any]) -> str:
        text = text.replace(HERE, draft.address)
        if self._chance(habits.get("traditional", 0.0)):
            text = text.translate(traditional())
        if self._chance(habits.get("width", 0.0)):
            text = text.translate(_WIDE)
        return text
