"""Virtual HID readers: one that types, and a swipe reader of MagTek's kind."""

import time

from .uhid import KEYBOARD, MAGTEK, HidDevice, PcProx, swiped, typed
from .watch import Watch, cards

SYCREADER = (0xFFFF, 0x0035)
NUMBER, NUMBER_HEX = "0006547886", "0063E9AE"
OTHER, OTHER_HEX = "0008075634", "007B3972"
THIRD, THIRD_HEX = "0061366822", "03A86226"
# As a technician writes it for a reader whose cards bear ten digits.
TYPES = """
[[readers]]
name = "Till"
family = "keyboard"
usb = "ffff:0035"
technology = "em-marine"
digits = 10
"""
SWIPES = """
[[readers]]
name = "Swipe"
family = "magtek"
usb = "0801:0002"
"""
TRACK_HEX = "2711"
ASKED = """
[[readers]]
name = "Desk"
family = "pcprox"
usb = "0c27:3bfa"
"""
# A number that banks use in their examples.
BANK = b"4111111111111111"
# HIDRAW_BUFFER_SIZE of the kernel, less one.
KEPT = 63


def run(vm, report):
    """All steps of this group."""
    # What is typed at the first screen of the machine.
    vm.run("cat /dev/tty1 >>/tmp/typed & echo $! >/tmp/typist")
    typing(vm, report)
    stalled(vm, report)
    two_of_a_kind(vm, report)
    swipes(vm, report)
    asked(vm, report)
    vm.run("kill $(cat /tmp/typist)")


def plug(vm, device):
    """Plugs in a device and waits for its node."""
    before = len(vm.nodes("hidraw"))
    device.plug()
    return vm.wait_for_nodes("hidraw", before + 1)


def unplug(vm, device):
    """Pulls it out and waits until its node is gone."""
    before = len(vm.nodes("hidraw"))
    device.unplug()
    vm.wait_for_nodes("hidraw", before - 1)


def scan(device, number):
    """A card is held to the reader: it types."""
    for report in typed(number):
        device.report(report)


def on_screen(vm):
    """What was typed since this was asked last."""
    time.sleep(1)
    text = vm.ask("tr '\\n' ' ' </tmp/typed")
    vm.run(": >/tmp/typed")
    return text.strip()


def typing(vm, report):
    """Read past the layout, and kept from the screen."""
    reader = HidDevice(vm, 3, "Sycreader RFID Technology Co., Ltd SYC ID&IC USB Reader", *SYCREADER, KEYBOARD, "A")
    plug(vm, reader)
    scan(reader, NUMBER)
    text = on_screen(vm)
    report.step("keyboard: without the program the reader types into the screen", text == NUMBER, text)
    unplug(vm, reader)

    with Watch(vm, config=TYPES) as watch:
        report.step("keyboard: a reader that is not there is told", watch.state("absent"))
        began = time.monotonic()
        plug(vm, reader)
        ready = watch.state("ready")
        report.step("keyboard: it arrives while the program runs", ready,
                    f"ready {time.monotonic() - began:.1f} s after the plug")
        time.sleep(1)
        scan(reader, NUMBER)
        report.step("keyboard: a card is read", watch.card(NUMBER_HEX))
        text = on_screen(vm)
        report.step("keyboard: and nothing is typed", text == "", text)

        people = HidDevice(vm, 4, "Cashier's keyboard", 0x046D, 0xC31C, KEYBOARD)
        plug(vm, people)
        scan(people, OTHER)
        text = on_screen(vm)
        report.step("keyboard: the cashier's keyboard types on, and is no reader",
                    text == OTHER and not cards(watch.rest()), text)
        unplug(vm, people)

        vm.run("limekeeper --config /tmp/lab.toml reader watch --json --lang en >/tmp/second 2>&1 &\n"
               "echo $! >/tmp/second.pid")
        busy = vm.wait_for("grep -q busy /tmp/second", 15)
        report.step("keyboard: a second program is told that another has the keys", busy,
                    vm.ask("tail -1 /tmp/second | cut -c 1-160"))
        vm.run("kill $(cat /tmp/second.pid)")

        for report_ in typed(NUMBER)[:9]:
            reader.report(report_)
        began = time.monotonic()
        reader.unplug()
        event, before = watch.wait(event="health", state="lost")
        report.step("keyboard: unplugged amid a number, it is lost and no card comes",
                    event is not None and not cards(before), f"{time.monotonic() - began:.1f} s after the unplug")
        vm.wait_for_nodes("hidraw", 0)
        plug(vm, reader)
        watch.state("ready")
        time.sleep(1)
        scan(reader, OTHER)
        report.step("keyboard: plugged in again, it reads", watch.card(OTHER_HEX))
        text = on_screen(vm)
        report.step("keyboard: and still nothing is typed", text == "", text)
    scan(reader, NUMBER)
    text = on_screen(vm)
    report.step("keyboard: when the program has ended, the reader types again", text == NUMBER, text)
    unplug(vm, reader)


def stalled(vm, report):
    """A reader is not listened to for so long that the kernel drops reports."""
    reader = HidDevice(vm, 3, "Sycreader", *SYCREADER, KEYBOARD, "A")
    plug(vm, reader)
    vm.run("exec 7</dev/hidraw0")
    for _ in range(10):
        for one in typed("123", end=False) + [bytes(8)]:
            reader.report(one)
    time.sleep(1)
    size = vm.ask("dd bs=64 <&7 >/tmp/kept 2>/dev/null & sleep 1; kill $!; exec 7<&-; echo; wc -c </tmp/kept")
    kept = int(size.split()[-1]) // 8
    report.step(f"stalled: of 70 reports the kernel keeps {KEPT}", kept == KEPT, f"{kept} reports")

    for digits in (True, False):
        config = TYPES if digits else TYPES.replace("digits = 10\n", "")
        with Watch(vm, config=config) as watch:
            watch.state("ready")
            time.sleep(1)
            missed_cards(vm, report, watch, reader, "" if digits else ", digits not set")
    unplug(vm, reader)


