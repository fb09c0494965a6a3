"""Steps of `tests/lab/windows`: the shortcuts, and the program in a window that is closed."""

import os
import shutil
import subprocess
import tempfile
import tty
from pathlib import Path

from .wine import EXE, ROOT, WINE, Site, Wine, rdm6300, until, windows_path

CARD = "61366822"
SCREEN = "1280x800x24"
NEEDED = ("Xvfb", "openbox", "xdotool")


def run(report, program):
    shortcuts(report)
    lacking = [tool for tool in NEEDED if not shutil.which(tool)]
    if lacking:
        report.note("NOT TRIED: closing the window, for want of " + ", ".join(lacking))
        return
    with tempfile.TemporaryDirectory() as folder, Desktop() as desktop:
        wine = Wine(Path(folder), desktop.display)
        site = Site(program, Path(folder))
        try:
            closed(report, wine, site, desktop)
        finally:
            site.end()
            wine.end()


def shortcuts(report):
    with tempfile.TemporaryDirectory() as folder:
        wine = Wine(Path(folder))
        try:
            command = windows_path(ROOT / "assets/windows/shortcuts.cmd")
            for word, value in (("foreground", "0x0"), ("foreground-off", "0x30d40")):
                code, out, _ = wine.windows("cmd", "/c", command, word)
                _, said, _ = wine.windows("reg", "query", r"HKCU\Control Panel\Desktop", "/v", "ForegroundLockTimeout")
                report.step(f"shortcuts.cmd {word} writes the one value", code == 0 and value in said.split(), said.strip())
            # Wine's PowerShell does nothing and says that all went well.
            code, out, _ = wine.windows("cmd", "/c", command, "autostart")
            report.step("shortcuts.cmd says so where PowerShell makes no shortcut", code == 1 and "PowerShell" in out, out.strip())
        finally:
            wine.end()


class Desktop:
    """An X server with a window manager."""

    def __enter__(self):
        reading, writing = os.pipe()
        self.server = subprocess.Popen(
            ["Xvfb", "-displayfd", str(writing), "-screen", "0", SCREEN, "-nolisten", "tcp"],
            pass_fds=[writing], stderr=subprocess.DEVNULL,
        )
        os.close(writing)
        with os.fdopen(reading) as said:
            self.display = ":" + said.readline().strip()
        self.environment = os.environ | {"DISPLAY": self.display}
        self.manager = subprocess.Popen(["openbox"], env=self.environment, stderr=subprocess.DEVNULL)
        return self

    def __exit__(self, *_):
        for process in (self.manager, self.server):
            process.terminate()
            process.wait()

    def tool(self, *arguments):
        """What `xdotool` prints."""
        done = subprocess.run(
            ["xdotool", *arguments], env=self.environment, check=False, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )
        return done.stdout.strip()

    def window(self, title):
        """The window of that title, once it is there."""
        return until(lambda: self.tool("search", "--onlyvisible", "--name", title), 60)


class Till:
    """The till screen in a window of its own, with a reader at COM5."""

    def __init__(self, wine, site, desktop):
        device, port = os.openpty()
        tty.setraw(port)
        self.device, self.port = device, port
        wine.com(5, os.ttyname(port))
        self.site, self.desktop = site, desktop
        self.config = site.config('\n[[readers]]\nname = "COM5"\nfamily = "rdm6300"\nport = "COM5"\n')
        # By this title its window is found.
        start = f"title limekeeper& {windows_path(EXE)} --config {self.config}"
        seen = site.calls("rkeeper.GetOrderList2")
        self.command = subprocess.Popen(
            [WINE, "wineconsole", "cmd", "/c", start], env=wine.environment, cwd=wine.folder,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
        self.window = desktop.window("limekeeper") if until(lambda: site.calls("rkeeper.GetOrderList2") > seen) else None

    def tap(self):
        """Shows the card until Lime is asked for it: what came before the port was open is not taken."""
        asked = self.site.calls("lime.GetCardInfoByCardUid")

        def known():
            os.write(self.device, rdm6300(CARD))
            return until(lambda: self.site.calls("lime.GetCardInfoByCardUid") > asked, 1)

        return until(known, 60) is not None

    def press(self, key):
        self.desktop.tool("windowactivate", "--sync", self.window)
        self.desktop.tool("key", key)

    def press_until(self, key, holds):
        """Presses a key every second until that holds; the question of a payment takes no key that is pressed too early."""
        def pressed():
            self.press(key)
            return until(holds, 1)

        return until(pressed, 30) is not None


def closed(report, wine, site, desktop):
    """The close button, while r_keeper prints."""
    till = Till(wine, site, desktop)
    report.step("window: the till screen runs in it", till.window is not None)
    if till.window is None:
        return
    good = till.press_until("Return", lambda: site.calls("rkeeper.CalcOrder3") > 0)
    good = good and till.tap()
    site.ask("POST", "/fault", {"at": "rkeeper.PayOrder", "kind": "delay", "count": 1, "arg": 20_000})
    began = site.calls("lime.PutCheck")
    till.press("F5")
    good = good and till.press_until("Return", lambda: site.calls("lime.PutCheck") > began)
    report.step("window: a card is tapped, and a payment begins", good)
    until(lambda: site.calls("rkeeper.PayOrder") > 0, 20)
    wine.windows("taskkill", "/IM", "conhost.exe")
    ended = until(lambda: till.command.poll() is not None, 20)
    report.step("window: closed while r_keeper prints, the program ends", ended is not None)
    recovered = until(lambda: wine.run("--config", till.config, "recover", "--json")[0] == 0, 60)
    books = site.state()
    taken = [check for check in books["checks"] if check["type"] == 0]
    paid = [order for order in books["orders"] if order["paid"]]
    report.step("window: recover brings that payment to rest, with one check for the paid bill",
                recovered is not None and len(taken) == len(paid) == 1, f"{len(taken)} checks, {len(paid)} paid")
    code, out, err = wine.run("--config", till.config, "journal", "verify")
    report.step("window: the journal is whole", code == 0, (out + err).strip()[:120])
