//! The site's rules in words, alike on screen and on the command line.

use std::fmt::Display;

use super::Texts;
use crate::domain::{DishRule, Limit, SpendRules};
use crate::payment::reason::BrokenRule;

impl Texts {
    /// «Бонусы: не более 50 % счёта; можно 117,50».
    pub fn broken_rule(self, broken: &BrokenRule) -> String {
        let values: [(&str, &dyn Display); 3] = [
            ("account", &broken.account),
            ("rule", &self.limit(broken.limit, &broken.rules)),
            ("sum", &broken.allowed.grouped()),
        ];
        self.fill("rule.broken", &values)
    }

    /// «не более 50 % счёта», «только: Кухня»: the rule that keeps an account from paying more.
    pub fn limit(self, limit: Limit, rules: &SpendRules) -> String {
        match limit {
            Limit::BillShare(percent) => self.fill("rule.bill_share", &[("percent", &percent)]),
            Limit::Step(step) => self.fill("rule.step", &[("sum", &step.grouped())]),
            Limit::Dishes => match &rules.dishes {
                DishRule::Any => self.get("rule.dishes").to_owned(),
                DishRule::Only(names) => self.fill("rule.only", &[("names", &names.join(", "))]),
                DishRule::Except(names) => {
                    self.fill("rule.except", &[("names", &names.join(", "))])
                }
            },
            Limit::PerOperation
            | Limit::PerDay
            | Limit::NeedsManager
            | Limit::NeedsPin
            | Limit::DishesUnknown => self.get(&format!("rule.{}", limit.word())).to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Money;
    use crate::i18n::Lang;

    #[test]
    fn every_rule_has_its_words() {
        let named = |dishes| SpendRules {
            dishes,
            ..SpendRules::default()
        };
        let any = named(DishRule::Any);
        let only = named(DishRule::Only(vec!["Кухня".into(), "12".into()]));
        let except = named(DishRule::Except(vec!["Бар".into()]));
        let ru = Texts::of(Lang::Ru);
        assert_eq!(ru.limit(Limit::BillShare(50), &any), "не более 50 % счёта");
        assert_eq!(ru.limit(Limit::Dishes, &only), "только: Кухня, 12");
        assert_eq!(ru.limit(Limit::Dishes, &except), "кроме: Бар");
        assert_eq!(
            ru.limit(Limit::Step(Money::from_kopecks(100)), &any),
            "сумма кратна 1,00"
        );
        for lang in [Lang::Ru, Lang::En] {
            for limit in [
                Limit::PerOperation,
                Limit::PerDay,
                Limit::NeedsManager,
                Limit::NeedsPin,
                Limit::Dishes,
                Limit::DishesUnknown,
            ] {
                let words = Texts::of(lang).limit(limit, &any);
                assert!(!words.starts_with("rule."), "{words}");
            }
        }
    }
}
