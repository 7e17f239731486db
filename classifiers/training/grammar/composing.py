"""From a wording to a message: an opener, a place, what follows; with the labels that hold then."""

import re
from dataclasses import dataclass, field, replace
from random import Random

from classifiers.taxonomy import Category, Intent, Kind, Urgency
from classifiers.training.grammar.families import INTENTS, Core, Family, parts, table
from classifiers.training.grammar.phrases import SUPPLY, Phrases
from classifiers.training.grammar.places import Label, spell

HERE = "\ue000"  # stands for the address until the message has been typed
_CHOICE = re.compile(r"\{([^{}]*)\}")
_SLOT = re.compile(r"<([A-Za-z]+)>")
_BREAK = re.compile(r"[ ，]+")
_UNDERGROUND = frozenset({Category.TRAFFIC, Category.PROPERTY})
_INDOORS = ("home", "hall")
_NUMERALS = "0123456789零一二两三四五六七八九十"


@dataclass(slots=True)
class Draft:
    """A message before it is typed: its clauses, its labels, the address for `HERE`."""

    family: str
    kind: Kind
    clauses: list[str]
    raw: bool = False
    category: Category | None = None
    intent: Intent | None = None
    urgency: Urgency | None = None
    place: Label | None = None
    address: str = ""
    open_end: bool = False  # the last clause may be cut short
    core: Core | None = field(default=None, repr=False)

    @property
    def critical(self) -> bool:
        """Whether it is labelled critical."""
        return self.urgency is Urgency.CRITICAL


