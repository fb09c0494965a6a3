"""The contract of a server of holds: the stand-in tried against it, and the program's own talk."""

import json
import os
import subprocess
import tempfile
import urllib.request

import yaml

from .build import ROOT, said
from .contract import Contract, Proxy
from .report import Report
from .vm import LabError

CONTRACT = os.path.join(ROOT, "assets", "openapi", "lime-holds.yaml")
SCENARIO = os.path.join(ROOT, "assets", "scenarios", "sample.toml")
KEY = "LimeToken sample-key-0001"
CARD = "61366822"
CHECKS = ("not_a_server_error,status_code_conformance,content_type_conformance,"
          "response_schema_conformance,negative_data_rejection")
# Cases per call; the whole takes half a minute.
CASES = 50
SEED = 1
CALLS = {"capabilities", "lookup", "operations", "operation", "reserve", "commit", "release",
         "reverse", "history", "sales"}


class Site:
    """Running stand-ins with a till that uses the server of holds."""

    def __init__(self, binary, folder, mode):
        self.binary = binary
        scenario = os.path.join(folder, f"{mode}.toml")
        with open(SCENARIO, encoding="utf-8") as file:
            text = file.read()
        with open(scenario, "w", encoding="utf-8") as file:
            file.write(text.replace("\n[lime]\n", f'\n[lime]\nholds = true\nhold_mode = "{mode}"\n'))
        self.process = subprocess.Popen(
            [binary, "sim", "--state-dir", os.path.join(folder, mode), "--scenario", scenario],
            stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        if not line:
            raise LabError("the stand-ins do not start")
        self.at = json.loads(line)

    def through(self, proxy):
        """The till's config, with everything of Lime going through a proxy."""
        with open(self.at["config"], encoding="utf-8") as file:
            text = file.read()
        path = self.at["config"].replace("config.toml", "proxied.toml")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text.replace(self.at["lime"], proxy.url))
        return path

    def control(self, path, body=None):
        """A word with the stand-ins' control."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.at["control"] + path, data)
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.loads(answer.read() or b"null")

    def stop(self):
        """Ends it."""
        self.process.terminate()
        self.process.wait(20)


def main():
    """All steps; the exit code."""
    report = Report()
    try:
        said("cargo", "build", "--locked", "--bin", "limekeeper", cwd=ROOT)
        binary = os.path.join(ROOT, "target", "debug", "limekeeper")
        with tempfile.TemporaryDirectory(prefix="limekeeper-holds-") as folder:
            fuzz(report, Site(binary, folder, "advisory"), folder)
            talk(report, Site(binary, folder, "native"))
            talk_without_holds(report, Site(binary, folder, "none"))
    except LabError as error:
        report.step(f"the rig works: {error}", False)
    return report.end()


def fuzz(report, site, folder):
    """The stand-in answers everything as the contract says."""
    run = subprocess.run(
        ["schemathesis", "run", CONTRACT, "--url", site.at["lime"], "-H", f"Authorization: {KEY}",
         "--phases", "coverage,fuzzing", "-n", str(CASES), "--seed", str(SEED),
         "--suppress-health-check", "all", "-c", CHECKS],
        check=False, text=True, capture_output=True, cwd=folder,
        env={**os.environ, "PATH": os.path.join(ROOT, "target", "lab", "contract", "bin")
             + os.pathsep + os.environ.get("PATH", "")})
    site.stop()
    counted = [line.strip() for line in run.stdout.splitlines() if "generated" in line]
    report.step("holds: the stand-in keeps the contract", run.returncode == 0,
                counted[-1] if counted else "")
    if run.returncode != 0:
        print(run.stdout[-6000:])


def talk(report, site):
    """The program and the stand-in while bills are held, taken, let go and given back."""
    with open(CONTRACT, encoding="utf-8") as file:
        contract = Contract(yaml.safe_load(file))
    proxy = Proxy(contract, site.at["lime"])
    config = site.through(proxy)

    def till(*arguments):
        run = subprocess.run([site.binary, "--config", config, *arguments], check=False, text=True,
                             capture_output=True, timeout=120)
        return run.returncode, run.stdout

    site.control("/fault", {"at": "rkeeper.PayOrder", "kind": "refuse", "count": 1, "arg": "3373"})
    report.step("holds: a refused bill is let go", till("pay", "*/1", "--card", CARD, "--json")[0] == 4)
    site.control("/fault", {"at": "holds.reserve", "kind": "lose_reply", "count": 1})
    code, out = till("pay", "*/1", "--card", CARD, "--json")
    report.step("holds: a bill is held, looked for and taken", code == 0, out.strip()[:80])
    payment = json.loads(out)["payment_id"]
    report.step("holds: a part is given back",
                till("refund", payment, "--leg", "1:10.50", "--by-hand", "--json")[0] == 0)
    report.step("holds: and the rest",
                till("refund", payment, "--by-hand", "--json")[0] == 0)
    report.step("holds: a card that nobody knows", till("card", "999999999", "--json")[0] == 8)
    till("doctor")
    till("recover", "--json")
    for words in (["sales"], ["card", CARD]):
        code, out = till("report", *words, "--source", "lime", "--json")
        report.step(f"holds: the server's report of {words[0]}", code == 0 and "Бонито" in out, out[:80])
    ask(proxy)
    missing = CALLS - {name for name, _ in proxy.seen}
    report.step("holds: every call of the contract was heard", not missing, " ".join(sorted(missing)))
    report.step("holds: each word was as the contract says", not proxy.wrong,
                f"{len(proxy.seen)} calls" if not proxy.wrong else "; ".join(proxy.wrong[:5]))
    violations = site.control("/state")["violations"]
    report.step("holds: the stand-in had nothing to complain of", not violations, str(violations[:3]))
    site.stop()


def ask(proxy):
    """The calls that the program does not make by itself in such a short time."""
    day = "2026-01-01T00%3A00%3A00Z", "2099-01-01T00%3A00%3A00Z"
    for path in ("/v1/operations?station=1", f"/v1/cards/51/operations?from={day[0]}&to={day[1]}",
                 "/v1/reports/sales?business_from=2026-01-01&business_to=2026-03-31"):
        request = urllib.request.Request(proxy.url + path, headers={"Authorization": KEY})
        try:
            urllib.request.urlopen(request, timeout=20).read()
        except urllib.error.HTTPError as error:
            error.read()


def talk_without_holds(report, site):
    """The same where money can only be taken at once."""
    with open(CONTRACT, encoding="utf-8") as file:
        contract = Contract(yaml.safe_load(file))
    proxy = Proxy(contract, site.at["lime"])
    config = site.through(proxy)
    site.control("/fault", {"at": "rkeeper.PayOrder", "kind": "refuse", "count": 1, "arg": "3373"})
    pay = [site.binary, "--config", config, "pay", "*/1", "--card", CARD, "--json"]
    codes = [subprocess.run(pay, check=False, capture_output=True, timeout=120).returncode
             for _ in range(2)]
    report.step("holds: without holds a refused bill is given back, the next one paid",
                codes == [4, 0], str(codes))
    report.step("holds: without holds each word was as the contract says", not proxy.wrong,
                "; ".join(proxy.wrong[:5]))
    site.stop()
