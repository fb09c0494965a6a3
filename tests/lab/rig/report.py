"""Named steps, each PASS or FAIL, and what they add up to."""

import time


class Report:
    """Prints a line per step. `end` gives the exit code."""

    def __init__(self):
        self.began = time.monotonic()
        self.passed = 0
        self.failed = []

    def step(self, name, good, detail=""):
        """One assertion: what must be true, whether it is, and what was seen."""
        at = time.monotonic() - self.began
        word = "PASS" if good else "FAIL"
        print(f"{word} {at:6.1f}s  {name}" + (f"  [{detail}]" if detail else ""), flush=True)
        if good:
            self.passed += 1
        else:
            self.failed.append(name)
        return good

    def note(self, text):
        """What is worth knowing and no assertion."""
        print(f"     {time.monotonic() - self.began:6.1f}s  {text}", flush=True)

    def end(self):
        """The summary; 0 when every step passed, 1 otherwise."""
        total = time.monotonic() - self.began
        for name in self.failed:
            print(f"failed: {name}")
        print(f"{self.passed} passed, {len(self.failed)} failed")
        print(f"total time {total:.0f} s")
        return 1 if self.failed or not self.passed else 0