class Composer:
    """Puts messages together; everything random comes from one generator."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.phrases = Phrases(rng)
        words = table("words")
        self.slots: dict[str, list[str]] = words["slots"]
        self.landmarks: dict[str, list[str]] = words["landmarks"]
        self.relations: list[str] = words["relations"]["out"]

    def _chance(self, rate: float) -> bool:
        return self.rng.random() < rate

    def compose(self, family: Family, core: Core, spoken_rate: float = 0.2) -> Draft:
        """One message of this wording; `spoken_rate`: how often a place is written as said."""
        draft = Draft(family.id, family.kind, [], raw=family.raw, core=core)
        if family.kind is Kind.ISSUE:
            draft.category, draft.urgency = core.category, core.urgency
            draft.intent = INTENTS[core.type]
        text = self._filled(core.text, draft, family.style, spoken_rate)
        if family.raw:
            draft.clauses = [text]
        elif family.kind is Kind.ISSUE:
            self._dress(draft, family, core, _clauses(text), spoken_rate)
        else:
            draft.clauses = self._mannered(draft, family, _clauses(text))
        return draft

    def join(self, first: Draft, second: Draft) -> Draft:
        """Two matters in one message: the graver one gives the labels, of equals the first."""
        if first.urgency is None or second.urgency is None:
            raise ValueError("only issues are joined")
        graver = second if second.urgency.rank > first.urgency.rank else first
        clauses = [*first.clauses, self.rng.choice(parts()["tail.pair"]), *second.clauses]
        place, address = first.place, first.address
        return replace(graver, clauses=clauses, place=place, address=address, open_end=False)

    # -- around the matter -------------------------------------------------------------------

    def _dress(
        self, draft: Draft, family: Family, core: Core, clauses: list[str], spoken_rate: float
    ) -> None:
        asked, style = core.type in "qs", family.style
        placed = bool(draft.address)
        if core.leads and style != "no" and not placed and self._chance(0.16 if asked else 0.78):
            clauses = self._lead(draft, style, clauses[0], spoken_rate) + clauses[1:]
            placed = True
        opener = self.phrases.opener(family, core, style)
        tails, draft.intent = self.phrases.tails(family, core, INTENTS[core.type])
        draft.open_end = bool(tails)
        clauses += [clause for tail in tails for clause in _clauses(tail)]
        trails = style in ("home", "flat", "hall", "out", "lift") and not placed and not asked
        if trails and self._chance(0.3):
            clauses.append(self._trail(draft, style, spoken_rate))
            draft.open_end = False
        draft.clauses = [opener, *clauses] if opener else clauses

    def _mannered(self, draft: Draft, family: Family, clauses: list[str]) -> list[str]:
        """What is no issue, with what such speakers put before and after."""
        if family.before and self._chance(0.2):
            clauses.insert(0, self.rng.choice(family.before))
        if family.after and self._chance(0.3):
            after = self._filled(self.rng.choice(family.after), draft, family.style, 0)
            clauses += [clause for clause in _clauses(after) if clause not in clauses[-1]]
        return clauses

    def _filled(self, text: str, draft: Draft, style: str, spoken_rate: float) -> str:
        """The text with one of each {a|b} chosen and every <slot> filled."""
        while match := _CHOICE.search(text):
            choice = self.rng.choice(match[1].split("|"))
            text = text[: match.start()] + choice + text[match.end() :]

        def slot(match: re.Match[str]) -> str:
            if match[1] == "P":
                return self._put(draft, self._level(style), spoken_rate, style in _INDOORS)
            if match[1] == "B":
                return self._put(draft, self._level("out"), spoken_rate, floors=False)
            if match[1] == "L":
                return self._landmark(draft, style)
            return self.rng.choice(self.slots[match[1]])

        return _SLOT.sub(slot, text).strip()

    # -- places ------------------------------------------------------------------------------

    def _level(self, style: str, category: Category | None = None) -> str:
        """How fine an address goes with a matter of this style."""
        ranged = 20 if category in SUPPLY else 0
        shares: dict[str, dict[str, float]] = {
            "flat": {"room": 1},
            "home": {"room": 50, "unit": 22, "building": 28},
            "no": {"room": 14, "unit": 44, "building": 42},
            "hall": {"unit": 52, "building": 44, "room": 4},
            "lift": {"unit": 52, "building": 48},
            "area": {"building": 66, "range": ranged, "unit": 14},
        }
        levels = shares.get(style, {"building": 84, "unit": 16})
        return self.rng.choices(list(levels), list(levels.values()))[0]

    def _landmark(self, draft: Draft, style: str) -> str:
        if style == "street":
            return self.rng.choice(self.landmarks["street"])
        if draft.category in _UNDERGROUND and self._chance(0.2):
            return self.rng.choice(self.landmarks["garage"])
        return self.rng.choice(self.landmarks["yard"])

    def _put(self, draft: Draft, level: str, spoken_rate: float, floors: bool = True) -> str:
        spelled = spell(self.rng, level, spoken_rate, self.slots["estate"], floors)
        draft.address = spelled.text
        if draft.kind is Kind.ISSUE:
            draft.place = spelled.label
        return HERE

    def _lead(self, draft: Draft, style: str, first: str, spoken_rate: float) -> list[str]:
        """The first clause with a place before it, or place and clause apart."""
        if style == "any":
            style = self.rng.choice(("hall", "out"))
        where = self._vague(draft, style)
        if where is None:
            level = self._level("out" if style == "street" else style, draft.category)
            where = self._put(draft, level, spoken_rate, style in _INDOORS)
            if style in ("out", "street"):
                where += self.rng.choice(self.relations)
            elif self._chance(0.04):
                return [f"我是{where}的", first]
            elif self._chance(0.1):
                where = self.rng.choice((f"我们{where}", f"{where}这边"))
        apart = first[0] in _NUMERALS or not self._chance(0.64)  # 405 and 二房东 are not 4052房东
        return [where, first] if apart else [where + first]

    def _vague(self, draft: Draft, style: str) -> str | None:
        """A place that has no number: a landmark, an estate, our building."""
        chance = {"street": 0.9, "out": 0.3, "area": 0.22, "hall": 0.1, "lift": 0.1}.get(style, 0)
        if not self._chance(chance):
            return None
        if style in ("street", "out"):
            return self._landmark(draft, style)
        if style == "area":
            estate = self.rng.choice(self.slots["estate"])
            return self.rng.choice(("我们小区", "咱小区", "本小区", "我们这", "我们楼", estate))
        return self.rng.choice(("我们栋", "我们单元", "咱这栋", "本单元", "我们这栋楼"))

    def _trail(self, draft: Draft, style: str, spoken_rate: float) -> str:
        """The speaker's address, or where it is, behind everything."""
        level = self._level(style)
        where = self._put(draft, level, spoken_rate, style in _INDOORS)
        forms = ["{}", "{}", "（{}）", "我是{}的", "位置{}", "在{}"]
        if level == "room":
            forms = ["{}", "{}", "{}", "……{}", "我家{}", "地址{}", "住{}", "（{}）", "门牌{}"]
        elif style == "out":
            forms = ["就在{}这", "{}楼下", "位置{}门口", "（{}旁边）", "在{}这边"]
        return self.rng.choice(forms).format(where)


def _clauses(text: str) -> list[str]:
    return [clause for clause in _BREAK.split(text) if clause]
