"""The unlabelled text that the encoder is pre-trained on.

It is found by the environment variable `GEYING_DATA` (the layout of its SOURCES file); nothing of
it is ever copied into the project. Messages of the dev and test voices never enter.
"""

import csv
import gzip
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from classifiers.features import normalise

PIECE = 62  # characters of one training line: with [CLS] and [SEP] a row of 64
_STOPS = re.compile(r"(?<=[。！？；!?;\n])")
_TAG = re.compile(r"<[^>]*>|<?(?:p|strong|/p|/strong)\b[^\u4e00-\u9fff]*")
_LAW_TOPICS = re.compile(
    "物业|业主|噪声|噪音|垃圾|环境卫生|市容|消防|停车|电梯|燃气|供水|供电|供热|绿化|城管|养犬|"
    "违法建设|社区|居民|老年人|残疾人|治安|信访|养老|救助|油烟|排水|路灯|井盖|公共设施"
)


class DataMissingError(RuntimeError):
    """`GEYING_DATA` is unset or does not hold what a recipe needs."""


def data_folder() -> Path:
    """The folder of `GEYING_DATA`; raises `DataMissingError` where there is none."""
    value = os.environ.get("GEYING_DATA", "")
    folder = Path(value)
    if not value or not folder.is_dir():
        raise DataMissingError("GEYING_DATA does not name a folder of training texts")
    return folder


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines)


def _lines(path: Path) -> Iterator[str]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        yield from lines


def pieces(text: str, size: int = PIECE) -> Iterator[str]:
    """Normalised pieces of at most `size` characters, cut at the ends of sentences if possible."""
    held = ""
    for part in _STOPS.split(text):
        clean = normalise(part)
        while len(clean) > size:
            if held:
                yield held
                held = ""
            comma = max(clean.rfind(mark, size // 2, size) for mark in ",、 :")
            end = comma + 1 if comma > 0 else size
            yield clean[:end]
            clean = clean[end:]
        if len(held) + len(clean) > size:
            yield held
            held = clean
        else:
            held += clean
    if held:
        yield held


def close_texts(folder: Path) -> Iterator[str]:
    """What stands nearest to the talk of a neighbourhood: letters, hotline, messages, dialogue."""
    for row in _rows(folder / "civic/letters_train_titles.csv"):
        yield row["title"]
    for row in _rows(folder / "civic/letters_train_details.csv"):
        yield row["detail"]
    for name in ("letters_unlabelled.csv", "hotline_fuzhou_train.csv"):
        for row in _rows(folder / "civic" / name):
            yield row["title"]
            yield row.get("detail") or row.get("text") or ""
    for row in _rows(folder / "chat/sms_train.csv"):
        yield row["text"]
    scene, said = "", ""
    for row in _rows(folder / "chat/dialogue_train.csv"):
        if row["dialogue"] != scene or len(said) > PIECE - 16:
            yield said
            scene, said = row["dialogue"], ""
        said += row["text"] + " "
    yield said


def wide_texts(folder: Path) -> Iterator[str]:
    """Further text: questions, reviews, mixed sentences, and the laws on our own subjects."""
    for name in ("reviews_sophonplus", "zhihu_hot_titles", "fewclue_texts"):
        yield from _lines(folder / "text" / f"{name}.txt.gz")
    for line in _lines(folder / "text/laws.txt.gz"):
        if _LAW_TOPICS.search(line):
            yield line


def far_texts(folder: Path) -> Iterator[str]:
    """The rest: all other laws, and broadcast news. Good for vectors of words."""
    for line in _lines(folder / "text/laws.txt.gz"):
        if not _LAW_TOPICS.search(line):
            yield line
    for line in _lines(folder / "text/xinwenlianbo.txt.gz"):
        yield _TAG.sub(" ", line)


def cleaned(texts: Iterable[str], barred: frozenset[str] = frozenset()) -> Iterator[str]:
    """Normalised pieces of the texts, each once, without those in `barred` (normalised too)."""
    seen: set[int] = set()
    for text in texts:
        for piece in pieces(text):
            mark = hash(piece)
            if len(piece) < 3 or mark in seen or piece in barred:
                continue
            seen.add(mark)
            yield piece
