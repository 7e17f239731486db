"""The model card: what the model was made of, every figure that can be measured, what it lacks."""

import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from classifiers import places
from classifiers.model import Classifier
from classifiers.taxonomy import CATEGORY_NAMES, Category
from classifiers.training import corpus, evaluate, everyday, texts
from classifiers.training.corpus import Message
from classifiers.training.evaluate import Seen
from classifiers.understanding import Understander

_ROWS = [
    ("issue_f1", "issue against the rest, F1", 0.97, True),
    ("kind_accuracy", "kind, accuracy over three", 0.95, True),
    ("category_macro_f1", "category, macro-F1 over the 16, on true issues", 0.94, True),
    ("intent_macro_f1", "intent, macro-F1", 0.80, True),
    ("critical_recall", "`critical`, recall", 0.95, True),
    ("critical_precision", "`critical`, precision", 0.90, True),
    ("urgency_macro_f1", "urgency, macro-F1", None, True),
    ("place_accuracy", "place (building, unit, room), exact on issues", 0.96, True),
    ("ece", "calibration of `confidence` (ECE, 15 bins)", 0.04, False),
    ("kind_and_category_accuracy", "kind and category both right", None, True),
]


def _place_right(message: Message) -> bool:
    found = places.find(message.text)
    wanted = tuple(part or None for part in message.place) if message.place else (None,) * 3
    return (found.building, found.unit, found.room) == wanted


def place_accuracy(messages: Sequence[Message]) -> float:
    """The share of the issues whose building, unit and room are all found as labelled."""
    issues = [message for message in messages if message.kind == "issue"]
    return sum(map(_place_right, issues)) / max(1, len(issues))


def answers(model: Classifier, said: Sequence[str]) -> list[Seen]:
    """What the running bot makes of each text: the model with the rules above it."""
    return [
        Seen(
            found.kind.value,
            found.category.value if found.category else "",
            found.intent.value if found.intent else "",
            found.urgency.value if found.urgency else "",
            found.confidence,
        )
        for found in Understander(model).understand(said)
    ]


def measured(messages: Sequence[Message], found: Sequence[Seen]) -> dict[str, float]:
    """All figures of the table for some messages and what was said of them."""
    values = dict(evaluate.figures(messages, found).values)
    values["place_accuracy"] = place_accuracy(messages)
    return values


def _table(columns: dict[str, dict[str, float]]) -> list[str]:
    lines = [
        "| measure | target | " + " | ".join(columns) + " |",
        "|---" * (len(columns) + 2) + "|",
    ]
    for key, name, target, high in _ROWS:
        wanted = "–" if target is None else f"{'≥' if high else '≤'} {target:.2f}"
        cells = [f"{values[key]:.3f}" for values in columns.values()]
        lines.append(f"| {name} | {wanted} | " + " | ".join(cells) + " |")
    return lines


def _confusion(counts: dict[tuple[str, str], int], names: Sequence[str]) -> list[str]:
    short = [name[:5] for name in names]
    lines = ["| labelled \\ found | " + " | ".join(short) + " |", "|---" * (len(names) + 1) + "|"]
    for wanted in names:
        cells = [str(counts.get((wanted, found), 0) or "·") for found in names]
        lines.append(f"| {wanted} | " + " | ".join(cells) + " |")
    return lines


def _data_lines(messages: Sequence[Message], everyday_count: int, corrected: int) -> list[str]:
    shares = corpus.shares(messages)
    groups = corpus.families(messages)
    copies = sum(len(group) - 1 for group in groups)
    largest = groups[0] if groups else []
    composed = sum(message.composed for message in messages)
    made = Counter(message.family for message in messages if message.family)
    rule, most = made.most_common(1)[0] if made else ("", 0)
    lines = [
        f"- {len(messages)} labelled messages, {composed} composed one by one, the rest from "
        f"careful generation; {len({m.voice for m in messages})} voices. Dev and test are other "
        "voices.",
        f"- Kinds: {shares['kind']}. Intents: {shares['intent']}. Urgency: {shares['urgency']}.",
        f"- Categories: {shares['category']}.",
        f"- Near-duplicates (Jaccard of three-character pieces from 0.6, numbers and marks taken "
        f"off): {copies} messages, {copies / max(1, len(messages)):.2%}. The largest family has "
        f"{len(largest)} messages, {len(largest) / max(1, len(messages)):.2%} of the corpus.",
        f"- The largest family of the grammar ({rule}) has {most} messages, "
        f"{most / max(1, len(messages)):.2%} of the corpus.",
        f"- {everyday_count} everyday text messages (NUS SMS Corpus) and lines of dialogue (CPED) "
        "as `chat`; a fifth of the writers is kept apart for measuring.",
        "- The encoder was pre-trained on citizens' letters and hotline complaints, the same text "
        "messages and dialogue, reviews, question titles, FewCLUE texts and the statutes on "
        "property, noise, rubbish and city order; vectors of words also on other statutes and "
        "broadcast news. Messages of dev and test were never part of it.",
    ]
    if corrected:
        lines.append(f"- {corrected} rows put right by people, each counted three times.")
    return lines


