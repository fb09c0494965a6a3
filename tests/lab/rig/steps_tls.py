"""Steps of `tests/lab/tls`: what is spoken, who is believed, what is paid."""

import hashlib
import http.client
import json
import os
import shutil
import socket
import ssl
import subprocess
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
DATA = ROOT / "src/http/testdata"
# A server with nobody behind it would keep the rig for ever.
PATIENCE_S = 60


def missing():
    tools = [tool for tool in ("openssl", "cargo", "pkg-config") if not shutil.which(tool)]
    if "pkg-config" not in tools:
        found = subprocess.run(["pkg-config", "--exists", "openssl"], check=False)
        if found.returncode:
            tools.append("libssl-dev")
    return tools


def built(folder):
    """A copy of the program with old TLS: the next ordinary build takes its place."""
    build = ["cargo", "build", "--locked", "--features", "legacy-tls", "--bin", "limekeeper"]
    subprocess.run(build, cwd=ROOT, check=True)
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    return Path(shutil.copy(target / "debug/limekeeper", folder))


class Till:
    """`openssl s_server`, which passes what it decrypts to r_keeper's stand-in and back."""

    def __init__(self, folder, name, key, speech, upstream):
        self.certificate, self.key = pem(folder, name, key)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.requests = []
        self.upstream = upstream.removeprefix("http://")
        command = ["openssl", "s_server", "-accept", f"127.0.0.1:{self.port}", "-quiet"]
        command += ["-cert", self.certificate, "-key", self.key, *speech]
        self.server = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        threading.Thread(target=self.relay, daemon=True).start()
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            if self.server.poll() is not None:
                break
            time.sleep(0.05)
        raise RuntimeError(f"openssl s_server does not start: {' '.join(command)}")

    def relay(self):
        while request := read_request(self.server.stdout):
            head, body = request
            self.requests.append(head)
            connection = http.client.HTTPConnection(self.upstream, timeout=PATIENCE_S)
            method, path, _ = head[0].split(" ", 2)
            headers = dict(line.split(": ", 1) for line in head[1:])
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            content = answer.read()
            status = f"HTTP/1.1 {answer.status} x\r\nContent-Length: {len(content)}\r\n\r\n"
            self.server.stdin.write(status.encode() + content)
            self.server.stdin.flush()

    def end(self):
        self.server.kill()
        self.server.wait()


def read_request(stream):
    """Lines of the head, and the body; nothing at the end."""
    head = []
    while line := stream.readline():
        if line == b"\r\n":
            length = next(
                (int(text.split(": ")[1]) for text in head if text.lower().startswith("content-length")),
                0,
            )
            return head, stream.read(length)
        head.append(line.decode().rstrip("\r\n"))
    return None


def pem(folder, name, key):
    """The test data as `s_server` reads it."""
    certificate = folder / f"{name}.pem"
    certificate.write_text(ssl.DER_cert_to_PEM_cert((DATA / f"{name}.der").read_bytes()))
    key_file = folder / f"{key}.key.pem"
    convert = ["openssl", "pkey", "-inform", "DER", "-in", DATA / f"{key}.key.der", "-out", key_file]
    subprocess.run(convert, check=True, capture_output=True)
    return str(certificate), str(key_file)


def fingerprint(name):
    return hashlib.sha256((DATA / f"{name}.der").read_bytes()).hexdigest()


class Site:
    """The stand-ins, and a till's config that leads to a server."""

    def __init__(self, program, folder):
        self.program, self.folder = program, folder
        self.sim = subprocess.Popen(
            [program, "sim", "--state-dir", folder / "sim"], stdout=subprocess.PIPE, text=True
        )
        self.where = json.loads(self.sim.stdout.readline())

    def run(self, till, tls, pins, *command):
        """Exit code, output and messages of a command with such a config."""
        text = Path(self.where["config"]).read_text()
        pins = "[" + ", ".join(f'"{pin}"' for pin in pins) + "]"
        text = text.replace(self.where["rkeeper"], f"https://127.0.0.1:{till.port}")
        text = text.replace("[rkeeper]\n", f'[rkeeper]\ntls = "{tls}"\npins = {pins}\n', 1)
        config = self.folder / "till.toml"
        config.write_text(text)
        ran = subprocess.run(
            [self.program, "--config", config, "--lang", "en", *command],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )
        return ran.returncode, ran.stdout, ran.stderr

    def unpaid(self, name):
        control = http.client.HTTPConnection(self.where["control"].removeprefix("http://"))
        control.request("GET", "/state")
        orders = json.loads(control.getresponse().read())["orders"]
        return next(order["unpaid"] for order in orders if order["name"] == name)

    def end(self):
        self.sim.terminate()
        self.sim.wait()


