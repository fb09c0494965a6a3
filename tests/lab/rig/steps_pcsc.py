"""PC/SC: arrival, UID, what cards answer instead, removal, the service stopped and started."""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time

from .build import ROOT, said
from .fakecard import ASK_UID, NOT_SUPPORTED, OK, FakeCard
from .vm import LabError, Lines
from .watch import Events, cards

DRIVER = "/usr/lib/pcsc/drivers/serial/libifdvpcd.so"
SERVICE_SOCKET = "/run/pcscd/pcscd.comm"
SERVICE_FILES = (SERVICE_SOCKET, "/run/pcscd/pcscd.pid")
# State of a socket in /proc/net/tcp.
LISTENING = "0A"
READER = "Virtual PCD"
FOUR, SEVEN, TEN = "BCD14264", "0456463AAC2280", "04112233445566778899"
RANDOM = "08A1B2C3"


def missing_packages():
    """Debian packages that must be installed first."""
    there = {
        "pcscd": os.path.exists("/usr/sbin/pcscd"),
        "vsmartcard-vpcd": os.path.exists(DRIVER),
        "libpcsclite-dev": os.path.exists("/usr/include/PCSC/winscard.h"),
        "pkg-config": shutil.which("pkg-config"),
        "cargo": shutil.which("cargo"),
    }
    return [package for package, found in there.items() if not found]


class Service:
    """pcscd with one virtual reader, on ports of its own."""

    def __init__(self, folder):
        self.port = free_port()
        self.config = os.path.join(folder, "reader.conf")
        self.log = os.path.join(folder, "pcscd.log")
        with open(self.config, "w", encoding="utf-8") as file:
            file.write(f'FRIENDLYNAME "{READER}"\nDEVICENAME /dev/null:0x{self.port:04X}\n'
                       f"LIBPATH {DRIVER}\nCHANNELID 0x{self.port:04X}\n")
        self.process = None

    def start(self):
        """Starts it and waits until it and its reader answer."""
        if not service_runs():
            # Left behind by one that was killed: the service would end at the sight of them.
            for left in SERVICE_FILES:
                with contextlib.suppress(FileNotFoundError):
                    os.remove(left)
        with open(self.log, "w", encoding="utf-8") as log:
            self.process = subprocess.Popen(["/usr/sbin/pcscd", "-f", "-c", self.config],
                                            stdout=log, stderr=log)
        until = time.monotonic() + 20
        while not (service_runs() and listens(self.port)):
            if time.monotonic() > until or self.process.poll() is not None:
                with open(self.log, encoding="utf-8", errors="replace") as log:
                    raise LabError("pcscd does not start:\n" + log.read()[-2000:])
            time.sleep(0.05)

    def stop(self):
        """Stops it as the system does. Killed harder it would leave its socket behind."""
        if self.process:
            self.process.terminate()
            self.process.wait(20)


def service_runs():
    """A service is here and answers."""
    with socket.socket(socket.AF_UNIX) as end:
        return end.connect_ex(SERVICE_SOCKET) == 0


def listens(port):
    """Somebody listens there. Not tried by connecting: to vpcd that would be a card."""
    with open("/proc/net/tcp", encoding="ascii") as table:
        rows = [row.split() for row in table.readlines()[1:]]
    return any(row[1].endswith(f":{port:04X}") and row[3] == LISTENING for row in rows)


def free_port():
    """A port, and the one behind it, for the two slots of vpcd: below those that the system hands
    out to anybody who connects."""
    for port in range(21_000, 31_000, 2):
        with socket.socket() as one, socket.socket() as two:
            with contextlib.suppress(OSError):
                one.bind(("", port))
                two.bind(("", port + 1))
                return port
    raise LabError("no two ports side by side are free")


