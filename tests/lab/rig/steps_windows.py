"""Steps of `tests/lab/windows`: the Windows program under Wine, the stand-ins on this machine."""

import http.client
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
import tty
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
OUT = ROOT / "target/windows"
EXE = OUT / "win64/x86_64-win7-windows-gnu/release/limekeeper.exe"
WINE = "/usr/lib/wine/wine64"
# Wine's first start unpacks a whole Windows.
PATIENCE_S = 180
CARD = "61366822"


def missing():
    found = [tool for tool in ("tmux", "cargo") if not shutil.which(tool)]
    found += [str(need) for need in (Path(WINE), EXE) if not need.exists()]
    return found


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
    """A Windows of its own, in a folder."""

    def __init__(self, folder):
        self.folder = folder
        self.environment = os.environ | {
            "WINEPREFIX": str(folder / "prefix"),
            "WINEDEBUG": "-all",
            "WINEDLLOVERRIDES": "mscoree,mshtml=",
            "DISPLAY": "",
        }
        boot = [WINE, "wineboot", "-i"]
        subprocess.run(boot, env=self.environment, check=False, capture_output=True, timeout=PATIENCE_S)

    def start(self, *arguments, **options):
        return subprocess.Popen(
            [WINE, EXE, *arguments], env=self.environment, cwd=self.folder, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options,
        )

    def run(self, *arguments):
        """Exit code, output and messages."""
        program = self.start(*arguments)
        out, err = program.communicate(timeout=PATIENCE_S)
        return program.returncode, out.decode(errors="replace"), err.decode(errors="replace")

    def com(self, number, node):
        link = self.folder / "prefix/dosdevices" / f"com{number}"
        link.unlink(missing_ok=True)
        link.symlink_to(node)

    def end(self):
        subprocess.run(
            ["/usr/lib/wine/wineserver64", "-k"] if Path("/usr/lib/wine/wineserver64").exists() else ["wineserver", "-k"],
            env=self.environment, check=False, capture_output=True,
        )


class Screen:
    """A terminal with a program in it, that can be typed into and looked at."""

    def __init__(self, wine, columns, rows, *arguments):
        self.name = f"limekeeper-{os.getpid()}"
        self.tmux("kill-server", check=False)
        command = " ".join(f"'{part}'" for part in (WINE, str(EXE), *arguments))
        self.tmux(
            "-f", "/dev/null", "new-session", "-d", "-x", str(columns), "-y", str(rows),
            f"{command}; echo ended: $?; sleep 600", env=wine.environment, cwd=wine.folder,
        )

    def tmux(self, *arguments, check=True, **options):
        return subprocess.run(
            ["tmux", "-L", self.name, *arguments], check=check, capture_output=True, text=True, **options
        ).stdout

    def text(self):
        return self.tmux("capture-pane", "-p", "-S", "-200")

    def shows(self, words, patience=PATIENCE_S):
        """Whether the words come to stand there."""
        return until(lambda: words in self.text(), patience) is not None

    def drawn(self):
        """Whether the list of orders comes; Wine tears any of these words at times, never all."""
        words = ("Вишнёва", "Липин", "Открыт", "Обновить", "Платежи", "Помощь")
        return until(lambda: any(word in self.text() for word in words)) is not None

    def press(self, *keys):
        """Keys, one after another, each when what the one before changed is drawn: keys that come
        before a question is on the screen do not answer it."""
        for name in keys:
            before = self.text()
            self.tmux("send-keys", name)
            until(lambda: self.text() != before, 20)
            self.settle()

    def settle(self):
        """Until nothing was drawn for a second."""
        seen, since = self.text(), time.monotonic()
        while time.monotonic() - since < 1:
            time.sleep(0.1)
            if (now := self.text()) != seen:
                seen, since = now, time.monotonic()

    def end(self):
        self.tmux("kill-server", check=False)