# What the till speaks: options of s_server, the profile that fits, and how doctor calls it.
SPEECHES = [
    ("TLS 1.0, RSA key exchange, CBC", ["-tls1", "-cipher", "AES128-SHA:@SECLEVEL=0"],
     "openssl-tls10", "TLS 1.0, RSA-AES128-CBC-SHA"),
    ("TLS 1.1, CBC", ["-tls1_1", "-cipher", "ECDHE-RSA-AES256-SHA:@SECLEVEL=0"],
     "openssl-tls10", "TLS 1.1, ECDHE-RSA-AES256-CBC-SHA"),
    ("TLS 1.2, signed with SHA-1 alone",
     ["-tls1_2", "-sigalgs", "RSA+SHA1", "-cipher", "ECDHE-RSA-AES128-GCM-SHA256:@SECLEVEL=0"],
     "openssl-tls10", "signed with SHA-1"),
    ("TLS 1.2, RSA key exchange", ["-tls1_2", "-cipher", "AES128-GCM-SHA256:@SECLEVEL=0"],
     "openssl-tls12", "TLS 1.2, RSA-AES128-GCM-SHA256"),
    ("TLS 1.2, CBC", ["-tls1_2", "-cipher", "ECDHE-RSA-AES128-SHA:@SECLEVEL=0"],
     "openssl-tls12", "TLS 1.2, ECDHE-RSA-AES128-CBC-SHA"),
    ("TLS 1.2, DHE", ["-tls1_2", "-cipher", "DHE-RSA-AES128-SHA:@SECLEVEL=0"],
     "openssl-tls12", "TLS 1.2, DHE-RSA-AES128-CBC-SHA"),
]
OLD = "rsa1024-v1"


def run(report):
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        program = built(folder)
        report.step("the program is built with legacy-tls", program.exists())
        site = Site(program, folder)
        try:
            for name, speech, profile, words in SPEECHES:
                till = Till(folder, OLD, "rsa1024", speech, site.where["rkeeper"])
                spoken(report, site, till, name, profile, words)
                till.end()
            paid(report, site, folder)
            refused(report, site, folder)
        finally:
            site.end()


def spoken(report, site, till, name, profile, words):
    pin = fingerprint(OLD)
    code, out, _ = site.run(till, "modern", [pin], "doctor", "--json")
    told = words in out and profile in out and "RSA-1024" in out
    report.step(f"{name}: doctor says so and names {profile}", code == 6 and told)
    report.step(f"{name}: no request came for that", till.requests == [])
    code, _, err = site.run(till, profile, [], "config", "pin", "rkeeper", "--yes", pin)
    report.step(f"{name}: the certificate can be pinned", code == 0 and "Pinned in" in err)
    code, out, _ = site.run(till, profile, ["00" * 32, pin], "orders", "--json")
    report.step(f"{name}: with {profile} the orders are read", code == 0 and '"*/1"' in out)


def paid(report, site, folder):
    speech = SPEECHES[0][1]
    till = Till(folder, OLD, "rsa1024", speech, site.where["rkeeper"])
    pin = fingerprint(OLD)
    code, out, err = site.run(till, "openssl-tls10", [pin], "doctor")
    weak = code == 0 and "RSA-1024" in out and "spoken to in old TLS" in out
    report.step("doctor is content, and says that key and TLS are weak", weak)
    pay = ["pay", "*/1", "--card", "61366822", "--json"]
    code, out, err = site.run(till, "openssl-tls10", [pin], *pay)
    good = code == 0 and json.loads(out)["state"] == "paid" and site.unpaid("*/1") == "0.00"
    report.step("a bill is paid over TLS 1.0", good)
    before = len(till.requests)
    code, _, err = site.run(till, "openssl-tls10", [fingerprint("rsa2048-v1")], "orders")
    named = code == 6 and pin in err and "not pinned" in err
    report.step("another certificate is refused, and named", named)
    code, _, _ = site.run(till, "openssl-tls12", [pin], "orders")
    report.step("openssl-tls12 does not speak TLS 1.0", code == 6)
    newer = Till(folder, OLD, "rsa1024", SPEECHES[4][1], site.where["rkeeper"])
    code, out, _ = site.run(newer, "openssl-tls10", [pin], "doctor")
    newer.end()
    report.step("doctor says that a newer profile is enough", code == 0 and "openssl-tls12" in out)
    code, _, err = site.run(till, "openssl-tls10", [], "orders")
    report.step("without a pin nothing starts", code == 3 and "pins" in err)
    report.step("none of these sent a request", len(till.requests) == before)
    till.end()


def refused(report, site, folder):
    speech = SPEECHES[0][1]
    till = Till(folder, "rsa512", "rsa512", speech, site.where["rkeeper"])
    code, _, err = site.run(till, "openssl-tls10", [fingerprint("rsa512")], "orders")
    small = code == 6 and "too small" in err and till.requests == []
    report.step("a key of 512 bits is refused under a pin, too", small)
    till.end()
