"""What is done to the worker, and when: a function of the seed alone. No process, no clock, no network in here."""

import random
from typing import NamedTuple

ROLES = "ingest transform train publish observe".split()
# Two processes of every role.
SLOTS = "ab"
# The worker's own crash points (docs/operations.md), by role; but for `ingest.chunk-written`, which windows of this size
# do not come to.
POINTS = {
    "ingest": "written-before-rename files-before-send before-send sent-before-commit after-send".split(),
    "transform": "written-before-send before-send sent-before-commit after-commit".split(),
    "train": "decided training evaluating before-trained before-send sent-before-commit after-commit".split(),
    "publish": "before-send sent-before-commit released-before-alias after-commit".split(),
}
NODES = 3
# What the pipeline's clients are told, in seconds. A process that stands still for longer is a zombie when it comes back.
SESSION, POLL_INTERVAL = 6, 10
# And how long they wait for an answer, which a silent connection never gives.
ANSWER = 8
# Longer than ingest waits for what is unsent when its partitions go (20 s), and than it then takes to have some again.
STALL = 34


class Step(NamedTuple):
    """`at` is in seconds of the chaos; a step begins then or, when the one before it in its lane took longer, after it."""

    at: float
    lane: str
    what: str
    detail: dict

    def __str__(self):
        detail = " ".join(f"{name}={value}" for name, value in self.detail.items())
        return f"{self.at:7.1f} s  {self.lane:<9} {self.what:<8} {detail}".rstrip()


class Size(NamedTuple):
    """How much of everything."""

    seconds: int
    events: int
    customers: int
    # Of processes: by signal at any moment, and at named points; spread over all roles.
    kills: int
    points: int
    stops: int
    leaves: int
    twins: int
    broker_kills: int
    bounces: int
    cuts: int
    delays: int
    fills: int
    clocks: int
    # Event time between two runs of training, in days.
    every: int = 7
    # Bursts that cannot be read, at which ingest pauses until an operator has decided.
    garbage: int = 0
    # Of the thread that writes and sends, while the process has its partitions taken and given anew.
    stalls: int = 0

    @property
    def rate(self):
        """Events a second, so that the last comes with the last disaster."""
        return round(self.events / self.seconds)


SIZES = {
    "short": Size(seconds=75, events=120_000, customers=600, kills=9, points=4, stops=2, leaves=2, twins=1,
                  broker_kills=1, bounces=0, cuts=2, delays=1, fills=1, clocks=3),
    "long": Size(seconds=840, events=1_050_000, customers=3500, kills=40, points=20, stops=10, leaves=8, twins=3,
                 broker_kills=6, bounces=2, cuts=6, delays=6, fills=3, clocks=12, stalls=2),
}


def plan(seed, size):
    """All steps, by time. Lanes go on beside each other; within one, steps come one after the other."""
    # Each lane draws from its own generator: more of one disaster leaves the others as they were.
    lanes = [*(role_lane(seed, size, role) for role in ROLES), cluster_lane(seed, size), disk_lane(seed, size),
             clock_lane(seed, size), input_lane(seed, size)]
    return sorted((step for lane in lanes for step in lane), key=lambda step: (step.at, step.lane))


def generator(seed, lane):
    return random.Random(f"{seed}/{lane}")


