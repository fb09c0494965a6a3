//! What a script says. One deed a line, `#` begins a remark:
//!
//! ```text
//! guest NUMBER KIND=SUM …    a guest with that card and those accounts: money, bonus, credit
//! bill NAME PRICE …          an order of the morning, one dish for each price; here it is opened
//! tap NUMBER                 the guest's card, until its accounts are there
//! touch NUMBER               the same, and nothing is waited for
//! type TEXT                  into the sum or the field, a key at a time
//! press KEY …                Up Down Tab Enter Esc Home End Del Back F1 … F12, or a character
//! see TEXT                   waits until the screen shows it
//! gone TEXT                  waits until it does not
//! pay                        F5 and the answer to its question; then PAID, and back to the list
//! try                        F5 and the answer to its question
//! part                       the same with F6
//! back                       Esc until the list is there
//! again NAME                 the order of an earlier or later line is opened
//! until KEY TEXT             the key, again while the text is not there; once too often does no harm
//! refund                     the last payment's form: F9, F4
//! sign                       name, reason, F5
//! server AT KIND             the next such call goes wrong
//! office JSON                somebody else changes something
//! size COLUMNS ROWS          the window
//! debts                      some money is left to a person in the evening
//! ```

use std::collections::BTreeMap;
use std::fmt::Write as _;

/// What the till speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    Russian,
    English,
}

/// Words of the screen that the hands themselves wait for.
pub struct Words {
    pub list: &'static str,
    pub find: &'static str,
    pub tap: &'static str,
    pub pay: &'static str,
    pub part: &'static str,
    pub paid: &'static str,
    pub payments: &'static str,
    pub refund: &'static str,
    pub who: &'static str,
    pub why: &'static str,
}

impl Language {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Russian => "ru",
            Self::English => "en",
        }
    }

    pub const fn words(self) -> Words {
        match self {
            Self::Russian => Words {
                list: "Открытые заказы",
                find: "Найти:",
                tap: "Приложите карту гостя",
                pay: "Оплатить?",
                part: "Оплатить только ЧАСТЬ заказа?",
                paid: "ОПЛАЧЕНО",
                payments: "Платежи за сегодня",
                refund: "Что вернуть?",
                who: "▸ Кто",
                why: "▸ Почему",
            },
            Self::English => Words {
                list: "Open orders",
                find: "Find:",
                tap: "Tap the guest's card",
                pay: "Pay?",
                part: "Pay only a PART of the order?",
                paid: "PAID",
                payments: "Payments of today",
                refund: "What is given back?",
                who: "▸ Who",
                why: "▸ Why",
            },
        }
    }
}

/// One thing to do.
#[derive(Clone, Debug)]
pub enum Deed {
    /// Only something to know.
    Nothing,
    Open(String),
    Tap(u32),
    Touch(u32),
    Type(String),
    Press(Vec<String>),
    See(String),
    Gone(String),
    Pay,
    Try,
    Part,
    Back,
    Until(String, String),
    Refund,
    Sign,
    Server(String, String),
    Office(serde_json::Value),
    Size(u16, u16),
}

pub struct Step {
    pub line: usize,
    pub text: String,
    pub deed: Deed,
}

/// A whole script.
pub struct Script {
    pub steps: Vec<Step>,
    /// By name: prices in roubles.
    pub bills: BTreeMap<String, Vec<String>>,
    /// By card number: kinds and sums.
    guests: BTreeMap<u32, Vec<(String, String)>>,
    pub leaves_debts: bool,
}

const SAMPLE: &str = include_str!("../../../assets/scenarios/sample.toml");

/// What an RDM6300 reads off a guest's card.
pub const fn uid(number: u32) -> u32 {
    1_000_000_000 + number
}

impl Script {
    /// Stops at the first line that cannot be read, and names it.
    pub fn parse(name: &str, text: &str) -> Self {
        let mut script = Self {
            steps: vec![],
            bills: BTreeMap::new(),
            guests: BTreeMap::new(),
            leaves_debts: false,
        };
        for (line, text) in (1..).zip(text.lines()) {
            let text = text.trim();
            if text.is_empty() || text.starts_with('#') {
                continue;
            }
            let wrong = || panic!("{name}.keys, line {line}: {text}");
            let deed = script.read(text).unwrap_or_else(wrong);
            script.steps.push(Step {
                line,
                text: text.to_owned(),
                deed,
            });
        }
        script
    }

