# ===- timing.py - The best time of calls that take turns -------------------===#
#
# Licensed under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===------------------------------------------------------------------------===#
"""Times several things in turns; needs nothing but the standard library."""

import math
import time

# Short calls are timed together for at least as long as this.
SAMPLE_SECONDS = 100e-6
# Worker threads of another peer's pool may spin for some time after its last
# call: a turn begins when this process has used next to no CPU for a while.
QUIET_SECONDS = 0.02
QUIET_SHARE = 0.1
MOST_SECONDS_TO_WAIT = 1.0


class Timed:
    """`seconds(first, calls)`: the time of calls number first, first + 1, ..

    Call i uses the set of buffers i modulo the number of sets. `best` is the
    shortest time of one call so far.
    """

    def __init__(self, seconds):
        self._seconds = seconds
        self._first = 0
        self._calls = 1
        self.best = math.inf

    def run(self, calls):
        """Seconds of `calls` calls, on the sets that come next."""
        seconds = self._seconds(self._first, calls)
        self._first += calls
        return seconds

    def turn(self, seconds):
        """Warms up and then takes samples for `seconds`, at least three."""
        self.run(self._calls)
        end, samples = time.perf_counter() + seconds, 0
        while samples < 3 or time.perf_counter() < end:
            self.best = min(self.best, self.run(self._calls) / self._calls)
            self._calls = max(1, int(SAMPLE_SECONDS / max(self.best, 1e-9)))
            samples += 1


def time_calls(calls):
    """A Timed for a list with one Python callable per set of buffers."""

    def seconds(first, count):
        order = [calls[(first + i) % len(calls)] for i in range(count)]
        begin = time.perf_counter()
        for call in order:
            call()
        return time.perf_counter() - begin

    return Timed(seconds)


def wait_until_quiet():
    """Returns when no thread of this process spins, or after a second."""
    end = time.perf_counter() + MOST_SECONDS_TO_WAIT
    while time.perf_counter() < end:
        begin = time.process_time()
        time.sleep(QUIET_SECONDS)
        if time.process_time() - begin < QUIET_SHARE * QUIET_SECONDS:
            return


def take_turns(everything, rounds, seconds):
    """Gives each Timed `rounds` turns of `seconds`, in the order given."""
    for _ in range(rounds):
        for timed in everything:
            wait_until_quiet()
            timed.turn(seconds)