def shares(total, seed, name):
    """Deals a count out over the roles, evenly but for the rest, which chance places."""
    chance = generator(seed, f"shares/{name}")
    order = chance.sample(ROLES, len(ROLES))
    return {role: total // len(ROLES) + (order.index(role) < total % len(ROLES)) for role in ROLES}


def spread(chance, steps, lane, seconds, first=4.0):
    """Gives steps their times: one in each of equal spans, at a moment of chance within it."""
    span = (seconds - first) / max(1, len(steps))
    return [Step(round(first + span * (index + chance.uniform(0, 0.8)), 1), lane, what, detail)
            for index, (what, detail) in enumerate(steps)]


def dealt_points(seed, count):
    """Points by role. Each is taken once before any is taken twice."""
    chance = generator(seed, "points")
    pairs = [(role, point) for role, points in POINTS.items() for point in points]
    dealt = {role: [] for role in ROLES}
    while count > 0:
        # One of each role in turn, so that few points are of many roles.
        by_role = {role: chance.sample([p for r, p in pairs if r == role], len(POINTS[role])) for role in POINTS}
        for number in range(max(map(len, by_role.values()))):
            for role in chance.sample(list(by_role), len(by_role)):
                if number < len(by_role[role]) and count > 0:
                    dealt[role].append(by_role[role][number])
                    count -= 1
    return dealt


def role_lane(seed, size, role):
    chance = generator(seed, role)
    # Observe has no crash points, and a standing one changes nothing: it is killed, and leaves.
    steps = []
    for _ in range(shares(size.kills, seed, "kills")[role]):
        # Of the roles that one process has at a time, mostly the one that has it.
        who = chance.choice(["active", "active", "active", "other"])
        steps.append(("kill", {"who": who, "down": round(chance.choice([0, 0.3, 1, 3, SESSION + 2]), 1)}))
    for point in dealt_points(seed, size.points)[role]:
        steps.append(("crash", {"point": f"{role}.{point}:{chance.choice([1, 1, 2])}"}))
    workers = [r for r in ROLES if r != "observe"]
    for kind, count in (("stop", size.stops), ("leave", size.leaves), ("twin", size.twins)):
        chosen = generator(seed, kind)
        for number in range(count):
            # Ingest first: it has the most to lose.
            if (workers[number] if number < len(workers) else chosen.choice(workers)) == role:
                if kind == "stop":
                    detail = {"who": "active", "seconds": round(POLL_INTERVAL + chance.uniform(1, 5), 1)}
                elif kind == "leave":
                    detail = {"who": "active", "down": round(chance.uniform(1, 6), 1)}
                else:
                    detail = {"who": "other"}
                steps.append((kind, detail))
    if role == "ingest":
        for number in range(size.stalls):
            point = ["files-before-send", "before-send"][number % 2]
            steps.append(("stall", {"point": f"{role}.{point}:{chance.choice([1, 3])}", "seconds": STALL}))
    chance.shuffle(steps)
    if role in ("train", "publish"):
        # There are no runs before features and labels are complete.
        steps.sort(key=lambda step: step[0] == "crash")
    return spread(chance, steps, role, size.seconds * 0.92)


def cluster_lane(seed, size):
    """Brokers and connections: one disaster at a time, so that two of three nodes are always there to be reached."""
    chance = generator(seed, "cluster")
    steps = []
    for _ in range(size.broker_kills):
        steps.append(("broker", {"node": chance.randint(1, NODES), "how": "kill", "down": round(chance.uniform(4, 9), 1)}))
    for _ in range(size.bounces):
        steps.append(("broker", {"node": chance.randint(1, NODES), "how": "stop", "down": round(chance.uniform(1, 4), 1)}))
    for number in range(size.cuts):
        # Every second cut is silent: packets vanish, and connections stay. Every third is of all nodes.
        steps.append(("cut", {
            "node": "all" if number % 3 == 1 else chance.randint(1, NODES), "how": ["refused", "silent"][number % 2],
            "seconds": round(chance.uniform(2, 8), 1)}))
    for _ in range(size.delays):
        steps.append(("delay", {
            "node": chance.choice(["all", *range(1, NODES + 1)]), "milliseconds": chance.choice([40, 150, 400]),
            "jitter": chance.choice([0, 30, 100]), "seconds": round(chance.uniform(4, 10), 1)}))
    chance.shuffle(steps)
    return spread(chance, steps, "cluster", size.seconds * 0.85, first=8)


def disk_lane(seed, size):
    chance = generator(seed, "disk")
    steps = [("fill", {"seconds": round(chance.uniform(4, 9), 1)}) for _ in range(size.fills)]
    return spread(chance, steps, "disk", size.seconds * 0.9, first=10)


def clock_lane(seed, size):
    """Event times that no honest clock would give; where they stand in the log is what a replay reads, too."""
    chance = generator(seed, "clock")
    kinds = ["future", "behind", "forward"]
    steps = [(kinds[number % 3], {"partition": chance.randint(0, 3), "records": {"future": 1}.get(
        kinds[number % 3], chance.randint(20, 200))}) for number in range(size.clocks)]
    return spread(chance, steps, "clock", size.seconds * 0.9, first=12)


def input_lane(seed, size):
    chance = generator(seed, "input")
    steps = [("garbage", {"partition": chance.randint(0, 3), "records": 400, "seconds": 15}) for _ in range(size.garbage)]
    return spread(chance, steps, "input", size.seconds * 0.6, first=size.seconds * 0.4)


def counts(steps):
    """How many of each kind, for people."""
    out = {}
    for step in steps:
        out[step.what] = out.get(step.what, 0) + 1
    return out


def kills(steps):
    """Deaths by signal 9 in the plan: at any moment, and at points."""
    return sum(step.what in ("kill", "crash") for step in steps)


def is_broker_kill(step):
    return step.what == "broker" and step.detail["how"] == "kill"
