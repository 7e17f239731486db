"""What the community's service window knows: a list of services, and which one a question is about.

The file is the community's own (`bot.services`), a table for each service:

    [[services]]
    name = "居住证"
    how = "本人到窗口填表，当场受理"
    papers = "身份证、租房合同、一寸照片"
    where = "社区便民服务中心2号窗口"
    hours = "工作日9:00-17:00"
    words = ["暂住证"]            # optional: what else people call it
"""

import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, ValidationError

from bot.settings import Settings, SettingsProblem
from classifiers.features import cut
from classifiers.similarity import score

# A match is clear when a word of the service is in the question, both mean much the same, and no
# other service comes near.
CLEAR = 0.2
AHEAD = 0.15
_EVERYWHERE = frozenset({
    "办理", "申请", "怎么", "如何", "手续", "材料", "需要", "补办", "换领", "新办", "登记", "证明",
    "政策", "咨询", "服务", "业务", "社区", "居民", "补贴",
})  # fmt: skip
Embed = Callable[[Sequence[str]], Sequence[bytes | None]]


class Service(BaseModel):
    """One service of the list."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    how: str
    papers: str = ""
    where: str = ""
    hours: str = ""
    words: list[str] = []


@dataclass(frozen=True, slots=True)
class _Known:
    service: Service
    question: str
    vector: NDArray[np.float32]
    keys: frozenset[str]


class Services:
    """The services, ready to be asked."""

    def __init__(self, rows: Sequence[Service], embed: Embed) -> None:
        questions = [_question(row) for row in rows]
        self._known = [
            _Known(row, question, np.frombuffer(raw, dtype=np.float32), _keys(row))
            for row, question, raw in zip(rows, questions, embed(questions), strict=True)
            if raw is not None
        ]

    def __len__(self) -> int:
        return len(self._known)

    def find(self, text: str, embedding: bytes | None) -> Service | None:
        """The service that a question is clearly about; None where it is not clear."""
        if embedding is None:
            return None
        vector = np.frombuffer(embedding, dtype=np.float32)
        ranked = sorted(
            (
                (score(text, vector, known.question, known.vector) + _longest(known, text), known)
                for known in self._known
                if _longest(known, text)
            ),
            key=lambda pair: -pair[0],
        )
        if not ranked or ranked[0][0] < CLEAR:
            return None
        if len(ranked) > 1 and ranked[0][0] - ranked[1][0] < AHEAD:
            return None
        return ranked[0][1].service


def _question(row: Service) -> str:
    return f"请问{row.name}怎么办理，要带什么材料，{'、'.join(row.words)}"


def _keys(row: Service) -> frozenset[str]:
    """What must be in a question: the service's name or other names, or a word of the name."""
    words = {word for word in cut(row.name) if len(word) > 1 and word not in _EVERYWHERE}
    return frozenset(words | {row.name, *row.words})


def _longest(known: _Known, text: str) -> float:
    """How much of the service's name the text says, a tenth for each character."""
    return max((len(key) for key in known.keys if key in text), default=0) / 10


def load(settings: Settings, embed: Embed) -> Services | None:
    """The configured list; None where there is none.

    Raises:
        SettingsProblem: when the file cannot be read or holds something else.
    """
    if not settings.bot.services:
        return None
    path = settings.source.parent / settings.bot.services
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        rows = [Service(**row) for row in content["services"]]
    except OSError as error:
        raise SettingsProblem(f"bot.services: {path} cannot be read ({error})") from error
    except tomllib.TOMLDecodeError as error:
        raise SettingsProblem(f"bot.services: {path} is not valid TOML ({error})") from error
    except (KeyError, TypeError, ValidationError) as error:
        raise SettingsProblem(
            f"bot.services: {path}: each service needs [[services]] with name and how, "
            "and may have papers, where, hours, words"
        ) from error
    return Services(rows, embed)
