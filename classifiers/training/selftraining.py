"""What the first network is sure of teaches the others: real letters, labelled by it.

Citizens write of the same things as neighbours do, in words that no labelled message holds. Only
the category is taken over, only where it is sure, and evenly over the categories.
"""

from collections.abc import Sequence

import numpy as np

from classifiers.inference import softmax
from classifiers.training import everyday, texts
from classifiers.training.corpus import HEADS, IGNORED
from classifiers.training.finetune import Example
from classifiers.training.fitting import Fitted
from classifiers.training.tuning import both

SURE = 0.7
COOL = 2.0  # divides the logits, which are surer than they should be
EACH = 350  # titles of one category at most


def taught(fitted: Fitted) -> Sequence[Example]:
    """Titles of letters with the categories that `fitted` surely gives them; none without data."""
    try:
        titles = everyday.civic_titles(texts.data_folder())
    except texts.DataMissingError:
        return []
    deep, wide = both(fitted, titles)
    sizes = [len(names) for names in HEADS.values()]
    begin, end = sizes[0], sizes[0] + sizes[1]
    shares = np.repeat(fitted.whole.shares.numpy(), sizes)
    chances = softmax((deep + wide * shares)[:, begin:end] / COOL)
    found: list[Example] = []
    for category in range(sizes[1]):
        sure = chances[:, category]
        best = np.argsort(-sure, kind="stable")[:EACH]
        labels = [IGNORED, category, IGNORED, IGNORED]
        found += [Example(titles[place], labels) for place in best if sure[place] > SURE]
    return found
