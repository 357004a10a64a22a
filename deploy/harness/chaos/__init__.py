"""The worker through a seeded disaster: a plan, a cluster of three nodes behind a proxy, processes, what is judged."""
