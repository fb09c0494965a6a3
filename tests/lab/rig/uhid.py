"""Virtual HID devices: the host says what they are, `/dev/uhid` in the machine makes them real.

The kernel's protocol (linux/uhid.h) is one event per write. Events travel through a virtio port in
blocks of one size, which `dd` in the machine writes one by one: no program of our own is needed
there. Short events are allowed by the kernel; what follows in the block is not looked at.
"""

import struct
import threading

# Enough for a description with a report descriptor of 200 bytes, and for a report of 337 bytes.
BLOCK = 512
# Bytes of each event that come back: type, then the head of its data.
ANSWER = 64

DESTROY, GET_REPORT, GET_REPORT_REPLY = 1, 9, 10
CREATE2, INPUT2, SET_REPORT, SET_REPORT_REPLY = 11, 12, 13, 14
BUS_USB = 3
# EIO
NO_ANSWER = 5

# A keyboard of the boot protocol, no report ids: 8 bytes a report.
KEYBOARD = bytes.fromhex(
    "05010906a101050719e029e71500250175019508810295017508810105081901290595057501910295017503"
    "9101050719002aff00150026ff0095067508" "8100c0"
)
# A swipe reader of MagTek's kind: vendor page FF00, one input report of 337 bytes.
MAGTEK = bytes.fromhex("0600ff0901a101150026ff007508" "965101" "0920" "8102" "c0")


class HidDevice:
    """A device that can be plugged in and pulled out, at one of the machine's bridges."""

    def __init__(self, vm, port, name, vendor, product, descriptor, unique=""):
        self.head = (name, vendor, product, descriptor, unique)
        self.bridge = vm.bridges.get(port) or vm.bridges.setdefault(port, Bridge(vm, port))

    def plug(self):
        """Plugs it in."""
        name, vendor, product, descriptor, unique = self.head
        self.bridge.write(
            struct.pack("<I128s64s64sHHIIII", CREATE2, name.encode(), b"lab/input0", unique.encode(),
                        len(descriptor), BUS_USB, vendor, product, 0x100, 0)
            + descriptor
        )

        self.bridge.features = self.features

    # Of a device with feature reports: an object with `put(bytes)` and `get() -> bytes`.
    features = None

    def unplug(self):
        """Pulls it out."""
        self.bridge.write(struct.pack("<I", DESTROY))

    def report(self, data):
        """One input report."""
        self.bridge.write(struct.pack("<IH", INPUT2, len(data)) + data)


class Bridge:
    """The way of events between the host and `/dev/uhid`. One device at a time has it."""

    def __init__(self, vm, port):
        self.features = None
        self.end = vm.connect(f"port{port}")
        vm.run(
            f"( exec 3<>/dev/uhid 4<>/dev/vport0p{port}; dd bs={ANSWER} <&3 >&4 2>/dev/null & "
            f"exec dd bs={BLOCK} iflag=fullblock <&4 >&3 2>/tmp/bridge{port}.log ) >/dev/null 2>&1 &"
        )
        threading.Thread(target=self._listen, daemon=True).start()

    def write(self, event):
        """One event to the kernel."""
        if len(event) > BLOCK:
            raise ValueError("the event is longer than a block")
        self.end.sendall(event.ljust(BLOCK, b"\0"))

    def _listen(self):
        """Answers what the kernel asks a device."""
        source = self.end.makefile("rb")
        while True:
            try:
                answer = source.read(ANSWER)
            except OSError:
                return
            if len(answer) < ANSWER:
                return
            kind, request = struct.unpack_from("<II", answer)
            if kind == GET_REPORT and self.features:
                # Reports without number have a zero in its place.
                data = b"\0" + self.features.get()
                self.write(struct.pack("<IIHH", GET_REPORT_REPLY, request, 0, len(data)) + data)
            elif kind == GET_REPORT:
                self.write(struct.pack("<IIHH", GET_REPORT_REPLY, request, NO_ANSWER, 0))
            elif kind == SET_REPORT:
                size, = struct.unpack_from("<H", answer, 10)
                if self.features:
                    self.features.put(answer[13:12 + size])
                self.write(struct.pack("<IIH", SET_REPORT_REPLY, request, 0))


class PcProx(HidDevice):
    """An rf IDeas pcProx: a keyboard with feature reports of eight bytes (micolous/pcprox)."""

    PAGE_0, FINISH, ASK_CARD, ASK_COUNT = 0x80, 0x90, 0x8F, 0x8E

    def __init__(self, vm, port):
        descriptor = KEYBOARD[:-1] + bytes.fromhex("0600ff0901150026ff0075089508b102" "c0")
        super().__init__(vm, port, "RFIDeas USB Keyboard", 0x0C27, 0x3BFA, descriptor)
        self.features = self
        self.page = self.factory_page = bytes([3, 5, 0x11, 16, 26, 0, 40, 0x01])
        self.command = 0
        # Bits of the card, the lowest byte first, and their count.
        self.card = None

    def put(self, data):
        """A command, or the page behind the command that announces it."""
        if self.command == self.PAGE_0 and data[0] != self.FINISH:
            self.page, self.command = data, 0
        else:
            self.command = data[0]

    def get(self):
        """The answer to the last command."""
        command, self.command = self.command, 0
        bits, count = self.card or (b"", 0)
        if command == self.PAGE_0:
            return self.page
        if command == self.ASK_CARD:
            return bits.ljust(8, b"\0")
        if command == self.ASK_COUNT:
            return bytes([count, count]).ljust(8, b"\0")
        return bytes(8)

    def types(self):
        """Whether it would type a card."""
        return not self.page[7] & 0x80


DIGIT_KEYS = {str(digit): (0x27 if digit == 0 else 0x1D + digit) for digit in range(10)}
ENTER_KEY = 0x28


def typed(text, end=True):
    """The reports of a reader that types digits, each press followed by its release."""
    keys = [DIGIT_KEYS[digit] for digit in text] + ([ENTER_KEY] if end else [])
    reports = []
    for key in keys:
        reports += [bytes([0, 0, key, 0, 0, 0, 0, 0]), bytes(8)]
    return reports


def swiped(track1=b"", track2=b"", track3=b"", status=(0, 0, 0)):
    """MagTek's report: three states, three lengths, the kind of card, three times 110 bytes."""
    report = bytearray(337)
    report[0:3] = bytes(status)
    for index, track in enumerate((track1, track2, track3)):
        report[3 + index] = len(track)
        report[7 + 110 * index:7 + 110 * index + len(track)] = track
    return bytes(report)
