"""python3 -m unittest discover -s deploy -p '*_test.py'"""

import unittest

from harness.chaos.plan import POINTS, POLL_INTERVAL, ROLES, SESSION, SIZES, is_broker_kill, kills, plan


class PlanTest(unittest.TestCase):
    def each(self):
        for size in SIZES.values():
            for seed in range(50):
                yield size, plan(seed, size)

    def test_the_same_seed_gives_the_same_plan_and_another_another(self):
        for size in SIZES.values():
            self.assertEqual(plan(7, size), plan(7, size))
            self.assertEqual(len({str(plan(seed, size)) for seed in range(50)}), 50)

    def test_as_much_of_everything_as_the_size_says(self):
        for size, steps in self.each():
            self.assertEqual(kills(steps), size.kills + size.points)
            self.assertEqual(sum(map(is_broker_kill, steps)), size.broker_kills)
            for what, count in (("cut", size.cuts), ("delay", size.delays), ("stop", size.stops), ("fill", size.fills),
                                ("leave", size.leaves), ("twin", size.twins), ("stall", size.stalls)):
                self.assertEqual(sum(step.what == what for step in steps), count, what)

    def test_the_long_plan_is_as_long_as_was_asked_for(self):
        size, steps = SIZES["long"], plan(1, SIZES["long"])
        self.assertGreaterEqual(kills(steps), 60)
        self.assertGreaterEqual(sum(map(is_broker_kill, steps)), 6)
        self.assertGreaterEqual(sum(step.what == "cut" for step in steps), 6)
        self.assertGreaterEqual(size.events, 1_000_000)

    def test_processes_of_every_role_are_killed(self):
        for _, steps in self.each():
            self.assertEqual({step.lane for step in steps if step.what in ("kill", "crash")}, set(ROLES))

    def test_the_long_plan_comes_to_every_named_point(self):
        for seed in range(50):
            points = {step.detail["point"].split(":")[0] for step in plan(seed, SIZES["long"]) if step.what == "crash"}
            self.assertEqual(points, {f"{role}.{point}" for role, names in POINTS.items() for point in names})

    def test_a_stopped_process_is_a_zombie_when_it_comes_back(self):
        for _, steps in self.each():
            for step in steps:
                if step.what == "stop":
                    self.assertGreater(step.detail["seconds"], max(POLL_INTERVAL, SESSION))

    def test_steps_are_in_order_and_within_the_time(self):
        for size, steps in self.each():
            self.assertEqual(steps, sorted(steps, key=lambda step: (step.at, step.lane)))
            self.assertTrue(all(0 < step.at < size.seconds for step in steps))


if __name__ == "__main__":
    unittest.main()
