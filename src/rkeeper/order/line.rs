//! Dishes and discounts of an order.

use crate::domain::{Component, Discount, Line, Modifier, Order, Quantity};

use super::super::answer::AnswerError;
use super::super::xml::Element;
use super::is_removed;

/// The dishes of a session, and its discounts and surcharges.
pub(super) fn read(session: Element<'_>, order: &mut Order) -> Result<(), AnswerError> {
    // In the order in which they stand, whichever kind.
    for dish in session.children() {
        if matches!(dish.name(), "Dish" | "Combo") && !is_removed(dish)? {
            order.lines.push(line(dish)?);
        }
    }
    order.discounts.extend(discounts(session)?);
    Ok(())
}

/// A dish without a code or an id is shown; whether it matters is for [`Order::lines_due`].
fn line(dish: Element<'_>) -> Result<Line, AnswerError> {
    let code = dish.label("code").unwrap_or_default();
    let id = dish.label("line_guid").or_else(|| dish.label("uni"));
    let name = dish.label("name").or_else(|| dish.label("code"));
    let quantity = dish.quantity("quantity")?;
    Ok(Line {
        id: id.unwrap_or_default(),
        name: name.or_else(|| dish.label("id")).unwrap_or_default(),
        code,
        quantity,
        ordered: dish.quantity("srcQuantity").unwrap_or(quantity),
        seat: dish.count("seat").unwrap_or_default(),
        base_price: dish.money("price")?,
        amount: dish.money("amount")?,
        modifiers: dish
            .all("Modi")
            .map(modifier)
            .collect::<Result<_, AnswerError>>()?,
        components: components(dish)?,
        discounts: discounts(dish)?,
        groups: None,
    })
}

fn modifier(modi: Element<'_>) -> Result<Modifier, AnswerError> {
    Ok(Modifier {
        name: named(modi),
        count: modi.count("count").unwrap_or(1),
        price: modi.money_or_zero("price")?,
    })
}

/// A combo is sold as one dish; what it is made of costs nothing more.
fn components(combo: Element<'_>) -> Result<Vec<Component>, AnswerError> {
    let mut found = Vec::new();
    for component in combo.all("Component") {
        if !is_removed(component)? {
            found.push(Component {
                name: named(component),
                quantity: component.quantity("quantity").unwrap_or(Quantity::ONE),
            });
        }
    }
    Ok(found)
}

/// Discounts and surcharges that stand within this element.
pub(super) fn discounts(holder: Element<'_>) -> Result<Vec<Discount>, AnswerError> {
    let mut found = Vec::new();
    for discount in holder.all("Discount") {
        if !is_removed(discount)? {
            found.push(Discount {
                name: named(discount),
                sum: discount.money_or_zero("discountSum")?,
            });
        }
    }
    Ok(found)
}

fn named(element: Element<'_>) -> String {
    let mut names = ["name", "code", "id"].into_iter();
    let name = names.find_map(|name| element.label(name));
    name.unwrap_or_default()
}
