"""`limekeeper reader watch --json` in the machine, and what it says."""

import json
import shlex
import time

from .vm import EVENTS

# Longest time for a thing that must happen: the emulated processor is slow, and shared.
PATIENCE_S = 45
# How long nothing must happen: many times what a card takes from the line to an event here.
QUIET_S = 1.5


class Events:
    """What a running `reader watch --json` says."""

    def __init__(self, lines):
        self.lines = lines

    def next(self, seconds=PATIENCE_S):
        """The next event, or None."""
        line = self.lines.next(seconds)
        if line is None:
            return None
        try:
            return json.loads(line)
        except ValueError:
            return {"event": "unreadable", "line": line}

    def wait(self, seconds=PATIENCE_S, **wanted):
        """The first event with these fields (None: it did not come), and all before it."""
        until = time.monotonic() + seconds
        before = []
        while (event := self.next(until - time.monotonic())) is not None:
            if all(event.get(key) == value for key, value in wanted.items()):
                return event, before
            before.append(event)
        return None, before

    def state(self, state, seconds=PATIENCE_S, **wanted):
        """Whether a reader gets into a state in time."""
        return self.wait(seconds, event="health", state=state, **wanted)[0] is not None

    def card(self, uid_hex, seconds=PATIENCE_S, **wanted):
        """Whether this card comes, and no other before it."""
        event, before = self.wait(seconds, event="card", uid_hex=uid_hex, **wanted)
        return event is not None and not cards(before)

    def rest(self, quiet=QUIET_S):
        """All events until nothing comes for a while."""
        events = []
        while (event := self.next(quiet)) is not None:
            events.append(event)
        return events


class Watch(Events):
    """The program in the machine. One at a time, as its lines have one port."""

    def __init__(self, vm, *args, config="", user="root"):
        super().__init__(vm.events)
        self.vm = vm
        command = ["limekeeper", "reader", "watch", "--json", "--lang", "en", *args]
        if config:
            vm.run(f"cat >/tmp/lab.toml <<'END'\n{config}END")
            command[1:1] = ["--config", "/tmp/lab.toml"]
        vm.events.drain(0)
        line = shlex.join(command)
        if user != "root":
            # In place of the shell that `su` starts, so that signals reach the program.
            line = shlex.join(["su", user, "-c", f"exec {line}"])
        vm.run(f"{line} 1<>/dev/vport0p{EVENTS} 2>/tmp/watch.err &\n"
               "echo $! >/tmp/watch.pid")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def signal(self, name):
        """A signal to the program."""
        self.vm.run(f"kill -{name} $(cat /tmp/watch.pid)")

    def stop(self):
        """Ends the program as Ctrl+C does; its exit code."""
        self.signal("CONT")
        self.signal("INT")
        code = self.vm.run("wait $(cat /tmp/watch.pid)")[0]
        self.vm.events.drain(0.1)
        return code


def cards(events):
    """The UIDs of the cards among events."""
    return [event.get("uid_hex") for event in events if event.get("event") == "card"]
