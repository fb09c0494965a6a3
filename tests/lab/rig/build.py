"""What the machine boots: Debian's kernel, and an initial file system with the real program."""

import glob
import os
import re
import shutil
import subprocess
import time

from .vm import LabError

HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
ROOT = os.path.dirname(os.path.dirname(HERE))
TARGET = "x86_64-unknown-linux-gnu"
# A folder of its own: another set of flags would build everything anew at every change.
OUT = os.path.join(ROOT, "target", "lab")

PACKAGES = {
    "qemu-system-x86_64": "qemu-system-x86",
    "busybox": "busybox-static",
    "cpio": "cpio",
    "depmod": "kmod",
    "udevadm": "udev",
    "dpkg-deb": "dpkg",
    "cargo": "",
}
# In the order of loading; what each needs is loaded before it.
MODULES = [
    "virtio_pci", "virtio_console", "xhci_pci", "usbhid", "hid_generic", "uhid", "evdev",
    "usbserial", "ftdi_sio",
]
# Brought along; loaded only by the step that needs them.
SPARE_MODULES = ["dummy_hcd", "libcomposite", "usb_f_serial"]
UDEV_RULES = "/lib/udev/rules.d"


def missing_packages():
    """Debian packages that must be installed first, and tools that no package of Debian 12 has."""
    places = os.environ.get("PATH", "") + ":/sbin:/usr/sbin"
    return [package or tool for tool, package in PACKAGES.items()
            if not shutil.which(tool, path=places)]


def said(*command, **options):
    """What a command prints; an error of it is the rig's error."""
    try:
        return subprocess.run(command, check=True, text=True, stdout=subprocess.PIPE, **options).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        raise LabError(str(error)) from error


def kernel():
    """Version, image and root of the modules. Installed if there is one, else Debian's current
    kernel is fetched and unpacked, without installing it."""
    for image in sorted(glob.glob("/boot/vmlinuz-*"), reverse=True):
        version = image.removeprefix("/boot/vmlinuz-")
        if os.path.exists(f"/lib/modules/{version}/kernel/drivers/usb/serial/ftdi_sio.ko"):
            return version, image, "/"
    folder = os.path.join(OUT, "kernel")
    depends = said("apt-cache", "depends", "linux-image-amd64")
    found = re.search(r"Depends: (linux-image-(\S+))", depends)
    if not found:
        raise LabError("no package linux-image-amd64 is known: apt-get update")
    package, version = found.groups()
    image = os.path.join(folder, "root", "boot", f"vmlinuz-{version}")
    if not os.path.exists(image):
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder)
        # Without its sandbox apt may write into a folder of ours.
        said("apt-get", "-q", "-o", "APT::Sandbox::User=root", "download", package, cwd=folder)
        [archive] = glob.glob(os.path.join(folder, "*.deb"))
        said("dpkg-deb", "-x", archive, os.path.join(folder, "root"))
        os.remove(archive)
    return version, image, os.path.join(folder, "root")


def program():
    """The real program, linked statically: its path and how long the build took."""
    began = time.monotonic()
    flags = os.environ | {"RUSTFLAGS": "-C target-feature=+crt-static"}
    # With a target of its own, as build scripts and macros cannot be linked so.
    said("cargo", "build", "--locked", "--bin", "limekeeper", "--target", TARGET,
         "--target-dir", OUT, cwd=ROOT, env=flags)
    return os.path.join(OUT, TARGET, "debug", "limekeeper"), time.monotonic() - began


def initramfs(version, modules_root, binary):
    """Packs the file system; the path of the archive."""
    tree = os.path.join(OUT, "tree")
    shutil.rmtree(tree, ignore_errors=True)
    for folder in ("bin", "sbin", "dev", "proc", "sys", "run", "tmp", "etc/udev/rules.d"):
        os.makedirs(os.path.join(tree, folder))
    shutil.copy(shutil.which("busybox"), os.path.join(tree, "bin", "busybox"))
    shutil.copy(os.path.join(HERE, "init.sh"), os.path.join(tree, "init"))
    os.chmod(os.path.join(tree, "init"), 0o755)
    said("objcopy", "--strip-debug", binary, os.path.join(tree, "bin", "limekeeper"))
    _write(tree, "etc/passwd", "root:x:0:0::/tmp:/bin/sh\ncashier:x:1000:1000::/tmp:/bin/sh\n")
    _write(tree, "etc/group", "root:x:0:\ntty:x:5:\ndialout:x:20:cashier\ncashier:x:1000:\n"
           + "".join(f"{name}:x:{number}:\n" for number, name in enumerate(
               ("disk", "lp", "kmem", "input", "sgx", "video", "audio", "render", "kvm", "cdrom",
                "tape", "plugdev", "scanner"), 100)))
    _write(tree, "etc/lab-modules", "\n".join(MODULES) + "\n")
    _modules(tree, version, modules_root)
    _udev(tree)
    archive = os.path.join(OUT, "initramfs")
    # Not compressed: unpacking costs the emulated processor more than reading.
    with open(archive, "wb") as out:
        files = said("find", ".", "-mindepth", "1", cwd=tree)
        subprocess.run(["cpio", "--quiet", "-o", "-H", "newc"], cwd=tree, input=files.encode(),
                       stdout=out, check=True)
    return archive


def _write(tree, name, text):
    with open(os.path.join(tree, name), "w", encoding="utf-8") as file:
        file.write(text)


def _modules(tree, version, root):
    """Copies the modules with all they need, and makes their index."""
    index = os.path.join(root, "lib", "modules", version, "modules.dep")
    if not os.path.exists(index):
        said("/sbin/depmod", "-b", root, version)
    for module in MODULES + SPARE_MODULES:
        lines = said("/sbin/modprobe", "-d", root, "-S", version, "--show-depends", module)
        for path in re.findall(r"^insmod (\S+)", lines, re.M):
            inside = path[path.index("/lib/modules/"):]
            target = tree + inside
            os.makedirs(os.path.dirname(target), exist_ok=True)
            shutil.copy(path, target)
    for name in ("modules.order", "modules.builtin", "modules.builtin.modinfo"):
        source = os.path.join(os.path.dirname(index), name)
        if os.path.exists(source):
            shutil.copy(source, tree + f"/lib/modules/{version}/{name}")
    said("/sbin/depmod", "-b", tree, version)


def _udev(tree):
    """udev with Debian's own rules and ours, as on a till."""
    shutil.copy(shutil.which("udevadm"), os.path.join(tree, "bin", "udevadm"))
    os.symlink("/bin/udevadm", os.path.join(tree, "sbin", "udevd"))
    libraries = re.findall(r"(/\S+) \(0x", said("ldd", shutil.which("udevadm")))
    for library in libraries:
        target = tree + library
        os.makedirs(os.path.dirname(target), exist_ok=True)
        shutil.copy(os.path.realpath(library), target)
    rules = tree + UDEV_RULES
    os.makedirs(rules)
    for name in ("50-udev-default.rules", "60-serial.rules", "73-seat-late.rules"):
        if os.path.exists(f"{UDEV_RULES}/{name}"):
            shutil.copy(f"{UDEV_RULES}/{name}", rules)
    # Not where udev looks: the steps install it.
    shutil.copy(os.path.join(ROOT, "assets", "udev", "70-limekeeper.rules"), tree + "/etc")
