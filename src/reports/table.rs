//! Plain tables for a terminal: columns parted by two spaces, numbers to the right.

use unicode_width::UnicodeWidthStr;

use crate::domain::text::printable;

/// A column's side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Texts.
    Left,
    /// Numbers.
    Right,
}

/// Rows under a head.
#[derive(Clone, Debug)]
pub struct Table {
    columns: Vec<(String, Side)>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with these columns and no rows.
    pub fn new<T: Into<String>>(columns: impl IntoIterator<Item = (T, Side)>) -> Self {
        Self {
            columns: columns
                .into_iter()
                .map(|(head, side)| (head.into(), side))
                .collect(),
            rows: Vec::new(),
        }
    }

    /// Adds a row; missing cells are empty. Nothing in a cell can drive the terminal.
    pub fn row<T: AsRef<str>>(&mut self, cells: impl IntoIterator<Item = T>) {
        let cells = cells.into_iter().map(|cell| printable(cell.as_ref()));
        self.rows.push(cells.collect());
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The lines, each with its end.
    pub fn text(&self) -> String {
        let head: Vec<String> = self.columns.iter().map(|(head, _)| head.clone()).collect();
        let widths: Vec<usize> = (0..self.columns.len())
            .map(|column| {
                std::iter::once(&head)
                    .chain(&self.rows)
                    .filter_map(|row| row.get(column))
                    .map(|cell| cell.width())
                    .max()
                    .unwrap_or(0)
            })
            .collect();
        let mut text = String::new();
        for row in std::iter::once(&head).chain(&self.rows) {
            let mut line = String::new();
            for (column, ((_, side), width)) in self.columns.iter().zip(&widths).enumerate() {
                let cell = row.get(column).map_or("", String::as_str);
                let room = " ".repeat(width.saturating_sub(cell.width()));
                if column > 0 {
                    line.push_str("  ");
                }
                match side {
                    Side::Left => line.extend([cell, &room]),
                    Side::Right => line.extend([room.as_str(), cell]),
                }
            }
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_under_each_other() {
        let mut table = Table::new([("Блюдо", Side::Left), ("Цена", Side::Right)]);
        assert!(table.is_empty());
        table.row(["Суп", "290.00"]);
        table.row(["寿司\u{1b}[2J"]);
        assert_eq!(
            table.text(),
            "Блюдо       Цена\nСуп       290.00\n寿司 [2J\n"
        );
    }
}
