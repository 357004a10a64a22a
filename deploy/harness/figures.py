"""How figures are said: one line each, with what was expected of it."""

import statistics
import sys


class Figures:
    """Collects PASS and FAIL; `end()` gives the exit code."""

    def __init__(self):
        self.failures = 0
        self.checks = 0

    def note(self, text):
        print(f"       {text}", flush=True)

    def check(self, name, holds, figure="", expected=""):
        self.checks += 1
        self.failures += 0 if holds else 1
        line = f"{'PASS' if holds else 'FAIL'}   {name}"
        if figure != "":
            line += f": {figure}"
        if expected != "":
            line += f"  (expected {expected})"
        print(line, flush=True)
        return holds

    def at_least(self, name, value, least, digits=2):
        return self.check(name, value >= least, f"{value:.{digits}f}", f"at least {least}")

    def at_most(self, name, value, most, digits=2):
        return self.check(name, value <= most, f"{value:.{digits}f}", f"at most {most}")

    def end(self):
        print("all passed" if not self.failures else f"{self.failures} FAILED", flush=True)
        return 1 if self.failures else 0


def section(title):
    print(f"\n== {title}", flush=True)


def progress(text):
    print(text, file=sys.stderr, flush=True)


def median(values):
    return statistics.median(values)


def spread(values, digits=2):
    return "/".join(f"{v:.{digits}f}" for v in sorted(values))