def _weaknesses(values: dict[str, float], confused: dict[tuple[str, str], int]) -> list[str]:
    lines = []
    for key, name, target, high in _ROWS:
        if target is not None and (values[key] < target if high else values[key] > target):
            lines.append(f"- {name}: {values[key]:.3f}, the target is {target:.2f}.")
    worst = sorted(
        ((count, pair) for pair, count in confused.items() if pair[0] != pair[1]), reverse=True
    )[:6]
    for count, (wanted, found) in worst:
        if not found:
            lines.append(
                f"- {CATEGORY_NAMES[Category(wanted)]} not seen as issues: {count} on test."
            )
            continue
        names = CATEGORY_NAMES[Category(wanted)], CATEGORY_NAMES[Category(found)]
        lines.append(f"- {names[0]} taken for {names[1]}: {count} times on test.")
    lines += [
        "- Trained on Mandarin and a few dialects in writing; Cantonese in its own characters, "
        "Uyghur, Tibetan, Mongolian and other scripts are not covered. Pictures and voice are not "
        "read.",
        "- A very short line without its neighbours (“又来了”) cannot be told apart by any model "
        "that sees one message; the running bot joins the pieces of a statement first.",
    ]
    return lines


def everyday_alarms(model: Classifier) -> tuple[int, int]:
    """How many everyday messages were taken for issues, and of how many."""
    said = everyday.measured(texts.data_folder())
    return sum(found.kind == "issue" for found in answers(model, said)), len(said)


def _everyday_lines(model: Classifier) -> list[str]:
    try:
        taken, count = everyday_alarms(model)
    except texts.DataMissingError:
        return ["Not measured: `GEYING_DATA` was unset in this run."]
    return [
        f"{taken} of {count} everyday text messages of writers kept apart, none of which names a "
        f"civic thing, were taken for issues: {taken / count:.2%} (target ≤ 0.30 %)."
    ]


def write(
    target: Path, messages: Sequence[Message], folder: Path, everyday: int, corrected: int
) -> None:
    """Measures the model in `target` and writes `MODEL_CARD.md` beside it."""
    model = Classifier.load(target)
    sets = {name: corpus.held_out(name, folder) for name in ("test", "dev")}
    found = {name: answers(model, [m.text for m in held]) for name, held in sets.items()}
    columns = {name: measured(sets[name], found[name]) for name in sets if sets[name]}
    alone = {
        f"{name}, model alone": measured(held, [*map(evaluate.seen, model.predict(_said(held)))])
        for name, held in sets.items()
        if held
    }
    lines = [
        "# Model card: the classifier of residents' messages",
        "",
        f"Version `{model.version}`. Written by the run that trained the model "
        "(`geying train`, seed in the last part of the version).",
        "",
        "Small Chinese transformers (4 layers of 256, characters and the words that hold them; "
        "they differ by their seed, their answers are averaged) "
        "with n-gram and word features beside them, four heads: kind, category, intent, urgency. "
        "8-bit ONNX, one graph, runs without torch.",
        f"Size on disk with tokenizer and vocabularies: {_size(target):.1f} MB. Below a confidence "
        f"of {model.threshold:.2f} an issue waits for a person (`pending_review`).",
        "",
        "## Data",
        *_data_lines(messages, everyday, corrected),
    ]
    if columns:
        lines += ["", "## Figures on voices that training never saw", *_table(columns | alone)]
        lines += [
            "",
            "Test and dev: as `geying classify` answers, with the rules of safety and of the guide "
            "above the model; an issue taken for something else has no category, which counts as "
            "wrong. Model alone: all four heads, whatever the kind. Dev served to choose shares, "
            "temperatures, calibration and threshold; test did not.",
        ]
    for name, held in sets.items():
        voices = {
            voice: measured(
                [m for m in held if m.voice == voice],
                [p for m, p in zip(held, found[name], strict=True) if m.voice == voice],
            )
            for voice in sorted({m.voice for m in held})
        }
        if voices:
            lines += ["", f"### By voice, {name}", *_table(voices)]
    shown = "test" if sets["test"] else "dev"
    tables = evaluate.figures(sets[shown], found[shown]) if sets[shown] else None
    if tables is not None:
        lines += ["", f"## Confusion, {shown}"]
        lines += [*_confusion(tables.kinds, list(corpus.HEADS["kind"])), ""]
        lines += _confusion(tables.categories, list(corpus.HEADS["category"]))
    lines += ["", "## False alarms on everyday messages", *_everyday_lines(model)]
    if tables is not None:
        lines += ["", "## Known weaknesses", *_weaknesses(columns[shown], tables.categories)]
    lines += [
        "",
        "## To reproduce",
        "`geying train` (with `GEYING_DATA` set) makes model and card; "
        "`python -m benchmarks.accuracy` measures again beside the peers and on the letters; "
        "`python -m benchmarks.speed` compares the time with a BERT-base.",
        "",
    ]
    new = target / "MODEL_CARD.new"
    new.write_text("\n".join(lines), encoding="utf-8")
    os.replace(new, target / "MODEL_CARD.md")


def _said(messages: Sequence[Message]) -> list[str]:
    return [message.text for message in messages]


def _size(folder: Path) -> float:
    names = ("network.onnx", "grams.npz", "words.txt", "tokenizer.json", "tokenizer_config.json")
    files = [folder / name for name in names] + [folder / "geying.json", folder / "features.json"]
    return sum(file.stat().st_size for file in files if file.exists()) / 1e6
