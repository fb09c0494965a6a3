//! Why something did not happen, in words for the cashier.

use std::borrow::Cow;

use crate::payment::reason::{Holder, Problem};

use super::Texts;

impl Texts {
    /// The sentence of a problem, without the server's own words; who has an order is named, and which
    /// rule a sum breaks.
    pub fn why(self, problem: &Problem) -> Cow<'static, str> {
        if let Some(rule) = &problem.rule {
            return Cow::Owned(self.broken_rule(rule));
        }
        let holder = problem.holder.as_ref().map(|holder| self.holder(holder));
        match holder {
            Some(holder) if !holder.is_empty() => {
                Cow::Owned(self.fill("holder.taken", &[("holder", &holder)]))
            }
            Some(_) | None => Cow::Borrowed(self.get(&format!("reason.{}", problem.reason.code()))),
        }
    }

    /// «касса RK7CASH001, оператор 7»; a name that says itself what it is («Касса 2») stands alone.
    pub fn holder(self, holder: &Holder) -> String {
        let part = |key: &str, name: &Option<String>| {
            let name = name.as_ref()?;
            let word = self.fill(key, &[("name", &"")]);
            let says_itself = name.to_lowercase().starts_with(word.trim());
            Some(if says_itself {
                name.clone()
            } else {
                self.fill(key, &[("name", name)])
            })
        };
        let parts = [
            part("holder.station", &holder.station),
            part("holder.person", &holder.person),
        ];
        parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::super::Lang;
    use super::*;
    use crate::payment::reason::{Reason, Server};

    #[test]
    fn who_has_the_order_is_named() {
        let locked = Problem::of(Server::Rkeeper, Reason::OrderLocked, "…");
        let holder = |station: Option<&str>, person: Option<&str>| Holder {
            station: station.map(str::to_owned),
            person: person.map(str::to_owned),
        };
        let plain = "Заказ открыт на другой кассе: закройте его там и оплатите ещё раз";
        for (holder, words) in [
            (
                Some(holder(Some("RK7CASH001"), Some("7"))),
                "Заказ занят: касса RK7CASH001, оператор 7",
            ),
            (Some(holder(None, Some("7"))), "Заказ занят: оператор 7"),
            (
                Some(holder(Some("Касса 2"), Some("Иванова"))),
                "Заказ занят: Касса 2, оператор Иванова",
            ),
            (Some(holder(Some("Бар"), None)), "Заказ занят: касса Бар"),
            (Some(Holder::default()), plain),
            (None, plain),
        ] {
            let problem = locked.clone().held_by(holder);
            assert_eq!(Texts::of(Lang::Ru).why(&problem), words);
        }
        let problem = locked.held_by(Some(holder(Some("BAR"), Some("7"))));
        let english = Texts::of(Lang::En).why(&problem);
        assert_eq!(english, "The order is taken: till BAR, operator 7");
    }
}
