"""What a pipeline came to: what must be the same however often it was disturbed, and by whatever."""


def outcome(session):
    """What must be the same however often the worker died."""
    return {
        # A run's name ends with a hash of its pipeline's name, among other things.
        "runs": sorted((run.split("-")[0], kind) for run, kind, _ in session.runs()),
        "datasets": sorted((str(d["window"]), tuple(sorted((f["path"], f["sha256"]) for f in d["files"])))
                           for d in session.datasets()),
        "models": sorted((v["run"].split("-")[0], f["sha256"])
                         for v in (session.verdict(d) for _, _, d in session.messages("releases"))
                         for f in v["model"]["files"] if f["path"].endswith(".ubj")),
    }


def differences(found, expected):
    """One line for each part that differs, with the first that differs in it."""
    out = []
    for part in expected:
        if found[part] != expected[part]:
            missing = [x for x in expected[part] if x not in found[part]]
            other = [x for x in found[part] if x not in expected[part]]
            out.append(f"{part}: {len(found[part])} against {len(expected[part])}, first missing "
                       f"{str(missing[:1])[:200]}, first other {str(other[:1])[:200]}")
    return out