def missed_cards(vm, report, watch, reader, case):
    """Four cards are typed while the program stands still, and one more while it catches up."""
    numbers = [NUMBER, OTHER, "7700000077", "8800000088", "9900000099"]
    scan(reader, THIRD)
    before = watch.card(THIRD_HEX)
    watch.rest()
    watch.signal("STOP")
    for number in numbers[:-1]:
        scan(reader, number)
    time.sleep(0.5)
    watch.signal("CONT")
    scan(reader, numbers[-1])
    events = watch.rest()
    # What is doubted never pays without the cashier's yes.
    sure = [event for event in events if event.get("event") == "card" and not event.get("warning")]
    sent = {int(number) for number in numbers}
    told = " ".join(event.get("state") or event.get("uid_hex") or event["event"] for event in events)
    report.step(f"stalled: of what was typed meanwhile no card is invented{case}",
                before and all(int(uid, 16) in sent for uid in cards(sure)), told)
    report.step(f"stalled: what the kernel dropped is missing{case}", len(cards(events)) < len(numbers))
    time.sleep(1)
    scan(reader, THIRD)
    report.step(f"stalled: the next card is read{case}",
                watch.wait(event="card", uid_hex=THIRD_HEX)[0] is not None)


def two_of_a_kind(vm, report):
    """Two readers of one make, told apart by serial number."""
    first = HidDevice(vm, 3, "Sycreader", *SYCREADER, KEYBOARD, "08FF20140315")
    second = HidDevice(vm, 4, "Sycreader", *SYCREADER, KEYBOARD, "08FF20150112")
    plug(vm, first)
    plug(vm, second)
    with Watch(vm, config=TYPES) as watch:
        told = watch.state("ambiguous")
        report.step("two HID readers: none is taken, and that is said", told)
    named = "".join(
        TYPES.replace('"Till"', f'"{name}"').replace("digits", f'serial = "{serial}"\ndigits')
        for name, serial in (("Till", "08FF20140315"), ("Bar", "08FF20150112"))
    )
    with Watch(vm, config=named) as watch:
        ready = {"Till", "Bar"}
        while ready and (event := watch.wait(event="health", state="ready")[0]):
            ready.discard(event["reader"])
        time.sleep(1)
        scan(first, NUMBER)
        mine = watch.card(NUMBER_HEX, reader="Till")
        scan(second, OTHER)
        report.step("two HID readers: each card is told of its own", not ready and mine
                    and watch.card(OTHER_HEX, reader="Bar"))
        # Both at once, report by report.
        watch.rest()
        for one, two in zip(typed(OTHER), typed(NUMBER)):
            first.report(one)
            second.report(two)
        seen = {(event["reader"], event["uid_hex"]) for event in watch.rest() if event["event"] == "card"}
        report.step("two HID readers: two cards at the same time stay two",
                    seen == {("Till", OTHER_HEX), ("Bar", NUMBER_HEX)}, str(sorted(seen)))
    unplug(vm, first)
    unplug(vm, second)


def swipes(vm, report):
    """One report of 337 bytes per swipe."""
    reader = HidDevice(vm, 4, "Mag-Tek USB Swipe Reader", 0x0801, 0x0002, MAGTEK)
    with Watch(vm, config=SWIPES) as watch:
        watch.state("absent")
        plug(vm, reader)
        report.step("magtek: it arrives while the program runs", watch.state("ready"))
        time.sleep(1)
        reader.report(swiped(track2=b";10001=0001?"))
        event, _ = watch.wait(event="card")
        report.step("magtek: a guest's card is read from one report of 337 bytes",
                    event is not None and event["uid_hex"].lstrip("0") == TRACK_HEX, str(event)[:160])
        reader.report(swiped(b"%B" + BANK + b"^TEST/CARD^3012101?", b";" + BANK + b"=3012101?"))
        events = watch.rest()
        report.step("magtek: a bank card is no card, and nothing of it is written",
                    not cards(events) and BANK.decode() not in str(events))
        reader.report(swiped(track2=b";1000", status=(0, 1, 0)))
        report.step("magtek: a swipe that failed is no card", not cards(watch.rest()))
        reader.report(swiped(track2=b";10001=0001?"))
        reader.unplug()
        event, before = watch.wait(event="health", state="lost")
        report.step("magtek: unplugged, it is lost; a swipe just before comes whole or not at all",
                    event is not None and all(uid.lstrip("0") == TRACK_HEX for uid in cards(before)), str(cards(before)))


def asked(vm, report):
    """A pcProx is told not to type, and asked for its card."""
    reader = PcProx(vm, 3)
    plug(vm, reader)
    with Watch(vm, config=ASKED) as watch:
        ready = watch.state("ready")
        report.step("pcprox: opened, it is told not to type", ready and not reader.types())
        reader.card = (bytes([0x05, 0x45, 0x60]), 24)
        report.step("pcprox: a card is read by feature reports", watch.card("604505"))
        reader.card = None
        report.step("pcprox: and lifted", watch.wait(event="gone")[0] is not None)
        reader.unplug()
        report.step("pcprox: unplugged, it is lost", watch.state("lost"))
        # Without power it forgets what it was told.
        reader.page = reader.factory_page
        vm.wait_for_nodes("hidraw", 0)
        plug(vm, reader)
        watch.state("ready")
    report.step("pcprox: when the program has ended, the reader is as it was",
                reader.page == reader.factory_page, reader.page.hex())
    unplug(vm, reader)