class Program(Events):
    """The program beside the service."""

    def __init__(self, binary, name):
        ours, theirs = socket.socketpair()
        self.process = subprocess.Popen(
            [binary, "reader", "watch", "--json", "--lang", "en", "--family", "pcsc", "--port", name],
            stdout=theirs, stderr=subprocess.DEVNULL)
        theirs.close()
        super().__init__(Lines(ours))

    def stop(self):
        """Ends it as Ctrl+C does; its exit code."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(20)


def build():
    """The program with the feature; its path."""
    said("cargo", "build", "--locked", "--features", "pcsc", "--bin", "limekeeper", cwd=ROOT)
    # Away from where an ordinary build puts its own.
    place = os.path.join(ROOT, "target", "lab")
    os.makedirs(place, exist_ok=True)
    return shutil.copy(os.path.join(ROOT, "target", "debug", "limekeeper"),
                       os.path.join(place, "limekeeper-pcsc"))


def run(report):
    """All steps."""
    began = time.monotonic()
    binary = build()
    report.note(f"the program is built, {time.monotonic() - began:.0f} s")
    with tempfile.TemporaryDirectory(prefix="limekeeper-pcsc-") as folder:
        service = Service(folder)
        program = Program(binary, f"{READER} 00 00")
        try:
            steps(report, service, program, binary)
        finally:
            program.process.kill()
            service.stop()


def steps(report, service, program, binary):
    """In the order of a day."""
    event, _ = program.wait(event="health", state="no_driver")
    report.step("pcsc: without the service the cure is said", "pcscd" in (event or {}).get("todo", ""),
                (event or {}).get("todo", ""))
    began = time.monotonic()
    service.start()
    report.step("pcsc: the service is started: the reader is ready", program.state("ready"),
                f"{time.monotonic() - began:.1f} s after it")
    listed = subprocess.run([binary, "reader", "list", "--json"], check=False, text=True,
                            stdout=subprocess.PIPE).stdout
    report.step("pcsc: `reader list` shows it", READER in listed)
    uids(report, service, program)
    refusals(report, service, program)

    card = FakeCard(service.port, [bytes.fromhex(SEVEN) + OK])
    program.card(SEVEN)
    service.stop()
    event, before = program.wait(event="health", state="lost")
    report.step("pcsc: the service stops with a card on the reader: it is gone, the reader lost",
                event is not None and [one["event"] for one in before] == ["gone"])
    service.start()
    report.step("pcsc: the service is back: the reader is ready", program.state("ready"))
    card = FakeCard(service.port, [bytes.fromhex(FOUR) + OK])
    report.step("pcsc: and reads", program.card(FOUR))
    late = Program(binary, f"{READER} 00 00")
    ready = late.state("ready")
    report.step("pcsc: a card that lay there before the program came is told of nobody",
                ready and not cards(late.rest(3)))
    late.stop()
    card.lift()
    report.step("pcsc: asked to end, it ends well", program.stop() == 0)


def uids(report, service, program):
    """Cards with UIDs of every length."""
    for uid in (FOUR, SEVEN, TEN):
        began = time.monotonic()
        card = FakeCard(service.port, [bytes.fromhex(uid) + OK])
        came = program.card(uid)
        took = time.monotonic() - began
        report.step(f"pcsc: a card of {len(uid) // 2} bytes, first byte first", came, f"{took:.1f} s")
        began = time.monotonic()
        card.lift()
        report.step("pcsc: and lifted", program.wait(event="gone")[0] is not None,
                    f"{time.monotonic() - began:.1f} s")
        report.step("pcsc: it was asked for its UID and nothing else", set(card.asked) == {ASK_UID})
    card = FakeCard(service.port, [bytes.fromhex("6C07"), bytes.fromhex(SEVEN) + OK])
    report.step("pcsc: a card that wants to be asked with its length", program.card(SEVEN))
    card.lift()
    program.wait(event="gone")


def refusals(report, service, program):
    """Answers that are no UID."""
    for name, answer in (
        ("a card without UID (6A81)", NOT_SUPPORTED),
        ("a card that fails (6300)", b"\x63\x00"),
        ("a UID that is cut (6282)", bytes.fromhex("0456") + b"\x62\x82"),
        ("five bytes, which no UID has", bytes.fromhex("0102030405") + OK),
    ):
        card = FakeCard(service.port, [answer])
        seen = cards(program.rest(3))
        report.step(f"pcsc: {name} is no card", not seen and card.asked, str(seen))
        card.lift()
        program.rest(1)
    card = FakeCard(service.port, [bytes.fromhex(RANDOM) + OK])
    event, _ = program.wait(seconds=5, event="card")
    report.step("pcsc: a UID that is made up anew each time is refused or doubted",
                event is None or event.get("warning") == "random_uid", str((event or {}).get("warning")))
    card.lift()
    program.rest(1)
