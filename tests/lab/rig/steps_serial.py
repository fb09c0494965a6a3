"""An emulated FTDI adapter (0403:6001) with an RDM6300 behind it, plugged in and out."""

import time

from .watch import QUIET_S, Watch, cards

A, A_HEX = bytes.fromhex("010063E9AE"), "010063E9AE"
B, B_HEX = bytes.fromhex("6F007B3972"), "6F007B3972"
FTDI = ("--family", "rdm6300", "--usb", "0403:6001")
ONE, TWO = "LAB00001", "LAB00002"
FIRST = (*FTDI, "--serial", ONE)
# A reader that was open so long has not just trembled (`STABLE` of the supervisor).
STABLE_S = 2.2
# What a scale says, field case 29: near enough to a card's number.
SCALE = b"ST,GS,+00.575kg\r\n"


def frame(card):
    """An RDM6300's frame: 14 bytes."""
    check = 0
    for byte in card:
        check ^= byte
    return b"\x02" + (card.hex() + f"{check:02x}").upper().encode() + b"\x03"


def run(vm, report):
    """All steps of this group."""
    one_adapter(vm, report)
    renumbering(vm, report)
    cut_by_unplugging(vm, report)
    two_adapters(vm, report)
    equal_adapters(vm, report)
    held(vm, report)


def plug(vm, serial, port=None):
    """Plugs in an adapter and waits for its node."""
    before = len(vm.nodes("ttyUSB"))
    adapter = vm.plug_ftdi(serial, port)
    vm.wait_for_nodes("ttyUSB", before + 1)
    return adapter


def one_adapter(vm, report):
    """Arrival, cards, noise, loss."""
    with Watch(vm, *FIRST) as watch:
        report.step("serial: a reader that is not there is told", watch.state("absent"))
        began = time.monotonic()
        adapter = plug(vm, ONE)
        ready = watch.state("ready")
        report.step("serial: it arrives while the program runs", ready,
                    f"ready {time.monotonic() - began:.1f} s after the plug")
        adapter.send(frame(A))
        report.step("serial: a card is read through the kernel's driver", watch.card(A_HEX))
        report.step("serial: and lifted", watch.wait(event="gone")[0] is not None)
        adapter.send(frame(A)[:6] + frame(B) + frame(A)[6:])
        report.step("serial: a frame amid a broken one is the only card", watch.card(B_HEX)
                    and not cards(watch.rest()))
        for _ in range(20):
            adapter.send(SCALE)
        noise, before = watch.wait(event="noise")
        report.step("serial: a scale's lines are noise and never a card",
                    noise is not None and not cards(before + watch.rest()))
        began = time.monotonic()
        adapter.unplug()
        report.step("serial: unplugged, it is lost", watch.state("lost"),
                    f"{time.monotonic() - began:.1f} s after the unplug")
        adapter = plug(vm, ONE)
        report.step("serial: plugged in again, it is ready", watch.state("ready"))
        report.step("serial: under its old name, as the program had let go of it",
                    vm.nodes("ttyUSB") == ["ttyUSB0"])
        adapter.send(frame(A))
        report.step("serial: and reads", watch.card(A_HEX))
        adapter.unplug()
        watch.state("lost")
        report.step("serial: asked to end, it ends well", watch.stop() == 0)


def renumbering(vm, report):
    """Another program keeps the old node open, so that the adapter comes back under a new name."""
    with Watch(vm, *FIRST) as watch:
        adapter = plug(vm, ONE)
        watch.state("ready")
        vm.run("sleep 1000 </dev/ttyUSB0 & echo $! >/tmp/holder")
        vm.wait_for("ls -l /proc/$(cat /tmp/holder)/fd | grep -q ttyUSB0")
        adapter.unplug()
        watch.state("lost")
        adapter = plug(vm, ONE)
        names = vm.nodes("ttyUSB")
        report.step("renumbering: the adapter comes back as ttyUSB1", names == ["ttyUSB1"], str(names))
        report.step("renumbering: it is ready", watch.state("ready"))
        adapter.send(frame(B))
        report.step("renumbering: and reads", watch.card(B_HEX))
        vm.run("kill $(cat /tmp/holder)")
        adapter.unplug()
        watch.state("lost")


