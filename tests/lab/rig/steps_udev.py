"""The rules of `assets/udev` under Debian's udev: who may open what, and a reader that the
kernel's driver does not know by itself."""

from .uhid import KEYBOARD, HidDevice
from .watch import Watch

GADGET = "/sys/kernel/config/usb_gadget/ironlogic"
# A USB device of the kernel's own (dummy_hcd): a vendor class interface with two bulk endpoints, as
# the reader's FTDI chip has, under the numbers of an IronLogic Z-2.
PLUG_IRONLOGIC = f"""
modprobe libcomposite && modprobe dummy_hcd && modprobe usb_f_serial
[ -d {GADGET} ] || {{ mount -t configfs none /sys/kernel/config; mkdir {GADGET}; }}
cd {GADGET} && echo 0x0403 >idVendor && echo 0x1234 >idProduct && echo 0x0400 >bcdDevice
mkdir -p strings/0x409 configs/c.1 functions/gser.0
echo ILogic >strings/0x409/manufacturer
echo 'USB IronLogic RFID Adapter' >strings/0x409/product
echo IL03E3BH >strings/0x409/serialnumber
[ -e configs/c.1/gser.0 ] || ln -s functions/gser.0 configs/c.1/
ls /sys/class/udc >UDC
"""
# Each packet of an FTDI chip begins with two bytes of line state.
FTDI_STATE = "\\001\\140"


def run(vm, report):
    """All steps of this group."""
    vm.run("udevd --daemon; udevadm trigger --action=add; udevadm settle")
    vm.run("printf '#!/bin/sh\\nexec su cashier -c \"$*\"\\n' >/bin/as-cashier; chmod +x /bin/as-cashier")
    without_rules(vm, report)
    vm.run("cp /etc/70-limekeeper.rules /etc/udev/rules.d/ && udevadm control --reload")
    with_rules(vm, report)


def without_rules(vm, report):
    """What a till sees before the rules are installed: else the steps behind prove nothing."""
    keyboard = HidDevice(vm, 3, "Sycreader RFID", 0xFFFF, 0x0035, KEYBOARD)
    keyboard.plug()
    vm.wait_for("[ -e /dev/hidraw0 ]")
    vm.run("udevadm settle")
    report.step("udev: without the rules the till's user may not open the HID reader",
                vm.run("as-cashier 'exec 3<>/dev/hidraw0'")[0] != 0, vm.ask("ls -l /dev/hidraw0"))
    keyboard.unplug()
    vm.run(PLUG_IRONLOGIC)
    report.step("udev: without the rules no driver takes an IronLogic reader",
                vm.wait_for("grep -q 1234 /sys/bus/usb/devices/*/idProduct")
                and not vm.wait_for("[ -e /dev/ttyUSB0 ]", 2))
    vm.run(f"echo >{GADGET}/UDC; udevadm settle")


def with_rules(vm, report):
    """After the commands at the head of the rules file."""
    keyboard = HidDevice(vm, 4, "Sycreader RFID", 0xFFFF, 0x0035, KEYBOARD)
    keyboard.plug()
    vm.wait_for("[ -e /dev/hidraw0 ]")
    vm.run("udevadm settle")
    report.step("udev: with the rules the till's user opens the HID reader",
                vm.run("as-cashier 'exec 3<>/dev/hidraw0'")[0] == 0, vm.ask("ls -l /dev/hidraw0"))
    node = "/dev/input/" + vm.ask("ls /sys/class/hidraw/hidraw0/device/input/input*/ | grep -x 'event[0-9]*'")
    report.step("udev: and its input node, to keep it from typing",
                vm.run(f"as-cashier \"exec 3<>{node}\"")[0] == 0, vm.ask(f"ls -l {node}"))
    other = HidDevice(vm, 3, "Cashier's keyboard", 0x046D, 0xC31C, KEYBOARD)
    other.plug()
    vm.wait_for("[ -e /dev/hidraw1 ]")
    vm.run("udevadm settle")
    report.step("udev: but no other keyboard",
                vm.run("as-cashier 'exec 3<>/dev/hidraw1'")[0] != 0, vm.ask("ls -l /dev/hidraw1"))
    keyboard.unplug()
    other.unplug()

    ids = "/sys/bus/usb-serial/drivers/ftdi_sio/new_id"
    for turn in ("", " again"):
        vm.run(f"ls /sys/class/udc >{GADGET}/UDC")
        there = vm.wait_for("[ -e /dev/ttyUSB0 ]")
        vm.run("udevadm settle")
        report.step(f"udev: with the rules an IronLogic reader gets its port{turn}", there,
                    vm.ask("ls -l /dev/ttyUSB0"))
        if not turn:
            vm.run(f"echo >{GADGET}/UDC")
            vm.wait_for("[ ! -e /dev/ttyUSB0 ]")
    report.step("udev: its number was told to the driver once", vm.ask(f"cat {ids}") == "0403 1234",
                vm.ask(f"cat {ids}"))
    about = vm.ask("udevadm info --query=property /dev/ttyUSB0")
    report.step("udev: ModemManager leaves it alone", "ID_MM_DEVICE_IGNORE=1" in about)
    report.step("udev: who sits at the screen may open it", "TAGS=:uaccess:" in about)
    read_ironlogic(vm, report)


def read_ironlogic(vm, report):
    """The till's user reads a card through the real driver."""
    vm.run("stty -F /dev/ttyGS0 raw -echo")
    with Watch(vm, "--family", "ironlogic", "--usb", "0403:1234", "--serial", "IL03E3BH",
               user="cashier") as watch:
        ready = watch.state("ready")
        vm.run(f"printf '{FTDI_STATE}Em-Marine[5500] 126,58404\\r\\n' >/dev/ttyGS0")
        card = watch.card("55007EE424")
        vm.run(f"printf '{FTDI_STATE}No card\\r\\n' >/dev/ttyGS0")
        report.step("udev: and the till's user reads a card from it", ready and card
                    and watch.wait(event="gone")[0] is not None)
        vm.run(f"echo >{GADGET}/UDC")
        report.step("udev: unplugged, it is lost", watch.state("lost"))
