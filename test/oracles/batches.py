"""Small labelled batches that references are recorded on: 6 to 16 vectors of 8 numbers, exact in float32."""
from fill import fill

dim = 8


def clustered(key, labels, offset=0.6, spread=0.7, scale=1.0):
    """A point of each class plus noise, all shifted to one side, so that cosines are mostly positive."""
    noise = fill(f"{key}.noise", (len(labels), dim), 12**0.5).double()
    centres = fill(f"{key}.centres", (max(labels) + 1, dim), 12**0.5).double()
    return ((centres[labels] * 0.7 + noise * spread + offset) * scale).float()


def ordinary(key):
    labels = [0, 1, 2, 3] * 3
    return clustered(key, labels), labels


def wide(key):
    """16 rows, two per class in order, norms far from 1"""
    labels = [i // 2 for i in range(16)]
    lengths = fill(f"{key}.lengths", (16, 1), 6.0, 4.0)
    return clustered(key, labels) * lengths, labels


def duplicates(key):
    """rows 0 and 1 are one image, and so are 6 and 9"""
    labels = [0, 0, 0, 0, 1, 1, 1, 2, 2, 1, 2, 2]
    x = clustered(key, labels)
    x[1], x[9] = x[0], x[6]
    return x, labels


def lonely(key):
    """class 3 has one image"""
    labels = [0, 1, 2, 0, 1, 2, 0, 1, 2, 3, 0, 1]
    return clustered(key, labels), labels


def one_class(key):
    labels = [2] * 12
    return clustered(key, labels), labels


def collapsed(key):
    labels = [0, 1, 2, 3] * 3
    return fill(f"{key}.point", (1, dim), 12**0.5).repeat(12, 1), labels


def opposed(key):
    """no shift, two images per class: half of the cosines are negative, and so are some of the only positives'"""
    labels = [0, 1, 2, 3, 4, 5] * 2
    return clustered(key, labels, offset=0.0, spread=1.0), labels


def tight(key):
    """classes well apart: few terms are active"""
    labels = [0, 0, 1, 1, 2, 2, 3, 3, 0, 1, 2, 3]
    return clustered(key, labels, offset=0.3, spread=0.15), labels


def plain(key):
    """two images per class, for triplets that every reading of "semi-hard" chooses alike"""
    labels = [0, 0, 1, 1, 2, 2]
    return clustered(key, labels, offset=0.3), labels


makers = {
    f.__name__.replace("_", "-"): f for f in (ordinary, wide, duplicates, lonely, one_class, collapsed, opposed, tight, plain)
}
