"""What a classifier's probabilities say of a set of images. Each takes probabilities [n, classes], rows that add up to 1."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

SURE = 0.9
Floats = NDArray[Any]
Labels = NDArray[Any]


def classifier_score(probabilities: Floats) -> float:
    """``exp(mean KL(p(y|x) || p(y)))``, from 1 to the number of classes: sure of each, and all of them. Salimans et al. 2016."""
    p = probabilities.astype(np.float64)
    mean = p.mean(axis=0)
    ratio = np.divide(p, mean, out=np.ones_like(p), where=p > 0)
    return float(np.exp((p * np.log(ratio)).sum(axis=1).mean()))


def sure_share(probabilities: Floats, above: float = SURE) -> float:
    """Share of images whose likeliest class has a probability above ``above``: that look like something."""
    return float((probabilities.max(axis=1) > above).mean())


def class_histogram(probabilities: Floats) -> Floats:
    """Share of images [classes] whose likeliest class is each."""
    return np.bincount(probabilities.argmax(axis=1), minlength=probabilities.shape[1]) / len(probabilities)


def class_distance(real: Floats, fake: Floats) -> float:
    """Total variation distance between two class histograms: the share of images that would have to change their class."""
    return float(np.abs(class_histogram(real) - class_histogram(fake)).sum() / 2)


def conditional_accuracy(probabilities: Floats, asked: Labels) -> float:
    """Share of images whose likeliest class is the one that was asked for."""
    return float((probabilities.argmax(axis=1) == asked).mean())


def code_accuracy(probabilities: Floats, codes: Labels) -> float:
    """Share of images in the class that belongs to their code, under the best one-to-one matching of codes and classes.

    For a code that nobody named (InfoGAN, Chen et al. 2016, section 7.2); codes are whole numbers [n]. Hungarian matching.
    """
    seen = probabilities.argmax(axis=1)
    table = np.zeros((int(codes.max()) + 1, probabilities.shape[1]), np.int64)
    np.add.at(table, (codes, seen), 1)
    rows, columns = linear_sum_assignment(table, maximize=True)
    return float(table[rows, columns].sum() / len(codes))