class Site:
    """The stand-ins, and the config of a till that leads to them."""

    def __init__(self, program, folder):
        self.folder = folder
        self.sim = subprocess.Popen(
            [program, "sim", "--state-dir", folder / "sim"], stdout=subprocess.PIPE, text=True
        )
        self.where = json.loads(self.sim.stdout.readline())

    def config(self, more=""):
        text = Path(self.where["config"]).read_text()
        config = self.folder / "till.toml"
        config.write_text(text + more)
        return windows_path(config)

    def ask(self, method, path, body=None):
        control = http.client.HTTPConnection(self.where["control"].removeprefix("http://"), timeout=PATIENCE_S)
        control.request(method, path, body and json.dumps(body), {"content-type": "application/json"})
        return control.getresponse().read()

    def state(self):
        return json.loads(self.ask("GET", "/state"))

    def order(self, name):
        return next(order for order in self.state()["orders"] if order["name"] == name)

    def end(self):
        self.sim.send_signal(signal.SIGTERM)
        self.sim.wait()


def run(report):
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        subprocess.run(["cargo", "build", "--locked", "--bin", "limekeeper"], cwd=ROOT, check=True)
        target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
        wine = Wine(folder)
        try:
            started(report, wine, folder)
            demo(report, wine)
            site = Site(target / "debug/limekeeper", folder)
            try:
                paid(report, wine, site)
                recovered(report, wine, site)
                tapped(report, wine, site)
            finally:
                site.end()
        finally:
            wine.end()


def started(report, wine, folder):
    code, out, err = wine.run("--version")
    report.step("it starts", code == 0 and out.startswith("limekeeper "), out.strip() or err[-200:])
    config = folder / "wrong.toml"
    config.write_bytes('[rkeeper]\r\nurl = "касса"\r\nprot = 1\r\n'.encode())
    code, _, err = wine.run("--config", windows_path(config), "config", "check")
    readable = "prot" in err and "касса" in err and "\ufffd" not in err
    report.step("mistakes in the config are told in Russian, with line and name", code == 3 and readable, err.strip()[:120])
    config.write_bytes('state_dir = "C:\\temp\\new"\r\n'.encode())
    code, _, err = wine.run("--config", windows_path(config), "config", "check")
    report.step("a path that swallowed its backslashes is refused (case 75)", code == 3 and "state_dir" in err, err.strip()[:120])
    config.write_bytes("\ufefflang = \"ru\"\r\n# касса".encode("utf-16-le"))
    code, _, err = wine.run("--config", windows_path(config), "config", "check")
    report.step("a file that is not UTF-8 is told so (case 74)", code == 3 and "UTF-8" in err, err.strip()[:120])
    code, _, err = wine.run("--config", "Z:\\no\\such.toml", "orders")
    report.step("a config that is not there is named with its whole path (case 78)",
                code == 3 and "Z:\\no\\such.toml" in err, err.strip()[:120])
    code, _, err = wine.run("demo")
    report.step("without a console the screen says so, code 9 (case 82)", code == 9 and err.strip() != "", err.strip()[:120])


# Wine's console says that it understands escape sequences, and does not: it counts them as text, so that
# lines break in odd places. What is whole on its screen is looked for; the rest is judged by what happened.
def demo(report, wine):
    screen = Screen(wine, 100, 30, "demo")
    try:
        report.step("demo: the list of orders is drawn, with Cyrillic letters", screen.drawn())
        screen.settle()
        screen.press("Enter", "F4", "Enter")
        report.step("demo: a card is tapped, and shown by its printed number", screen.shows("100038", 20))
        screen.press("F5", "Enter", "F10")
        report.step("demo: F10 leaves", screen.shows("ended: 0", 60))
        left = screen.text()
        dishes = [f"Депозит (счет): {rubles}; {CARD}" for rubles in (290, 360, 430, 410, 650, 210)]
        report.step("demo: the sample bill was paid by keys, dish by dish", all(dish in left for dish in dishes))
    finally:
        screen.end()


