"""A virtual machine without KVM: QEMU, its control socket, and a shell inside."""

import atexit
import collections
import json
import os
import queue
import socket
import subprocess
import tempfile
import threading
import time

SHELL, EVENTS = 1, 2
# Further ports, one per virtual HID device.
BRIDGES = (3, 4)
BOOT_S = 180
COMMAND_S = 60


class LabError(Exception):
    """The rig itself does not work; nothing is said of the program."""


class Vm:
    """A running machine."""

    def __init__(self, kernel, initramfs):
        self.folder = tempfile.TemporaryDirectory(prefix="limekeeper-lab-")
        self.console = os.path.join(self.folder.name, "console.log")
        self.plugged = 0
        # Of uhid.py, by their ports.
        self.bridges = {}
        args = [
            "qemu-system-x86_64", "-accel", "tcg,thread=multi", "-cpu", "max", "-smp", "2",
            "-m", "768", "-nodefaults", "-no-reboot", "-display", "none", "-monitor", "none",
            "-kernel", kernel, "-initrd", initramfs,
            "-append", "console=ttyS0 loglevel=4 panic=-1 quiet",
            "-serial", f"file:{self.console}",
            "-qmp", f"unix:{self._path('qmp')},server=on,wait=off",
            "-device", "virtio-serial-pci", "-device", "qemu-xhci,id=xhci,p2=8,p3=8",
        ]
        for port in (SHELL, EVENTS, *BRIDGES):
            args += self._socket(f"port{port}")
            args += ["-device", f"virtserialport,chardev=port{port},nr={port}"]
        self.qemu = subprocess.Popen(args, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        atexit.register(self.qemu.kill)
        try:
            self.qmp_file = self.connect("qmp").makefile("rw")
            self.qmp_file.readline()
            self.qmp("qmp_capabilities")
            self.events = Lines(self.connect(f"port{EVENTS}"))
            self.shell = self.connect(f"port{SHELL}")
            self.shell_lines = Lines(self.shell)
            self._wait_for_shell()
        except BaseException:
            self.stop()
            raise

    def _path(self, name):
        return os.path.join(self.folder.name, name)

    def _socket(self, name):
        return ["-chardev", f"socket,id={name},path={self._path(name)},server=on,wait=off"]

    def connect(self, name):
        """The host's end of a port or a line."""
        until = time.monotonic() + 30
        while True:
            end = socket.socket(socket.AF_UNIX)
            try:
                end.connect(self._path(name))
                return end
            except OSError as error:
                end.close()
                if time.monotonic() > until or self.qemu.poll() is not None:
                    raise LabError(f"QEMU does not start: {error}") from error
                time.sleep(0.05)

    def _wait_for_shell(self):
        until = time.monotonic() + BOOT_S
        while time.monotonic() < until and self.qemu.poll() is None:
            self.shell.sendall(b"\necho lab-$((40+2))\n")
            if self.shell_lines.wait(lambda line: line == "lab-42", 2) is not None:
                self.shell_lines.drain()
                return
        raise LabError("the machine does not boot:\n" + self.console_tail())

    def console_tail(self):
        """The kernel's last words."""
        try:
            with open(self.console, encoding="utf-8", errors="replace") as log:
                return "".join(collections.deque(log, 25))
        except OSError:
            return ""

    def qmp(self, command, **arguments):
        """One command to QEMU; an error of it is the rig's error."""
        self.qmp_file.write(json.dumps({"execute": command, "arguments": arguments}) + "\n")
        self.qmp_file.flush()
        while True:
            answer = json.loads(self.qmp_file.readline() or '{"error": "QEMU is gone"}')
            if "error" in answer:
                raise LabError(f"{command}: {answer['error']}")
            if "return" in answer:
                return answer["return"]

    def run(self, command, seconds=COMMAND_S):
        """Runs a shell command in the machine; its exit code and what it printed."""
        mark = f"lab-end-{time.monotonic_ns()}"
        self.shell.sendall(f"{{ {command}\n}} 2>&1; code=$?; echo; echo {mark} $code\n".encode())
        said = []
        until = time.monotonic() + seconds
        while True:
            line = self.shell_lines.next(until - time.monotonic())
            if line is None:
                raise LabError(f"no answer to: {command}\n{said}\n{self.console_tail()}")
            if line.startswith(mark):
                return int(line.split()[1]), "\n".join(said).strip()
            said.append(line)

    def ask(self, command):
        """What a command prints."""
        return self.run(command)[1]

    def nodes(self, name):
        """The device nodes whose names begin so, without `/dev/`."""
        found = self.ask("ls /dev")
        return sorted(node for node in found.split() if node.startswith(name))

    def wait_for(self, condition, seconds=30):
        """Waits until a shell condition holds; whether it did."""
        turns = seconds * 5
        code, _ = self.run(
            f"n=0; until {condition}; do n=$((n+1)); [ $n -lt {turns} ] || break; sleep 0.2; done; {condition}",
            seconds + COMMAND_S,
        )
        return code == 0

    def wait_for_nodes(self, name, count):
        """Waits until there are so many nodes of that name; whether there are."""
        return self.wait_for(f"[ $(ls /dev | grep -c ^{name}) = {count} ]")

    def plug_ftdi(self, serial, port=None):
        """Plugs in an emulated FTDI adapter; its end of the line."""
        # A socket of its own for each time: an old one may still be held by the last device.
        self.plugged += 1
        name = f"line{self.plugged}"
        address = {"type": "unix", "data": {"path": self._path(name)}}
        backend = {"type": "socket", "data": {"addr": address, "server": True, "wait": False}}
        self.qmp("chardev-add", id=name, backend=backend)
        line = self.connect(name)
        place = {"port": str(port)} if port else {}
        self.qmp(
            "device_add", driver="usb-serial", chardev=name, id=f"usb-{name}", bus="xhci.0",
            serial=serial, **{"always-plugged": True}, **place,
        )
        return Ftdi(self, f"usb-{name}", line)

    def stop(self):
        """Ends the machine."""
        self.qemu.kill()
        self.qemu.wait()
        self.folder.cleanup()


class Ftdi:
    """An emulated FTDI FT232 (0403:6001)."""

    def __init__(self, vm, name, line):
        self.vm, self.name, self.line = vm, name, line

    def send(self, data):
        """Bytes that the reader behind the adapter says."""
        self.line.sendall(data)

    def unplug(self):
        """Pulls the plug."""
        self.vm.qmp("device_del", id=self.name)


class Lines:
    """Lines of a socket with their times, collected by a thread."""

    def __init__(self, end):
        self.queue = queue.Queue()
        thread = threading.Thread(target=self._collect, args=(end,), daemon=True)
        thread.start()

    def _collect(self, end):
        try:
            for line in end.makefile("r", encoding="utf-8", errors="replace", newline="\n"):
                self.queue.put(line.strip("\r\n"))
        except OSError:
            pass

    def next(self, seconds):
        """The next line, or None when none comes in time."""
        try:
            return self.queue.get(timeout=max(seconds, 0))
        except queue.Empty:
            return None

    def wait(self, wanted, seconds):
        """The first line that is wanted; those before it are thrown away."""
        until = time.monotonic() + seconds
        while (line := self.next(until - time.monotonic())) is not None:
            if wanted(line):
                return line
        return None

    def drain(self, quiet=0.3):
        """Everything until nothing comes for a while."""
        lines = []
        while (line := self.next(quiet)) is not None:
            lines.append(line)
        return lines
