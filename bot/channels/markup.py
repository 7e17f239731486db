"""What WeChat writes into the text of a message itself: the quoted message, and mentions."""

from __future__ import annotations

import re
from collections.abc import Iterable

MENTION_END = "\u2005"
"""WeChat ends a mention that was picked from the list with this space."""

_QUOTE_RULE = re.compile(r"」\s*\n[-—－](?:[ \t]?[-—－]){4,}[ \t]*(?:\n|$)")
_AT = "[@＠]"
_EVERYONE = re.compile(rf"{_AT}(?:所有人|all)(?:\s|$)", re.IGNORECASE)


def split_quote(text: str) -> tuple[str | None, str]:
    """The quoted message and the sender's own words.

    WeChat writes a reply as 「name：quoted」, a line of dashes, then the own words. Without a quote
    the text comes back as it is. A quote may itself hold a quote: the last line of dashes counts.
    """
    text = text.replace("\r\n", "\n")
    if not text.startswith("「"):
        return None, text
    rules = list(_QUOTE_RULE.finditer(text))
    if not rules:
        return None, text
    quoted, own = text[1 : rules[-1].start()], text[rules[-1].end() :]
    name, colon, words = quoted.partition("：")
    return (words if colon else name).strip(), own.strip()


def strip_mention(text: str, names: Iterable[str], *, certainly: bool = False) -> tuple[str, bool]:
    """The text without the mention of a person known by `names`, and whether there was one.

    A mention is @NAME where the text begins, typed by hand or not, or @NAME ended by the space of
    WeChat anywhere. `certainly` says that the platform itself reports that person, and only that
    one, as mentioned: then a first @… counts whatever the name, since people carry another one in
    each room.
    """
    known = [re.escape(name) for name in sorted(set(names), key=len, reverse=True) if name]
    rest, mentioned = text, certainly
    patterns = [rf"{_AT}(?:{'|'.join(known)}){MENTION_END}"] if known else []
    if known:
        # At the start the space may be any, or missing; but @小格子 is somebody else where the
        # space of WeChat shows that the name goes on.
        after = rf"(?![^\s{MENTION_END}@＠]*{MENTION_END})[\s,，:：、]*"
        patterns.append(rf"^\s*{_AT}(?:{'|'.join(known)}){after}")
    if certainly:
        patterns.append(rf"{_AT}[^@＠{MENTION_END}\n]{{1,40}}{MENTION_END}")
    for pattern in patterns:
        shorter, found = re.subn(pattern, " ", rest, count=1)
        if found:
            rest, mentioned = shorter, True
            break
    return tidy(rest), mentioned


def mentions_everyone(text: str) -> bool:
    """Whether this is @所有人, which platforms report as a mention of each single member."""
    return _EVERYONE.search(text) is not None


def tidy(text: str) -> str:
    """Plain spaces for those of WeChat, nothing around the text, nothing a database refuses."""
    return text.replace(MENTION_END, " ").replace("\x00", "").strip()
