"""Promises broken on purpose: what chaos must notice of each. The switches are compiled into a program of its own."""

import os
import subprocess
from pathlib import Path

from ..figures import section
from ..program import ROOT
from .plan import SIZES, plan

# A run that leaves everything alone but what the mutation's own size says.
CALM = SIZES["short"]._replace(
    seconds=60, events=60_000, customers=360, kills=0, points=0, stops=0, leaves=0, twins=0, broker_kills=0, cuts=0,
    delays=0, fills=0, clocks=0)


def any_step(_):
    return True


# Name to: the promise that is broken, the size that brings it to light, and which steps of processes it takes.
MUTATIONS = {
    "commit-first": ("1", CALM._replace(points=40, events=30_000), lambda step: ".sent-before-commit" in str(step)),
    "skip-lock": ("2", CALM._replace(twins=2, seconds=45), any_step),
    "no-fencing": ("2", CALM._replace(kills=10, seconds=45), any_step),
    "fresh-metadata": ("1, 2", CALM._replace(stalls=1, events=30_000), any_step),
    "seal-on-revoke": ("3", CALM._replace(leaves=8, seconds=45), any_step),
    "paused-is-idle": ("3", CALM._replace(garbage=1), any_step),
    "resume-from-commit": ("1", CALM._replace(kills=10, seconds=45), any_step),
    "alias-first": ("9", CALM._replace(points=40, every=1), lambda step: "publish.before-send" in str(step)),
    "merge-triggers": ("3", CALM._replace(every=1), any_step),
}


def build():
    """The program with the switches; MILLRACE_MUTATIONS_BIN names a folder that holds it already."""
    if folder := os.environ.get("MILLRACE_MUTATIONS_BIN"):
        return Path(folder) / "millrace"
    scratch = ROOT / ".build/mutations"
    subprocess.run(["swift", "build", "--product", "millrace", "--scratch-path", str(scratch), "-Xswiftc", "-DMUTATIONS"],
                   cwd=ROOT, check=True)
    return scratch / "debug/millrace"


def run_mutations(which, seed, keep, off=False):
    """- Parameter off: leaves the switches off, to see that the plan alone breaks nothing."""
    from .scene import run_chaos
    if which not in ("all", *MUTATIONS):
        print(f"expected a mutation, found '{which}': {' '.join(MUTATIONS)}, or all")
        return 2
    program = build()
    wrong = []
    for name in MUTATIONS if which == "all" else [which]:
        promise, size, takes = MUTATIONS[name]
        section(f"{name}: promise {promise} broken on purpose")
        steps = [step for step in plan(seed, size) if takes(step)]
        for step in steps:
            print(step)
        broken = [(p, what) for p, what in run_chaos(
            steps, size, seed, mutation="none" if off else name, millrace=program, keep=keep) if p != "0"]
        told = "; ".join(f"[{p}] {what}" for p, what in broken) or "nothing noticed"
        section(f"{name}, switched {'off' if off else 'on'} (promise {promise}): {told}")
        # By its own promise: anything at all could fail for another reason.
        if broken if off else not any(set(p.split(", ")) & set(promise.split(", ")) for p, _ in broken):
            wrong.append(name)
    print(f"FAIL   {' '.join(wrong)}" if wrong else "PASS")
    return 1 if wrong else 0
