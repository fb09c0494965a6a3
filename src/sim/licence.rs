//! What the stand-in of r_keeper knows of its subscription licence: plain data and the rule of its
//! count.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// A subscription licence.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Subscription {
    /// GUID of the product.
    pub product: String,
    pub token: String,
    /// The last day on which it counts.
    pub expires: Date,
    /// Login of the licence server.
    pub user: String,
    pub password: String,
    pub integration_token: String,
    /// A refused request uses its number up.
    pub errors_count: bool,
    /// A repeat is answered from memory.
    pub remembers: bool,
    /// `GetXMLLicenseInstanceSeqNumber` names the next number instead of the last.
    pub names_next: bool,
    /// By GUID, in lower case and without braces.
    pub instances: BTreeMap<String, Instance>,
    /// Everything that was carried out: installation and number.
    pub executed: Vec<(String, u64)>,
}

/// An installation and its last request.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Instance {
    pub last: u64,
    /// The command; empty for another program's.
    pub body: String,
    /// `None`: not remembered.
    pub answer: Option<KeptAnswer>,
}

/// An answer as it can be stored.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct KeptAnswer {
    pub status: String,
    pub number: Option<i64>,
    pub text: String,
    pub attributes: Vec<(String, String)>,
    pub payload: Vec<String>,
}

/// What the count says of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Counted {
    Goes,
    /// The same request as before.
    Again,
    /// The number went with another request, or nobody remembers with which.
    Used,
    /// No such installation, and not its first number.
    Unknown,
    /// Neither the last number nor the next.
    Outside(u64),
}

impl Subscription {
    pub fn anchor(&self, restaurant: &str) -> String {
        format!("6:{}#{restaurant}/17", self.product)
    }

    /// The header `usr` that the licence server wants.
    pub fn login(&self) -> String {
        let md5 = |text: String| format!("{:x}", md5::compute(text));
        let password = md5(format!("{}{}", self.user, self.password));
        let integration = md5(self.integration_token.clone());
        STANDARD.encode(format!("{};{password};{integration}", self.user))
    }

    pub fn judge(&self, guid: &str, number: u64, body: &str) -> Counted {
        match self.instances.get(guid) {
            None if number == 0 => Counted::Goes,
            None => Counted::Unknown,
            Some(own) if number == own.last + 1 => Counted::Goes,
            Some(own) if number == own.last && own.body == body && own.answer.is_some() => {
                Counted::Again
            }
            Some(own) if number == own.last => Counted::Used,
            Some(own) => Counted::Outside(own.last),
        }
    }

    /// Another program takes a number of every installation.
    pub fn use_numbers(&mut self, how_many: u64) {
        for own in self.instances.values_mut() {
            own.last += how_many;
            own.body.clear();
            own.answer = None;
        }
    }

    /// Answers are forgotten, as by a restart.
    pub fn forget_answers(&mut self) {
        for own in self.instances.values_mut() {
            own.answer = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subscription() -> Subscription {
        let instance = Instance {
            last: 7,
            body: "same".to_owned(),
            answer: Some(KeptAnswer {
                status: "Ok".to_owned(),
                number: None,
                text: String::new(),
                attributes: vec![],
                payload: vec![],
            }),
        };
        Subscription {
            product: "p".to_owned(),
            token: "t".to_owned(),
            expires: jiff::civil::date(2030, 1, 1),
            user: "u".to_owned(),
            password: "p".to_owned(),
            integration_token: "i".to_owned(),
            errors_count: false,
            remembers: true,
            names_next: false,
            instances: [("a".to_owned(), instance)].into(),
            executed: vec![],
        }
    }

    #[test]
    fn the_last_number_and_one_more() {
        let own = subscription();
        for (guid, number, body, wanted) in [
            ("b", 0, "", Counted::Goes),
            ("b", 1, "", Counted::Unknown),
            ("a", 8, "", Counted::Goes),
            ("a", 7, "same", Counted::Again),
            ("a", 7, "other", Counted::Used),
            ("a", 6, "same", Counted::Outside(7)),
            ("a", 9, "same", Counted::Outside(7)),
            ("a", 0, "", Counted::Outside(7)),
        ] {
            assert_eq!(own.judge(guid, number, body), wanted, "{guid} {number}");
        }
        let mut forgets = subscription();
        forgets.forget_answers();
        assert_eq!(forgets.judge("a", 7, "same"), Counted::Used);
        let mut used = subscription();
        used.use_numbers(2);
        assert_eq!(used.judge("a", 8, "same"), Counted::Outside(9));
        assert_eq!(own.anchor("199990001"), "6:p#199990001/17");
        // md5("up") and md5("i"), by another program.
        assert_eq!(
            STANDARD.decode(own.login()).unwrap(),
            b"u;46c48bec0d282018b9d167eef7711b2c;865c0c0b4ab0e063e5caa3387c1a8741"
        );
    }
}