def cut_by_unplugging(vm, report):
    """Bytes that come just before the unplug may be lost; they must not become a card."""
    foreign, whole, rounds = [], 0, 4
    with Watch(vm, *FIRST) as watch:
        for turn in range(rounds):
            adapter = plug(vm, ONE)
            watch.state("ready")
            # Unplugged sooner, it would count as a device that trembles, and be opened ever later.
            time.sleep(STABLE_S)
            adapter.send(frame(A)[:7 + turn])
            if turn % 2:
                adapter.send(frame(B))
            adapter.unplug()
            _, before = watch.wait(event="health", state="lost")
            seen = cards(before)
            whole += seen == [B_HEX]
            foreign += [uid for uid in seen if uid != B_HEX or not turn % 2]
        # The rest of a frame whose head came before the unplug.
        adapter = plug(vm, ONE)
        watch.state("ready")
        adapter.send(frame(A)[7:])
        foreign += cards(watch.rest())
        adapter.unplug()
        watch.state("lost")
    report.step("cut: what the unplug cuts never becomes a card", not foreign,
                f"{rounds} rounds; whole frame just before: read {whole} of {rounds // 2} times")


CONFIG = "".join(
    f'[[readers]]\nname = "{name}"\nfamily = "rdm6300"\nusb = "0403:6001"\nserial = "{serial}"\n'
    for name, serial in (("Till", ONE), ("Bar", TWO))
)


def two_adapters(vm, report):
    """Two readers of one make, told apart by serial number whatever their order."""
    with Watch(vm, config=CONFIG) as watch:
        for order in ((ONE, TWO), (TWO, ONE)):
            adapters = {serial: plug(vm, serial) for serial in order}
            ready = {"Till", "Bar"}
            while ready and (event := watch.wait(event="health", state="ready")[0]):
                ready.discard(event["reader"])
            nodes = ("ttyUSB0 is the till's", "ttyUSB0 is the bar's")[order[0] == TWO]
            adapters[ONE].send(frame(A))
            mine = watch.card(A_HEX, reader="Till")
            adapters[TWO].send(frame(B))
            report.step(f"two adapters: each card is told of its own reader, {nodes}",
                        not ready and mine and watch.card(B_HEX, reader="Bar"))
            # The same card at both: two taps.
            watch.rest()
            adapters[TWO].send(frame(A))
            adapters[ONE].send(frame(A))
            report.step(f"two adapters: one card at both is two taps, {nodes}",
                        sorted(cards(watch.rest())) == [A_HEX, A_HEX])
            adapters[ONE].unplug()
            report.step(f"two adapters: one is lost, {nodes}", watch.state("lost", reader="Till"))
            adapters[TWO].send(frame(B))
            report.step(f"two adapters: the other reads on, {nodes}", watch.card(B_HEX, reader="Bar"))
            adapters[TWO].unplug()
            watch.state("lost", reader="Bar")


def equal_adapters(vm, report):
    """Two that nothing tells apart but the socket."""
    first, second = plug(vm, "SAME", port=3), plug(vm, "SAME", port=4)
    with Watch(vm, *FTDI) as watch:
        told = watch.state("ambiguous")
        first.send(frame(A))
        second.send(frame(B))
        report.step("equal adapters: none is taken, and that is said", told and not cards(watch.rest()))
    with Watch(vm, *FTDI, "--usb-path", "1-4") as watch:
        ready = watch.state("ready")
        first.send(frame(A))
        second.send(frame(B))
        report.step("equal adapters: by its socket one is", ready and watch.card(B_HEX)
                    and not cards(watch.rest()))
        second.unplug()
        report.step("equal adapters: and lost, while its like stays", watch.state("lost")
                    and not watch.state("ready", seconds=2 * QUIET_S))
    first.unplug()
    vm.wait_for_nodes("ttyUSB", 0)


def held(vm, report):
    """Another program has the port; then this user may not open it."""
    adapter = plug(vm, ONE)
    vm.run("( limekeeper reader watch --json --family rdm6300 --port /dev/ttyUSB0 >/dev/null 2>&1 & "
           "echo $! >/tmp/holder )")
    vm.wait_for("ls -l /proc/$(cat /tmp/holder)/fd | grep -q ttyUSB0")
    with Watch(vm, *FIRST) as watch:
        event, _ = watch.wait(event="health", state="busy")
        said = (event or {}).get("todo", "")
        report.step("held: who holds the port is said", "limekeeper (" in said, said)
        vm.run("kill $(cat /tmp/holder)")
        report.step("held: as soon as it lets go, the reader is ready", watch.state("ready"))
        adapter.send(frame(A))
        report.step("held: and reads", watch.card(A_HEX))
    adapter.unplug()
    vm.wait_for_nodes("ttyUSB", 0)
