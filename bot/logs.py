"""The log: JSON lines on standard error, never with the text of a message."""

import logging
import os
import sys

import structlog

FORBIDDEN = frozenset({"text", "words", "quote", "name", "content"})


def _without_text(
    _: object, __: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    """Nobody's words get into a log, whoever forgets it."""
    for key in FORBIDDEN & event.keys():
        event[key] = "…"
    return event


def configure(level: str | None = None) -> None:
    """Set up structlog; `GEYING_LOG` names the level (warning unless told)."""
    chosen = (level or os.environ.get("GEYING_LOG", "warning")).upper()
    number = logging.getLevelNamesMapping().get(chosen, logging.WARNING)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _without_text,
            structlog.processors.dict_tracebacks,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
    )
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    for noisy in ("alembic", "apscheduler", "jieba", "transformers", "sqlalchemy"):
        logging.getLogger(noisy).setLevel(logging.ERROR)
