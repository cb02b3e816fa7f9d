"""The loops of a training step, each over a span of items, features or parameters.

They are written out entry by entry, for they are compiled (saetm.compiled). Items do not touch
each other, nor do features, so that spans can run side by side and give the same bits.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from saetm.crew import Span

LANES = 16  # columns looked at together, for most hold nothing
TINY = np.finfo(np.float32).tiny * np.float32(128)  # its step is a normal number


class Pairs(NamedTuple):
    """Active entries of n items, sorted by item and then by feature."""

    start: NDArray[np.int32]  # (n + 1,)
    feature: NDArray[np.int32]  # (A,)
    value: NDArray[np.float32]  # (A,)
    gradient: NDArray[np.float32]  # (A,) of the loss by the value


class Turned(NamedTuple):
    """The same entries, sorted by feature and then by item."""

    start: NDArray[np.int32]  # (K + 1,)
    item: NDArray[np.int32]  # (A,)
    place: NDArray[np.int32]  # (A,) among those sorted by item


class Pace(NamedTuple):
    """How far a step of Adam goes; both numbers undo that its moments begin at zero."""

    rate: np.float32  # learning rate over 1 - decay of the first moment to the power of the step
    root: np.float32  # 1 over the root of the same for the second moment


class Rounded(NamedTuple):
    """Where vectors are written in eight bits (saetm.sae.quantised)."""

    numbers: NDArray[np.int8]  # (m, D)
    steps: NDArray[np.float32]  # (m,)
    norms: NDArray[np.float32]  # (m,)


def find_above(
    span: Span,
    products: NDArray[np.int32],
    limits: NDArray[np.int32],
    counts: NDArray[np.int64],
) -> NDArray[np.int32]:
    """List the columns where rows of (n, K) products exceed (K,) limits; count them per row."""
    n_columns = products.shape[1]
    n_whole = n_columns // LANES * LANES
    found = np.empty(64 * (span[1] - span[0]) + n_columns, np.int32)
    n_found = 0
    for item in range(span[0], span[1]):
        if n_found + n_columns > len(found):
            found = np.concatenate((found, np.empty(len(found) + n_columns, np.int32)))
        row, before = products[item], n_found
        for start in range(0, n_whole, LANES):
            part, limit = row[start : start + LANES], limits[start : start + LANES]
            hit = np.uint8(0)
            for lane in range(LANES):
                hit |= np.uint8(part[lane] > limit[lane])
            if hit:
                for lane in range(LANES):
                    found[n_found] = start + lane
                    n_found += part[lane] > limit[lane]
        for column in range(n_whole, n_columns):
            found[n_found] = column
            n_found += row[column] > limits[column]
        counts[item] = n_found - before
    return found[:n_found]


def multiply_pairs(
    span: Span,
    start: NDArray[np.int32],
    column: NDArray[np.int32],
    left: NDArray[np.float32],
    right: NDArray[np.float32],
    products: NDArray[np.float32],
) -> None:
    """Write inner products of (n, D) and (K, D) vectors at pairs sorted by row, (A,).

    Args:
        span: rows.
        start: (n + 1,) first pair of each row.
        column: (A,).
        left: (n, D).
        right: (K, D).
        products: (A,), written.
    """
    for row in range(span[0], span[1]):
        vector = left[row]
        for pair in range(start[row], start[row + 1]):
            other, product = right[column[pair]], np.float32(0)
            for axis in range(left.shape[1]):
                product += vector[axis] * other[axis]
            products[pair] = product


def halve_pairs(
    span: Span,
    start: NDArray[np.int32],
    column: NDArray[np.int32],
    left: NDArray[np.float32],
    right: NDArray[np.float32],
    products: NDArray[np.float32],
) -> None:
    """Do as `multiply_pairs`, adding the second half of the terms to the first until one is left.

    The order of additions depends on the dimension alone, so it gives the same bits on all
    machines.
    """
    terms = np.empty(left.shape[1], np.float32)
    for row in range(span[0], span[1]):
        vector = left[row]
        for pair in range(start[row], start[row + 1]):
            other, width = right[column[pair]], len(terms)
            for axis in range(width):
                terms[axis] = vector[axis] * other[axis]
            while width > 1:
                half = (width + 1) // 2
                for axis in range(width - half):
                    terms[axis] += terms[half + axis]
                width = half
            products[pair] = terms[0]


def mark_largest(
    span: Span,
    start: NDArray[np.int32],
    value: NDArray[np.float32],
    limits: NDArray[np.float32],
    marked: NDArray[np.bool_],
) -> None:
    """Mark as many of a row's (A,) values as it has limits, (n, k): the largest, first of equals.

    Args:
        span: rows, each with k values or more.
        start: (n + 1,) first value of each row.
        value: (A,).
        limits: (n, k), written: the values marked, rising.
        marked: (A,), written.
    """
    count = limits.shape[1]
    for row in range(span[0], span[1]):
        largest_of_row = limits[row]
        largest_of_row[:] = -np.inf
        for pair in range(start[row], start[row + 1]):
            if value[pair] > largest_of_row[0]:
                place = 0
                while place + 1 < count and largest_of_row[place + 1] < value[pair]:
                    largest_of_row[place] = largest_of_row[place + 1]
                    place += 1
                largest_of_row[place] = value[pair]
        least, above = largest_of_row[0], 0
        for place in range(count):
            above += largest_of_row[place] > least
        for pair in range(start[row], start[row + 1]):
            is_equal = value[pair] == least
            marked[pair] = value[pair] > least or (is_equal and above < count)
            above += is_equal


def reconstruct_items(
    span: Span,
    pairs: Pairs,
    items: NDArray[np.float32],
    decoder: NDArray[np.float32],
    slope: NDArray[np.float32],
) -> float:
    """Reconstruct (n, D) centred items; write the gradients of the mean squared error.

    Args:
        span: items.
        pairs: active entries; their gradients are written.
        items: (n, D).
        decoder: (K, D).
        slope: (n, D), written: the gradient by the reconstruction.

    Returns:
        The summed squared error.
    """
    dimension, scale = items.shape[1], np.float32(-2 / len(items))
    total = 0.0
    for item in range(span[0], span[1]):
        left, whole, error = slope[item], items[item], np.float32(0)
        for axis in range(dimension):
            left[axis] = whole[axis]
        for pair in range(pairs.start[item], pairs.start[item + 1]):
            direction, value = decoder[pairs.feature[pair]], pairs.value[pair]
            for axis in range(dimension):
                left[axis] -= value * direction[axis]
        for axis in range(dimension):
            error += left[axis] * left[axis]
            left[axis] *= scale
        total += float(error)
        for pair in range(pairs.start[item], pairs.start[item + 1]):
            direction, along = decoder[pairs.feature[pair]], np.float32(0)
            for axis in range(dimension):
                along += left[axis] * direction[axis]
            pairs.gradient[pair] = along
    return total


def sum_vectors(
    span: Span,
    turned: Turned,
    weights: NDArray[np.float32],
    vectors: NDArray[np.float32],
    sums: NDArray[np.float32],
) -> None:
    """Write to (K, D) sums what (n, D) vectors of each feature's items add up to.

    Args:
        span: features.
        turned: active entries.
        weights: (A,) of the entries, sorted by item.
        vectors: (n, D).
        sums: (K, D), written.
    """
    for feature in range(span[0], span[1]):
        total = sums[feature]
        total[:] = 0
        for turn in range(turned.start[feature], turned.start[feature + 1]):
            vector, weight = vectors[turned.item[turn]], weights[turned.place[turn]]
            for axis in range(vectors.shape[1]):
                total[axis] += weight * vector[axis]


def follow(
    span: Span,
    gradient: NDArray[np.float32],
    parameter: NDArray[np.float32],
    first: NDArray[np.float32],
    second: NDArray[np.float32],
    pace: Pace,
) -> None:
    """Take a step of Adam with rows of (m, D) parameters, and renew both moments.

    References:
        Kingma and Ba (2015), algorithm 1, with its decays of 0.9 and 0.999 and epsilon of 1e-8.
    """
    for row in range(span[0], span[1]):
        slopes, numbers, means, squares = gradient[row], parameter[row], first[row], second[row]
        for axis in range(gradient.shape[1]):
            slope = slopes[axis]
            mean = np.float32(0.9) * means[axis] + np.float32(0.1) * slope
            square = np.float32(0.999) * squares[axis] + np.float32(0.001) * slope * slope
            means[axis], squares[axis] = mean, square
            size = np.sqrt(square) * pace.root + np.float32(1e-8)
            numbers[axis] -= pace.rate * mean / size


def tie_features(
    span: Span, encoder: NDArray[np.float32], decoder: NDArray[np.float32], pull: np.float32
) -> None:
    """Scale (K, D) decoder rows to norm one, and pull the encoder's towards their direction.

    Args:
        span: features.
        encoder: (K, D).
        decoder: (K, D).
        pull: share of an encoder row's part across its decoder row that is taken away.
    """
    for feature in range(span[0], span[1]):
        row, direction = encoder[feature], decoder[feature]
        squares, along = np.float32(0), np.float32(0)
        for axis in range(encoder.shape[1]):
            squares += direction[axis] * direction[axis]
        scale = np.float32(1) / np.sqrt(squares)
        for axis in range(encoder.shape[1]):
            direction[axis] *= scale
            along += row[axis] * direction[axis]
        for axis in range(encoder.shape[1]):
            row[axis] += pull * (along * direction[axis] - row[axis])


def round_rows(span: Span, vectors: NDArray[np.float32], rounded: Rounded) -> None:
    """Write (m, D) vectors in eight bits, each in steps for its largest component."""
    largest = rounded.steps.view(np.int32)
    for place in range(span[0], span[1]):
        row, number = vectors[place], rounded.numbers[place]
        bits, most, squares = row.view(np.int32), np.int32(0), np.float32(0)
        for axis in range(vectors.shape[1]):  # bits of magnitudes order like the magnitudes
            most = max(most, bits[axis] & np.int32(0x7FFFFFFF))
            squares += row[axis] * row[axis]
        largest[place] = most
        rounded.norms[place] = np.sqrt(squares)
        rounded.steps[place] = max(rounded.steps[place], TINY) / np.float32(127)
        scale = np.float32(1) / rounded.steps[place]
        for axis in range(vectors.shape[1]):
            number[axis] = np.int8(np.rint(row[axis] * scale))
