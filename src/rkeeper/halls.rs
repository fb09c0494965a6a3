//! In which hall the tables stand. An order names its table and no hall.
//!
//! Source: `GetRefData` of `TABLES`, whose `Hall` is the `Ident` of an item of `HALLPLANS` (two public
//! clients). That an order's table has the reference's `Ident` as its `id` is inferred: it is so for
//! every other reference.

use std::collections::HashMap;

use crate::domain::Halls;
use crate::payment::ports::ReadError;

use super::answer::{AnswerError, QueryResult};
use super::client::{Rkeeper, misread};
use super::{reference, request};

const TABLES: &str = "TABLES";
const PLANS: &str = "HALLPLANS";
const TABLES_MASK: &str = "items.(Ident,ItemIdent,Hall)";
const PLANS_MASK: &str = "items.(Ident,ItemIdent,Name)";

/// Out of the answers for tables and for plans of halls.
fn halls(tables: &QueryResult, plans: &QueryResult) -> Result<Halls, AnswerError> {
    let names: HashMap<String, String> = reference::rows(plans)?
        .filter_map(|plan| Some((reference::ident(plan)?, plan.label("Name")?)))
        .collect();
    let hall = |table| {
        let id = reference::ident(table)?;
        Some((id, names.get(&table.label("Hall")?)?.clone()))
    };
    Ok(reference::rows(tables)?.filter_map(hall).collect())
}

impl Rkeeper {
    /// Two requests; the caller keeps what they tell.
    pub(super) fn read_halls(&self) -> Result<Halls, ReadError> {
        let ask = |name, mask| self.read("GetRefData", &request::items(name, mask));
        let read = || {
            let (tables, plans) = (ask(TABLES, TABLES_MASK)?, ask(PLANS, PLANS_MASK)?);
            halls(&tables, &plans).map_err(|error| misread(&error))
        };
        self.without_secrets(&[]).read(read())
    }
}

#[cfg(test)]
mod tests {
    use super::super::answer::parse_answer;
    use super::*;
    use crate::domain::OrderSummary;

    fn answer(items: &str) -> QueryResult {
        let text = format!(
            "<RK7QueryResult ServerVersion=\"7.26.8.2001\" Status=\"Ok\" CMD=\"GetRefData\">\
             <RK7Reference><Items>{items}</Items></RK7Reference></RK7QueryResult>"
        );
        parse_answer(text.as_bytes()).unwrap()
    }

    #[test]
    fn a_table_stands_in_the_hall_of_its_plan() {
        let tables = answer(
            "<Item Ident=\"100\" Hall=\"7\"/><Item ItemIdent=\"101\" Hall=\"8\"/>\
             <Item Ident=\"102\" Hall=\"9\"/><Item Ident=\"103\"/><Item Hall=\"7\"/>",
        );
        let plans = answer(
            "<Item Ident=\"7\" Name=\"Зал\"/><Item ItemIdent=\"8\" Name=\"Терраса\"/>\
             <Item Ident=\"9\" Name=\"\"/>",
        );
        let halls = halls(&tables, &plans).unwrap();
        assert_eq!(halls.counts(), (2, 2));
        let hall = |id: &str| {
            halls.of(&OrderSummary {
                table_id: Some(id.to_owned()),
                ..OrderSummary::default()
            })
        };
        let all = ["100", "101", "102", "103"].map(hall);
        assert_eq!(all, [Some("Зал"), Some("Терраса"), None, None]);
    }
}
