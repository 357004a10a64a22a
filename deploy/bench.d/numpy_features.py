"""The reference of the feature benchmark: the handbook's 15 features with NumPy, vectorised, on one core.

    numpy_features.py COLUMNS      (as `millrace-bench features` writes them)

Sums over a window are differences of running sums, and where a window begins is a binary search in times offset by key:
no loop over rows or keys. A round is done for each line of standard input.
"""

import json
import resource
import sys
import time

import numpy as np

DAY = 86_400_000_000
SPANS = (1, 7, 30)
DELAY = 7 * DAY


def by_key(key, when):
    """Rows in the order of (key, time), and that order as one increasing number."""
    order = np.lexsort((when, key))
    # Times of one key are apart from those of the next by more than any window reaches.
    stride = int(when.max() - when.min()) + 60 * DAY
    position = key[order] * stride + (when[order] - when.min())
    return order, position


def running(values):
    return np.concatenate(([0], np.cumsum(values)))


def features(when, customer, terminal, amount, fraud):
    out = np.empty((len(when), 15))
    out[:, 0] = amount / 100
    days = when // DAY
    out[:, 1] = (days + 3) % 7 >= 5
    out[:, 2] = when % DAY // 3_600_000_000 <= 6

    order, position = by_key(customer, when)
    money = running(amount[order])
    end = np.arange(1, len(when) + 1)
    for column, span in enumerate(SPANS):
        start = np.searchsorted(position, position - span * DAY, side="right")
        count = end - start
        out[order, 3 + column] = count
        out[order, 6 + column] = (money[end] - money[start]) / count / 100

    order, position = by_key(terminal, when)
    frauds = running(fraud[order])
    end = np.searchsorted(position, position - DELAY, side="right")
    for column, span in enumerate(SPANS):
        start = np.searchsorted(position, position - DELAY - span * DAY, side="right")
        count = end - start
        out[order, 9 + column] = count
        out[order, 12 + column] = np.where(count > 0, (frauds[end] - frauds[start]) / np.maximum(count, 1), 0)
    return out


def main():
    _, when, customer, terminal, amount, fraud = np.fromfile(sys.argv[1], dtype=np.int64).reshape(6, -1)
    print("ready", flush=True)
    for _ in sys.stdin:
        before = resource.getrusage(resource.RUSAGE_SELF)
        began = time.monotonic()
        matrix = features(when, customer, terminal, amount, fraud)
        seconds = time.monotonic() - began
        after = resource.getrusage(resource.RUSAGE_SELF)
        spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        print(json.dumps({
            "rows": len(when), "seconds": seconds, "cpu_seconds": spent, "sums": matrix.sum(axis=0).tolist()
        }), flush=True)


main()
