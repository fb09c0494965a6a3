//! CSV that a Russian Excel opens by a double click: UTF-8 with a byte order mark, semicolons,
//! CRLF, decimal comma. No text in it can become a formula.

use crate::domain::Money;
use crate::domain::text::printable;

/// One cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell {
    /// Any text.
    Text(String),
    /// A decimal number as text with a point, from our own formatting.
    Number(String),
}

impl Cell {
    /// A text cell.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// A sum.
    pub fn money(sum: Money) -> Self {
        Self::Number(sum.to_string())
    }

    fn push(&self, line: &mut String) {
        match self {
            Self::Number(number) => line.push_str(&number.replace('.', ",")),
            Self::Text(text) => {
                let text = printable(text);
                let quote = text.contains([';', '"']);
                if quote {
                    line.push('"');
                }
                // Spreadsheets run what starts like a formula, leading spaces or not.
                if text
                    .trim_start()
                    .starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠'])
                {
                    line.push('\'');
                }
                line.push_str(&text.replace('"', "\"\""));
                if quote {
                    line.push('"');
                }
            }
        }
    }
}

/// The file: a head of texts, then the rows.
pub fn file(head: &[&str], rows: &[Vec<Cell>]) -> String {
    let mut text = String::from('\u{feff}');
    let head: Vec<Cell> = head.iter().map(|name| Cell::text(*name)).collect();
    for row in std::iter::once(&head).chain(rows) {
        for (column, cell) in row.iter().enumerate() {
            if column > 0 {
                text.push(';');
            }
            cell.push(&mut text);
        }
        text.push_str("\r\n");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_becomes_a_formula() {
        let rows = [vec![
            Cell::text("=1+1"),
            Cell::text(" @x"),
            Cell::text("-2"),
            Cell::text("a;\"b\""),
            Cell::text("a\r\nb\u{202e}"),
            Cell::text("0061366822"),
            Cell::money(Money::from_kopecks(-29_050)),
        ]];
        assert_eq!(
            file(&["+a", "b"], &rows),
            "\u{feff}'+a;b\r\n'=1+1;' @x;'-2;\"a;\"\"b\"\"\";a  b;0061366822;-290,50\r\n"
        );
    }
}
