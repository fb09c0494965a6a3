//! Who gives a command, where the site has operators: names on the command line, proven by a PIN that
//! stands in no command line.

use std::fmt::Display;

use crate::i18n::Texts;
use crate::operators::{Allowed, PersonId, Right, Roster};
use crate::payment::sale::By;

use super::exit::ExitCode;
use super::io::Io;
use super::operator::ChangedBy;
use super::refund::short;
use super::words::Stop;

/// Environment variable with the PIN of whoever `--operator` names.
pub const ENV_OPERATOR_PIN: &str = "LIMEKEEPER_OPERATOR_PIN";
/// Environment variable with the PIN of whoever `--manager` names.
pub const ENV_MANAGER_PIN: &str = "LIMEKEEPER_MANAGER_PIN";

/// As whom somebody is asked for his PIN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AskedAs {
    /// Whoever gives the command.
    Operator,
    /// Whoever says yes to it.
    Manager,
}

impl AskedAs {
    /// The environment variable that may hold the PIN.
    pub const fn variable(self) -> &'static str {
        match self {
            Self::Operator => ENV_OPERATOR_PIN,
            Self::Manager => ENV_MANAGER_PIN,
        }
    }
}

/// Why somebody is not who he says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotProven {
    /// Nobody typed a PIN, and the variable has none.
    NoPin,
    /// He has a staff card only, which counts at the till screen.
    OnlyCard,
    /// Not his PIN; so many tries are left.
    Wrong(u32),
    /// Nothing is taken for so many seconds.
    Paused(u64),
}

/// The people of the site.
pub trait People {
    /// Who may do what; nobody where the site has no operators.
    fn roster(&self) -> &Roster;
    /// Has somebody prove by his PIN who he is: from the environment, else typed unseen.
    fn prove(&self, who: PersonId, asked: AskedAs) -> Result<(), NotProven>;
}

/// What a command needs of people.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asks<'a> {
    /// The right to do it.
    pub right: Right,
    /// A manager's yes is needed besides.
    pub yes: bool,
    /// `--operator`
    pub operator: Option<&'a str>,
    /// `--manager`
    pub manager: Option<&'a str>,
}

/// Who does it, and who said yes to it, both proven. Where the site has no operators, the name is
/// believed.
pub(super) fn sign(people: &dyn People, asks: Asks<'_>, texts: Texts) -> Result<By, Stop> {
    let roster = people.roster();
    let name = |name: Option<&str>| name.map(short).filter(|name| !name.is_empty());
    if !roster.is_used() {
        return if asks.manager.is_some() {
            Err(Stop::usage(texts.get("cli.sign.no_operators").to_owned()))
        } else {
            Ok(By {
                operator: name(asks.operator),
                approver: None,
            })
        };
    }
    let who = named(roster, asks.operator, &roster.ids(), "operator", texts)?;
    proven(people, who, AskedAs::Operator, texts)?;
    let own = roster.name(who).to_owned();
    let needed = if asks.yes && roster.has(who, asks.right) {
        Right::Manager
    } else {
        asks.right
    };
    let approver = match roster.allows(who, needed) {
        Allowed::Yes if asks.yes => Some(own.clone()),
        Allowed::Yes => None,
        Allowed::WithYesOf(managers) => {
            let yes = named(roster, asks.manager, &managers, "manager", texts)
                .map_err(|stop| lacking(&stop, needed, texts))?;
            proven(people, yes, AskedAs::Manager, texts)?;
            Some(roster.name(yes).to_owned())
        }
        Allowed::No => {
            let message = texts.get("cli.sign.nobody").to_owned();
            return Err(lacking(&refused(message), needed, texts));
        }
    };
    Ok(By {
        operator: Some(own),
        approver,
    })
}

/// Whether these people may change the settings.
pub fn may_change_settings(
    people: &dyn People,
    by: &ChangedBy,
    io: &mut Io<'_>,
) -> Result<(), ExitCode> {
    let asks = Asks {
        right: Right::Settings,
        yes: false,
        operator: by.operator.as_deref(),
        manager: by.manager.as_deref(),
    };
    sign(people, asks, io.texts)
        .map(drop)
        .map_err(|stop| stop.tell(io))
}

fn refused(message: String) -> Stop {
    Stop {
        code: ExitCode::Refused,
        reason: Some("not_allowed"),
        message,
    }
}

/// With the right that is missing in front.
fn lacking(stop: &Stop, right: Right, texts: Texts) -> Stop {
    let what = texts.get(&format!("operators.right.{}", right.word()));
    let said = texts.fill("cli.sign.lacks", &[("what", &what)]);
    refused(format!("{said} {}", stop.message))
}

/// The one of these that a flag names.
fn named(
    roster: &Roster,
    name: Option<&str>,
    among: &[PersonId],
    flag: &str,
    texts: Texts,
) -> Result<PersonId, Stop> {
    let found = name.and_then(|name| roster.find(name));
    found.filter(|id| among.contains(id)).ok_or_else(|| {
        let names: Vec<&str> = among.iter().map(|&id| roster.name(id)).collect();
        let values: [(&str, &dyn Display); 2] = [("flag", &flag), ("names", &names.join(", "))];
        Stop::usage(texts.fill("cli.sign.name", &values))
    })
}