def paid(report, wine, site):
    config = site.config()
    code, out, err = wine.run("--config", config, "orders", "--json")
    report.step("orders over HTTP", code == 0 and '"*/1"' in out, err.strip()[:200])
    code, out, err = wine.run("--config", config, "pay", "*/1", "--card", CARD, "--json")
    good = code == 0 and json.loads(out)["state"] == "paid"
    order = site.order("*/1")
    report.step("a bill is paid over HTTP", good and order["unpaid"] == "0.00" and order["paid"], err.strip()[:200])
    code, out, _ = wine.run("--config", config, "report", "sales", "--from", "2020-01-01", "--to", "2099-12-31", "--format", "json")
    report.step("the report has its dishes", code == 0 and "2350.00" in out or '"210.00"' in out)
    code, out, err = wine.run("--config", config, "journal", "verify")
    report.step("the journal is whole", code == 0, (out + err).strip()[:120])
    code, out, err = wine.run("--config", config, "doctor", "--lang", "en")
    report.step("doctor runs to its end", code in (0, 6), (out + err).strip()[-120:])
    code, out, err = wine.run("reader", "list")
    report.step("readers are listed though HID does not start under Wine", code == 0, (out + err).strip()[:160])


def recovered(report, wine, site):
    config = site.config()
    other = "3/1"
    site.ask("POST", "/fault", {"at": "rkeeper.PayOrder", "kind": "delay", "count": 1, "arg": 20_000})
    program = wine.start("--config", config, "pay", other, "--card", CARD, "--json")
    began = until(lambda: site.state()["requests"].get("rkeeper.PayOrder", 0) >= 2, 60)
    holder = wine.start("--config", config, "pay", other, "--card", CARD, "--json")
    _, err = holder.communicate(timeout=PATIENCE_S)
    report.step("a second one on the same journal is refused, code 7", holder.returncode == 7, err.decode()[:160])
    program.kill()
    program.wait()
    report.step("it is killed while r_keeper prints", began is not None)
    code, out, err = until(lambda: settled(wine, config), PATIENCE_S) or (None, "", "")
    books = site.state()
    taken = [check for check in books["checks"] if check["type"] == 0]
    paid_orders = [order for order in books["orders"] if order["paid"]]
    report.step("recover brings the payment to rest", code == 0, (out + err).strip()[:200])
    report.step("each paid bill has one check, and no other has any", len(taken) == len(paid_orders), f"{len(taken)} checks, {len(paid_orders)} paid")
    code, out, err = wine.run("--config", config, "journal", "verify")
    report.step("the journal is whole after the kill", code == 0, (out + err).strip()[:120])


def settled(wine, config):
    code, out, err = wine.run("--config", config, "recover", "--json")
    return (code, out, err) if code == 0 else None


def tapped(report, wine, site):
    device, port = os.openpty()
    tty.setraw(port)
    wine.com(5, os.ttyname(port))
    reader = '\n[[readers]]\nname = "COM5"\nfamily = "rdm6300"\nport = "COM5"\n'
    config = site.config(reader)
    watch = wine.start("--config", config, "reader", "watch", "--json")
    # Frames from before the port was open are not taken: the card is shown until it is seen.
    frame = rdm6300(bytes.fromhex("00" + CARD))
    os.set_blocking(watch.stdout.fileno(), False)
    seen = bytearray()

    def look():
        os.write(device, frame)
        seen.extend(watch.stdout.read() or b"")
        return CARD.encode() in seen

    report.step("a card at the reader on COM5 is seen", until(look, 60) is not None, bytes(seen[:200]).decode(errors="replace"))
    watch.kill()
    watch.communicate()
    screen = Screen(wine, 100, 30, "--config", config)
    try:
        report.step("the till screen starts", screen.drawn())
        asked = site.state()["requests"].get("lime.GetCardInfoByCardUid", 0)

        def known():
            os.write(device, frame)
            time.sleep(0.5)
            return site.state()["requests"].get("lime.GetCardInfoByCardUid", 0) > asked

        report.step("a tap on COM5 has Lime asked for the card", until(known, 60) is not None)
        screen.settle()
        screen.press("F10")
        report.step("the till screen is left", screen.shows("ended: 0", 60))
    finally:
        screen.end()


def rdm6300(card):
    """A frame of that reader: STX, ten digits, their checksum, ETX."""
    check = 0
    for byte in card:
        check ^= byte
    return b"\x02" + card.hex().upper().encode() + f"{check:02X}".encode() + b"\x03"
