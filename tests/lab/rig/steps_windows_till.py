"""Steps of `tests/lab/windows`: what a cashier and a technician do at the till screen."""

import base64
import hashlib
import os

from .wine import Screen, until, windows_path

CARD = "61366822"
PIN = "1357"


def run(report, wine, site):
    broken(report, wine)
    operators(report, wine, site)
    without_colours(report, wine, site)


def broken(report, wine):
    """Started by its icon: the window would be gone with what was said."""
    config = wine.folder / "broken.toml"
    config.write_bytes('[rkeeper]\r\nurl = "касса"\r\n'.encode())
    with Screen(wine, 100, 30, "--config", windows_path(config)) as screen:
        told = screen.shows("Что сделать:") and screen.shows("касса", 5)
        report.step("a broken config is told in Russian where the till screen would be", told)
        report.step("the window stays until Enter", screen.shows("Нажмите Enter", 5) and "ended:" not in screen.text())
        screen.tmux("send-keys", "Enter")
        report.step("and Enter ends it, code 3", screen.shows("ended: 3", 20))


def operators(report, wine, site):
    person = f'\n[[operators.people]]\nname = "Анна"\nrights = ["pay", "refund_today"]\npin = "{pin_hash(PIN)}"\n'
    config = site.config(person)
    bill = next(order["name"] for order in site.state()["orders"] if order["paid"])
    with Screen(wine, 100, 30, "--config", config) as screen:
        report.step("operators: nobody is logged in, and no order is shown",
                    screen.shows_any("за кассой", "ПИН", "Войти") and bill not in screen.text())
        screen.settle()
        # No digit twice: on a busy machine Wine hands keys over together, and the same ones count as held down.
        screen.type("2580")
        screen.press("Enter")
        counted = until(lambda: any(wine.folder.rglob("operators.json")), 20)
        report.step("operators: a wrong PIN opens nothing, and is counted on disk", counted is not None and bill not in screen.text())
        screen.type(PIN)
        screen.press("Enter")
        report.step("operators: the right one opens the list", screen.shows_any("Липин", "Открыт", patience=20))
        screen.press("C-l")
        report.step("Ctrl+L locks the till", screen.shows_any("заперта", "Касса зап", patience=20))
        screen.type(PIN)
        screen.press("Enter", "F9")
        report.step("the PIN opens it again, F9 shows the payments of today",
                    screen.shows_any("790,00", "2 350,00", "2\u00a0350,00", "Оплачен", patience=20))
        refunded(report, screen, site)
        report.step("the till screen is left after the refund", screen.leave())


def refunded(report, screen, site):
    def returns():
        return sum(check["type"] != 0 for check in site.state()["checks"])

    before = returns()
    screen.press("Home", "F4", "Tab")
    screen.type("cold")
    screen.press("F5")

    def given_back():
        screen.tmux("send-keys", "Enter")
        return until(lambda: returns() > before, 2)

    report.step("F4 gives the money of a payment back: Lime has its return", until(given_back, 30) is not None)
    report.step("the screen says so, and that r_keeper has undone it", screen.shows_any("Возвращено", "отменено", patience=20))
    screen.settle()
    screen.press("Escape", "Escape")


def without_colours(report, wine, site):
    """Wine shows the sequences as text, so that colours can be read off them."""
    for name, config, more in (
        ("NO_COLOR", site.config(), {"NO_COLOR": "1"}),
        ("theme = \"mono\"", site.config('\n[screen]\ntheme = "mono"\n'), {}),
    ):
        with Screen(wine, 100, 30, "--config", config, more=more) as screen:
            good = screen.drawn()
            screen.settle()
            text = screen.text()
            report.step(f"{name}: drawn without colours", good and "38;" not in text and "48;" not in text)
            screen.leave()


def pin_hash(pin):
    """As `config operator` writes it, with few rounds: this PIN keeps nobody out."""
    salt = os.urandom(16)
    made = hashlib.pbkdf2_hmac("sha256", pin.encode(), salt, 1000)
    text = [base64.b64encode(part).decode().rstrip("=") for part in (salt, made)]
    return "$".join(["pbkdf2-sha256", "1000", *text])
