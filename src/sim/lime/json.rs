//! Reading JSON with nothing forgiven: every key wanted, every type exact, money as it is written.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::domain::{Money, Quantity};
use crate::sim::scenario::quantity;

/// Something in the JSON that is not as it must be, as a sentence.
pub(in crate::sim) type Complaint = String;

/// An object whose keys are taken one after another; what is left over nobody asked for.
pub(in crate::sim) struct Object {
    path: String,
    members: Vec<(String, Box<RawValue>)>,
}

/// A local date and time without zone and fraction.
pub(super) fn local_time(text: &str) -> Option<jiff::civil::DateTime> {
    let regular = text.len() == "2024-03-05T13:15:00".len() && text.contains('T');
    regular.then(|| text.parse().ok()).flatten()
}

struct Members(Vec<(String, Box<RawValue>)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Members;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}

impl Object {
    /// Reads an object; keys that stand twice are refused.
    pub fn parse(path: &str, text: &str) -> Result<Self, Complaint> {
        let Members(members) =
            serde_json::from_str(text).map_err(|error| format!("{path}: {error}"))?;
        for (index, (name, _)) in members.iter().enumerate() {
            if members
                .iter()
                .skip(index + 1)
                .any(|(other, _)| other == name)
            {
                return Err(format!("{path}: key \"{name}\" twice"));
            }
        }
        Ok(Self {
            path: path.to_owned(),
            members,
        })
    }

    fn take(&mut self, name: &str) -> Option<Box<RawValue>> {
        let index = self.members.iter().position(|(own, _)| own == name)?;
        Some(self.members.remove(index).1)
    }

    fn need(&mut self, name: &str) -> Result<Box<RawValue>, Complaint> {
        self.take(name)
            .ok_or_else(|| format!("{}: key \"{name}\" is missing", self.path))
    }

    fn wrong(&self, name: &str, wanted: &str) -> Complaint {
        format!("{}: \"{name}\" must be {wanted}", self.path)
    }

    /// A whole number.
    pub fn integer(&mut self, name: &str) -> Result<i64, Complaint> {
        let value = self.need(name)?;
        serde_json::from_str(value.get()).map_err(|_| self.wrong(name, "a whole number"))
    }

    /// The key is there.
    pub fn has(&self, name: &str) -> bool {
        self.members.iter().any(|(own, _)| own == name)
    }

    /// A whole number, if the key is there.
    pub fn optional_integer(&mut self, name: &str) -> Result<Option<i64>, Complaint> {
        if self.has(name) {
            self.integer(name).map(Some)
        } else {
            Ok(None)
        }
    }

    /// A truth value.
    pub fn boolean(&mut self, name: &str) -> Result<bool, Complaint> {
        let value = self.need(name)?;
        serde_json::from_str(value.get()).map_err(|_| self.wrong(name, "true or false"))
    }

    /// A text.
    pub fn text(&mut self, name: &str) -> Result<String, Complaint> {
        let value = self.need(name)?;
        serde_json::from_str(value.get()).map_err(|_| self.wrong(name, "a text"))
    }

    /// A sum in roubles: a number with exactly two decimals, not below zero.
    pub fn roubles(&mut self, name: &str) -> Result<Money, Complaint> {
        let value = self.need(name)?;
        let exact = value
            .get()
            .split_once('.')
            .is_some_and(|(_, decimals)| decimals.len() == 2);
        let money = Money::parse_decimal(value.get()).ok();
        money
            .filter(|money| exact && !money.is_negative())
            .ok_or_else(|| self.wrong(name, "roubles with exactly two decimals"))
    }

    /// A count above zero with at most three decimals.
    pub fn count(&mut self, name: &str) -> Result<Quantity, Complaint> {
        let value = self.need(name)?;
        quantity(value.get())
            .ok_or_else(|| self.wrong(name, "a number above zero with at most three decimals"))
    }

    /// A local date and time without zone and fraction.
    pub fn local_time(&mut self, name: &str) -> Result<jiff::civil::DateTime, Complaint> {
        let text = self.text(name)?;
        local_time(&text).ok_or_else(|| self.wrong(name, "a local time as 2024-03-05T13:15:00"))
    }

    /// An object inside.
    pub fn object(&mut self, name: &str) -> Result<Self, Complaint> {
        let value = self.need(name)?;
        Self::parse(&format!("{}.{name}", self.path), value.get())
    }

    /// The texts of a list's elements.
    pub fn list(&mut self, name: &str) -> Result<Vec<Box<RawValue>>, Complaint> {
        let value = self.need(name)?;
        serde_json::from_str(value.get()).map_err(|_| self.wrong(name, "a list"))
    }

    /// The keys that nobody asked for.
    pub fn finish(self, complaints: &mut Vec<Complaint>) {
        for (name, _) in self.members {
            complaints.push(format!("{}: unknown key \"{name}\"", self.path));
        }
    }
}