    /// `None`: not understood.
    fn read(&mut self, text: &str) -> Option<Deed> {
        let (verb, rest) = text.split_once(' ').unwrap_or((text, ""));
        let mut words = rest.split_whitespace();
        let deed = match verb {
            "guest" => {
                let number = words.next()?.parse().ok()?;
                let accounts = words.map(|word| {
                    let (kind, sum) = word.split_once('=')?;
                    type_of(kind).map(|_| (kind.to_owned(), sum.to_owned()))
                });
                self.guests.insert(number, accounts.collect::<Option<_>>()?);
                return Some(Deed::Nothing);
            }
            "debts" => {
                self.leaves_debts = true;
                return Some(Deed::Nothing);
            }
            "bill" => {
                let name = words.next()?.to_owned();
                self.bills
                    .insert(name.clone(), words.map(str::to_owned).collect());
                Deed::Open(name)
            }
            "again" => Deed::Open(rest.to_owned()),
            "tap" => Deed::Tap(rest.parse().ok()?),
            "touch" => Deed::Touch(rest.parse().ok()?),
            "type" => Deed::Type(rest.to_owned()),
            "press" => Deed::Press(words.map(str::to_owned).collect()),
            "see" => Deed::See(rest.to_owned()),
            "gone" => Deed::Gone(rest.to_owned()),
            "pay" => Deed::Pay,
            "try" => Deed::Try,
            "part" => Deed::Part,
            "back" => Deed::Back,
            "until" => {
                let (key, text) = rest.split_once(' ')?;
                Deed::Until(key.to_owned(), text.to_owned())
            }
            "refund" => Deed::Refund,
            "sign" => Deed::Sign,
            "server" => {
                let (at, kind) = rest.split_once(' ')?;
                Deed::Server(at.to_owned(), kind.to_owned())
            }
            "office" => Deed::Office(serde_json::from_str(rest).ok()?),
            "size" => Deed::Size(words.next()?.parse().ok()?, words.next()?.parse().ok()?),
            _ => return None,
        };
        Some(deed)
    }

    /// The sample resort with the script's orders and guests in place of its own.
    pub fn world(&self) -> String {
        let (head, rest) = SAMPLE.split_once("[[orders]]").unwrap();
        let (_, lime) = rest.split_once("[lime]").unwrap();
        let (lime, _) = lime.split_once("[[clients]]").unwrap();
        let (mut menu, mut orders, mut guests) = (String::new(), String::new(), String::new());
        let mut code = 3_000;
        for (number, (name, prices)) in self.bills.iter().enumerate() {
            let mut lines = vec![];
            for price in prices {
                code += 1;
                write!(
                    menu,
                    "[[menu]]\ncode = {code}\nname = \"Dish {code}\"\nprice = \"{price}\"\n\n"
                )
                .unwrap();
                lines.push(format!("{{ code = {code} }}"));
            }
            write!(
                orders,
                "[[orders]]\nguid = \"{{5B1A7C00-2350-4F31-9E2D-{number:012X}}}\"\nvisit = {visit}\n\
                 name = \"{name}\"\ntable = \"{table}\"\nhall = \"Основной зал\"\nwaiter = \"5\"\n\
                 station = \"1\"\nopened_at = \"2024-03-05T13:15:00\"\nlines = [{lines}]\n\n",
                visit = 1001 + number,
                table = number + 1,
                lines = lines.join(", "),
            )
            .unwrap();
        }
        for (place, (number, accounts)) in self.guests.iter().enumerate() {
            let rights: Vec<String> = accounts
                .iter()
                .enumerate()
                .map(|(at, (kind, sum))| {
                    let id = 20_000 + place * 10 + at;
                    let kind = type_of(kind).unwrap();
                    // Bonuses burn; so they go first.
                    let end = if kind == BONUS {
                        ", valid_to = \"2030-12-01T00:00:00\""
                    } else {
                        ""
                    };
                    format!("{{ id = {id}, type = {kind}, amount = \"{sum}\"{end} }}")
                })
                .collect();
            write!(
                guests,
                "[[clients]]\nid = {client}\nname = \"Guest {number}\"\ncards = [{{ id = {card}, uid = \
                 \"{uid}\", number = \"{number}\", label = \"{number}\" }}]\nrights = [{rights}]\n\n",
                client = 8_000 + place,
                card = 9_000 + place,
                uid = uid(*number),
                rights = rights.join(", "),
            )
            .unwrap();
        }
        format!("{head}{menu}{orders}[lime]{lime}{guests}")
    }
}

/// Lime's types of accounts in the sample.
const BONUS: u8 = 2;

fn type_of(kind: &str) -> Option<u8> {
    match kind {
        "money" => Some(1),
        "bonus" => Some(BONUS),
        "credit" => Some(3),
        _ => None,
    }
}