fn proven(people: &dyn People, who: PersonId, asked: AskedAs, texts: Texts) -> Result<(), Stop> {
    let name = people.roster().name(who);
    people.prove(who, asked).map_err(|why| {
        let variable = asked.variable();
        let values: [(&str, &dyn Display); 2] = [("who", &name), ("variable", &variable)];
        let more = |key: &str, n: &dyn Display| {
            texts.fill(key, &[("who", &name), ("variable", &variable), ("n", n)])
        };
        refused(match why {
            NotProven::NoPin => texts.fill("cli.sign.no_pin", &values),
            NotProven::OnlyCard => texts.fill("cli.sign.only_card", &values),
            NotProven::Wrong(left) => more("cli.sign.wrong", &left),
            NotProven::Paused(seconds) => more("cli.sign.paused", &seconds),
        })
    })
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;
    use crate::i18n::Lang;
    use crate::operators::Person;

    struct Site {
        roster: Roster,
        wrong: Option<(PersonId, NotProven)>,
        asked: RefCell<Vec<(PersonId, AskedAs)>>,
    }

    impl People for Site {
        fn roster(&self) -> &Roster {
            &self.roster
        }
        fn prove(&self, who: PersonId, asked: AskedAs) -> Result<(), NotProven> {
            self.asked.borrow_mut().push((who, asked));
            match self.wrong {
                Some((wrong, why)) if wrong == who => Err(why),
                Some(_) | None => Ok(()),
            }
        }
    }

    fn site(people: &[(&str, &[Right])]) -> Site {
        let person = |&(name, rights): &(&str, &[Right])| Person {
            name: name.into(),
            rights: rights.to_vec(),
            has_pin: true,
        };
        Site {
            roster: Roster::new(people.iter().map(person).collect(), None),
            wrong: None,
            asked: RefCell::default(),
        }
    }

    fn crew() -> Site {
        site(&[
            ("Анна", &[Right::Pay]),
            ("Борис", &[Right::RefundToday, Right::Manager]),
        ])
    }

    fn asks<'a>(right: Right, operator: Option<&'a str>, manager: Option<&'a str>) -> Asks<'a> {
        Asks {
            right,
            yes: false,
            operator,
            manager,
        }
    }

    fn by(operator: &str, approver: Option<&str>) -> By {
        By {
            operator: Some(operator.into()),
            approver: approver.map(str::to_owned),
        }
    }

    #[test]
    fn without_operators_a_name_is_believed_and_nobody_can_say_yes() {
        let nobody = site(&[]);
        let texts = Texts::of(Lang::En);
        let signed = |operator, manager| sign(&nobody, asks(Right::Pay, operator, manager), texts);
        assert_eq!(signed(Some(" Olga "), None), Ok(by("Olga", None)));
        assert_eq!(signed(None, None), Ok(By::default()));
        assert_eq!(
            signed(None, Some("Boris")).unwrap_err().code,
            ExitCode::Usage
        );
        assert!(nobody.asked.borrow().is_empty());
    }

    #[test]
    fn rights_are_had_or_lent_by_a_manager_who_proves_himself() {
        let texts = Texts::of(Lang::Ru);
        let (anna, boris) = (PersonId(0), PersonId(1));
        let crew = crew();
        let signed = |asks| sign(&crew, asks, texts);
        assert_eq!(
            signed(asks(Right::Pay, Some("анна"), None)),
            Ok(by("Анна", None))
        );
        let refund = |manager| asks(Right::RefundToday, Some("Анна"), manager);
        assert_eq!(signed(refund(Some("борис"))), Ok(by("Анна", Some("Борис"))));
        let asked = crew.asked.take();
        let proofs = [(anna, AskedAs::Operator), (boris, AskedAs::Manager)];
        assert_eq!(asked, [proofs[0], proofs[0], proofs[1]]);
        for (asks, code, says) in [
            (asks(Right::Pay, None, None), ExitCode::Usage, "Анна, Борис"),
            (
                asks(Right::Pay, Some("Вера"), None),
                ExitCode::Usage,
                "--operator",
            ),
            (refund(None), ExitCode::Refused, "--manager"),
            (refund(Some("Анна")), ExitCode::Refused, "Борис"),
            (
                asks(Right::Resolve, Some("Анна"), Some("Борис")),
                ExitCode::Refused,
                "Никто",
            ),
        ] {
            let stop = signed(asks).unwrap_err();
            assert_eq!(stop.code, code, "{stop:?}");
            assert!(stop.message.contains(says), "{stop:?}");
        }
    }

    #[test]
    fn a_sum_that_wants_a_yes_takes_the_managers_own() {
        let texts = Texts::of(Lang::Ru);
        let large = |operator, manager| Asks {
            yes: true,
            ..asks(Right::Pay, operator, manager)
        };
        let crew = site(&[
            ("Анна", &[Right::Pay]),
            ("Борис", &[Right::Pay, Right::Manager]),
        ]);
        let signed = |asks| sign(&crew, asks, texts);
        assert_eq!(
            signed(large(Some("Анна"), Some("Борис"))),
            Ok(by("Анна", Some("Борис")))
        );
        assert_eq!(
            signed(large(Some("Борис"), None)),
            Ok(by("Борис", Some("Борис")))
        );
        let stop = signed(large(Some("Анна"), None)).unwrap_err();
        assert_eq!(stop.reason, Some("not_allowed"));
    }

    #[test]
    fn who_does_not_prove_himself_signs_nothing() {
        for (why, says) in [
            (NotProven::NoPin, ENV_OPERATOR_PIN),
            (NotProven::OnlyCard, "Anna"),
            (NotProven::Wrong(3), "3"),
            (NotProven::Paused(61), "61"),
        ] {
            let mut crew = site(&[("Anna", &[Right::Pay])]);
            crew.wrong = Some((PersonId(0), why));
            let texts = Texts::of(Lang::En);
            let stop = sign(&crew, asks(Right::Pay, Some("Anna"), None), texts).unwrap_err();
            assert_eq!(stop.code, ExitCode::Refused);
            assert!(stop.message.contains(says), "{stop:?}");
        }
    }
}
