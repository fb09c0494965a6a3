"""Steps of `tests/lab/windows`: the Windows program under Wine, the stand-ins on this machine."""

import json
import os
import subprocess
import tempfile
import time
import tty
from pathlib import Path

from . import steps_windows_desktop, steps_windows_till
from .wine import PATIENCE_S, ROOT, Screen, Site, Wine, rdm6300, until, windows_path

CARD = "61366822"


def run(report):
    subprocess.run(["cargo", "build", "--locked", "--bin", "limekeeper"], cwd=ROOT, check=True)
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    program = target / "debug/limekeeper"
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        wine = Wine(folder)
        try:
            started(report, wine, folder)
            demo(report, wine)
            site = Site(program, folder)
            try:
                paid(report, wine, site)
                recovered(report, wine, site)
                tapped(report, wine, site)
                steps_windows_till.run(report, wine, site)
            finally:
                site.end()
        finally:
            wine.end()
    steps_windows_desktop.run(report, program)


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
    config.write_bytes(b"state_dir = '\\\\server\\till\\state'\r\n")
    code, _, err = wine.run("--config", windows_path(config), "payments")
    report.step("a folder on a share is refused (case 69)", code == 3 and "сетевой папке" in err, err.strip()[:160])
    config.write_bytes("\ufefflang = \"ru\"\r\n# касса".encode("utf-16-le"))
    code, _, err = wine.run("--config", windows_path(config), "config", "check")
    report.step("a file that is not UTF-8 is told so (case 74)", code == 3 and "UTF-8" in err, err.strip()[:120])
    code, _, err = wine.run("--config", "Z:\\no\\such.toml", "orders")
    report.step("a config that is not there is named with its whole path (case 78)",
                code == 3 and "Z:\\no\\such.toml" in err, err.strip()[:120])
    code, _, err = wine.run("demo")
    report.step("without a console the screen says so, code 9 (case 82)", code == 9 and err.strip() != "", err.strip()[:120])


def demo(report, wine):
    with Screen(wine, 100, 30, "demo") as screen:
        report.step("demo: the list of orders is drawn, with Cyrillic letters", screen.drawn())
        screen.settle()
        screen.press("Enter", "F4", "Enter")
        report.step("demo: a card is tapped, and shown by its printed number", screen.shows("100038", 20))
        screen.press("F5", "Enter", "F10")
        report.step("demo: F10 leaves", screen.shows("ended: 0", 60))
        left = screen.text()
        dishes = [f"Депозит (счет): {rubles}; {CARD}" for rubles in (290, 360, 430, 410, 650, 210)]
        report.step("demo: the sample bill was paid by keys, dish by dish", all(dish in left for dish in dishes))


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
    report.step("readers are listed though HID does not start under Wine", code == 0 and "COM" in out, (out + err).strip()[:160])


def recovered(report, wine, site):
    config = site.config()
    other = "3/1"
    site.ask("POST", "/fault", {"at": "rkeeper.PayOrder", "kind": "delay", "count": 1, "arg": 20_000})
    program = wine.start("--config", config, "pay", other, "--card", CARD, "--json")
    began = until(lambda: site.calls("rkeeper.PayOrder") >= 2, 60)
    holder = wine.start("--config", config, "pay", other, "--card", CARD, "--json")
    code, _, err = holder.end()
    report.step("a second one on the same journal is refused, code 7", code == 7, err[:160])
    program.kill()
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
    frame = rdm6300(CARD)

    def look():
        os.write(device, frame)
        return CARD in watch.said()[0]

    report.step("a card at the reader on COM5 is seen", until(look, 60) is not None, watch.said()[0][:200])
    watch.kill()
    with Screen(wine, 100, 30, "--config", config) as screen:
        report.step("the till screen starts", screen.drawn())
        asked = site.calls("lime.GetCardInfoByCardUid")

        def known():
            os.write(device, frame)
            time.sleep(0.5)
            return site.calls("lime.GetCardInfoByCardUid") > asked

        report.step("a tap on COM5 has Lime asked for the card", until(known, 60) is not None)
        screen.settle()
        screen.press("F10")
        report.step("the till screen is left", screen.shows("ended: 0", 60))
