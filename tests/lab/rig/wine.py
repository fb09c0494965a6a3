"""The Windows program under Wine: a Windows in a folder, a terminal that can be typed into, the stand-ins."""

import http.client
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
OUT = ROOT / "target/windows"
EXE = OUT / "win64/x86_64-win7-windows-gnu/release/limekeeper.exe"
WINE, SERVER = "/usr/lib/wine/wine64", "/usr/lib/wine/wineserver64"
# Wine's first start unpacks a whole Windows.
PATIENCE_S = 180
# Bytes of a program's output that are looked at.
MOST = 1 << 20


def missing():
    """What is not here of what the rig needs."""
    found = [tool for tool in ("tmux", "cargo") if not shutil.which(tool)]
    return found + [str(need) for need in (Path(WINE), Path(SERVER), EXE) if not need.exists()]


def windows_path(path):
    return "Z:" + str(path).replace("/", "\\")


def until(holds, patience=PATIENCE_S):
    """What `holds` returns once it is something; nothing when patience runs out."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        if found := holds():
            return found
        time.sleep(0.1)
    return None


class Wine:
    """A Windows of its own, in a folder; `display` is the X server of its windows."""

    def __init__(self, folder, display=""):
        self.folder = folder
        self.environment = os.environ | {
            "WINEPREFIX": str(folder / "prefix"),
            "WINEDEBUG": "-all",
            "WINEDLLOVERRIDES": "mscoree,mshtml=",
            "DISPLAY": display,
        }
        (folder / "prefix").mkdir(exist_ok=True)
        # The server of this Windows stays between two programs: each of its starts takes two seconds.
        subprocess.run([SERVER, "-p"], env=self.environment, check=True)
        self.windows("wineboot", "-i")

    def start(self, *arguments, more=None):
        """The program, with variables `more`."""
        return Running([WINE, EXE, *arguments], self.environment | (more or {}), self.folder)

    def run(self, *arguments, more=None):
        """Exit code, output and messages."""
        return self.start(*arguments, more=more).end()

    def windows(self, *command):
        """Exit code, output and messages of a program of this Windows."""
        return Running([WINE, *command], self.environment, self.folder).end()

    def com(self, number, node):
        link = self.folder / "prefix/dosdevices" / f"com{number}"
        link.unlink(missing_ok=True)
        link.symlink_to(node)

    def end(self):
        subprocess.run([SERVER, "-k"], env=self.environment, check=False, capture_output=True)


class Running:
    """A program whose output goes to files: Wine's services inherit a pipe, and keep it open after it."""

    def __init__(self, command, environment, folder):
        self.files = [tempfile.TemporaryFile(dir=folder) for _ in range(2)]
        self.process = subprocess.Popen(
            command, env=environment, cwd=folder, stdin=subprocess.DEVNULL, stdout=self.files[0], stderr=self.files[1],
        )

    def said(self):
        """Its output and messages until now."""
        return [os.pread(file.fileno(), MOST, 0).decode(errors="replace") for file in self.files]

    def end(self):
        """Exit code, output and messages, once it has ended."""
        code = self.process.wait(timeout=PATIENCE_S)
        return code, *self.said()

    def kill(self):
        self.process.kill()
        self.process.wait()


class Screen:
    """A terminal with a program in it, that can be typed into and looked at.

    Wine's console says that it understands escape sequences, and does not: it counts them as text, so that
    lines break in odd places. What is whole on its screen is looked for; the rest is judged by what happened.
    """

    def __init__(self, wine, columns, rows, *arguments, more=None):
        self.name = f"limekeeper-{os.getpid()}"
        self.tmux("kill-server", check=False)
        command = " ".join(f"'{part}'" for part in (WINE, str(EXE), *arguments))
        self.tmux(
            "-f", "/dev/null", "new-session", "-d", "-x", str(columns), "-y", str(rows),
            f"{command}; echo ended: $?; sleep 600", env=wine.environment | (more or {}), cwd=wine.folder,
        )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.tmux("kill-server", check=False)

    def tmux(self, *arguments, check=True, **options):
        return subprocess.run(
            ["tmux", "-L", self.name, *arguments], check=check, capture_output=True, text=True, **options
        ).stdout

    def text(self):
        return self.tmux("capture-pane", "-p", "-S", "-200")

    def shows(self, words, patience=PATIENCE_S):
        """Whether the words come to stand there."""
        return until(lambda: words in self.text(), patience) is not None

    def shows_any(self, *words, patience=PATIENCE_S):
        """Whether one of them comes: Wine tears any of them at times, never all."""
        return until(lambda: any(word in self.text() for word in words), patience) is not None

    def drawn(self):
        """Whether the list of orders comes."""
        return self.shows_any("Вишнёва", "Липин", "Открыт", "Обновить", "Платежи", "Помощь")

    def press(self, *keys):
        """Keys, one after another, each when what the one before changed is drawn: keys that come
        before a question is on the screen do not answer it."""
        for name in keys:
            before = self.text()
            self.tmux("send-keys", name)
            until(lambda: self.text() != before, 5)
            self.settle()

    def type(self, text):
        """Letters or digits; they need not show."""
        for letter in text:
            self.tmux("send-keys", "-l", letter)
            self.settle(0.2)

    def leave(self):
        """Whether F10, as often as there are steps to go back, ends the program with code 0."""
        def left():
            self.tmux("send-keys", "F10")
            return self.shows("ended: 0", 1.5)

        return until(left, 60) is not None

    def settle(self, quiet=1):
        """Until nothing was drawn for `quiet` seconds."""
        seen, since = self.text(), time.monotonic()
        while time.monotonic() - since < quiet:
            time.sleep(0.1)
            if (now := self.text()) != seen:
                seen, since = now, time.monotonic()


class Site:
    """The stand-ins, and the config of a till that leads to them."""

    def __init__(self, program, folder):
        self.folder = folder
        self.sim = subprocess.Popen(
            [program, "sim", "--state-dir", folder / "sim"], stdout=subprocess.PIPE, text=True
        )
        self.where = json.loads(self.sim.stdout.readline())

    def config(self, more="", change=lambda text: text):
        """The path of a config, as Windows names it: that of the stand-ins, changed, and `more` behind it."""
        text = change(Path(self.where["config"]).read_text())
        config = self.folder / "till.toml"
        config.write_text(text + more)
        return windows_path(config)

    def ask(self, method, path, body=None):
        control = http.client.HTTPConnection(self.where["control"].removeprefix("http://"), timeout=PATIENCE_S)
        control.request(method, path, body and json.dumps(body), {"content-type": "application/json"})
        return control.getresponse().read()

    def state(self):
        return json.loads(self.ask("GET", "/state"))

    def calls(self, name):
        """How often a server was asked for that."""
        return self.state()["requests"].get(name, 0)

    def order(self, name):
        return next(order for order in self.state()["orders"] if order["name"] == name)

    def end(self):
        self.sim.send_signal(signal.SIGTERM)
        self.sim.wait()


def rdm6300(number):
    """A frame of that reader: STX, ten digits, their checksum, ETX."""
    card = int(number).to_bytes(5, "big")
    check = 0
    for byte in card:
        check ^= byte
    return b"\x02" + card.hex().upper().encode() + f"{check:02X}".encode() + b"\x03"
