//! Text cut and padded to columns of the terminal, measured as it is drawn.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::domain::Money;
use crate::domain::text::clean;

/// Columns that a text takes.
pub(super) fn width(text: &str) -> usize {
    drawable(text).width()
}

/// The text without anything that could disturb the screen. Foreign text is cleaned where it
/// enters; this is the second fence, and it keeps the spaces of our own columns.
fn drawable(text: &str) -> String {
    text.chars().filter_map(drawable_char).collect()
}

fn drawable_char(c: char) -> Option<char> {
    if matches!(c, '\u{a0}' | '\u{202f}') || c.is_control() {
        Some(' ')
    } else if c.is_ascii() || c.is_alphanumeric() || !clean(c.encode_utf8(&mut [0; 4])).is_empty() {
        Some(c)
    } else {
        None
    }
}

/// At most `max` columns; what was cut ends in an ellipsis.
pub(super) fn cut(text: &str, max: usize) -> String {
    let text = drawable(text);
    if text.width() <= max {
        return text;
    }
    let mut kept = String::new();
    let mut used = 0;
    for c in text.chars() {
        let columns = c.width().unwrap_or(0);
        if used + columns + 1 > max {
            break;
        }
        used += columns;
        kept.push(c);
    }
    if max > 0 {
        kept.truncate(kept.trim_end().len());
        kept.push('…');
    }
    kept
}

/// Exactly `columns` wide, text at the left.
pub(super) fn left(text: &str, columns: usize) -> String {
    let mut text = cut(text, columns);
    let free = columns.saturating_sub(text.width());
    text.extend(std::iter::repeat_n(' ', free));
    text
}

/// Exactly `columns` wide, text at the right.
pub(super) fn right(text: &str, columns: usize) -> String {
    let text = cut(text, columns);
    let free = columns.saturating_sub(text.width());
    let mut padded = " ".repeat(free);
    padded.push_str(&text);
    padded
}

/// A sum at the right of its column: grouped, and without groups where that is too wide.
pub(super) fn money(sum: Money, columns: usize) -> String {
    let grouped = sum.grouped();
    if width(&grouped) <= columns {
        right(&grouped, columns)
    } else {
        right(&grouped.replace('\u{a0}', ""), columns)
    }
}

/// The words with sums as people read them: `2350.00` is «2 350,00».
pub(super) fn readable_sums(words: &str) -> String {
    let readable = |word: &str| {
        let is_sum = word
            .split_once('.')
            .is_some_and(|(_, kopecks)| kopecks.len() == 2);
        let sum = Money::parse_decimal(word).ok().filter(|_| is_sum);
        sum.map_or_else(|| word.to_owned(), Money::grouped)
    };
    let words: Vec<String> = words.split(' ').map(readable).collect();
    words.join(" ")
}

/// A balance as [`money`]; a dash where it is no money.
pub(super) fn balance(sum: Option<Money>, columns: usize) -> String {
    sum.map_or_else(|| right("–", columns), |sum| money(sum, columns))
}

/// The text in lines of at most `columns`, broken at spaces that allow it; at most `lines_max` of them.
pub(super) fn wrap(text: &str, columns: usize, lines_max: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    let breaks = |c: char| c.is_whitespace() && !matches!(c, '\u{a0}' | '\u{202f}');
    for word in text
        .split(breaks)
        .map(drawable)
        .filter(|word| !word.is_empty())
    {
        if !line.is_empty() && line.width() + 1 + word.width() > columns {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(&word);
    }
    if !line.is_empty() {
        lines.push(line);
    }
    if lines.len() > lines_max {
        lines.truncate(lines_max);
        if let Some(last) = lines.last_mut() {
            last.push_str(" …");
        }
    }
    lines.iter().map(|line| cut(line, columns)).collect()
}

/// The text in lines of at most `columns`, broken anywhere: paths and numbers lose nothing. At most
/// `lines_max` of them; what is left then ends in an ellipsis.
pub(super) fn fold(text: &str, columns: usize, lines_max: usize) -> Vec<String> {
    let mut lines = wrap(text, columns, lines_max);
    if lines.iter().all(|line| !line.ends_with('…')) {
        return lines;
    }
    lines.clear();
    let mut line = String::new();
    let text = drawable(text);
    let mut rest = text.chars();
    for c in rest.by_ref() {
        if line.width() + c.width().unwrap_or(0) > columns {
            lines.push(std::mem::take(&mut line));
            if lines.len() == lines_max {
                break;
            }
        }
        line.push(c);
    }
    if lines.len() < lines_max {
        lines.push(line);
    } else if let Some(last) = lines.last_mut() {
        *last = cut(&format!("{last}…"), columns);
    }
    lines
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn columns_are_counted_as_drawn() {
        assert_eq!(left("Суп", 6), "Суп   ");
        assert_eq!(right("Суп", 6), "   Суп");
        assert_eq!(cut("Запеченный ролл с курицей", 16), "Запеченный ролл…");
        assert_eq!(cut("寿司セット", 6), "寿司…");
        assert_eq!(cut("abc", 0), "");
        assert_eq!(left("й\u{306}", 3).width(), 3);
        assert_eq!(cut("a\x1b[2Jb\u{202e}c\u{200b}d", 20), "a [2Jbcd");
    }

    #[test]
    fn sums_keep_every_digit() {
        let sum = Money::from_kopecks(1_000_000_000_000);
        assert_eq!(money(sum, 17), "10 000 000 000,00");
        assert_eq!(money(sum, 15), " 10000000000,00");
        assert_eq!(money(Money::from_kopecks(-5), 6), " -0,05");
    }

    #[test]
    fn sums_in_words_are_for_people() {
        for (words, readable) in [
            ("2350.00 ≠ 2350.01", "2\u{a0}350,00 ≠ 2\u{a0}350,01"),
            ("-350.00", "-350,00"),
            (
                "r_keeper 7.6.4.005, 0.5 of 10.125",
                "r_keeper 7.6.4.005, 0.5 of 10.125",
            ),
            ("", ""),
        ] {
            assert_eq!(readable_sums(words), readable);
        }
    }

    #[test]
    fn wrapped() {
        assert_eq!(wrap("one two three", 7, 9), ["one two", "three"]);
        assert_eq!(wrap("one two three", 7, 1), ["one tw…"]);
        assert_eq!(wrap("sum 1\u{a0}500,00", 8, 9), ["sum", "1 500,00"]);
        assert_eq!(wrap("", 7, 9), Vec::<String>::new());
    }

    #[test]
    fn folded() {
        assert_eq!(fold("one two three", 7, 9), ["one two", "three"]);
        assert_eq!(fold("/var/lib/lime", 5, 9), ["/var/", "lib/l", "ime"]);
        assert_eq!(fold("/var/lib/lime", 5, 2), ["/var/", "lib/…"]);
    }

    proptest! {
        #[test]
        fn never_wider_than_asked(text in "\\PC{0,40}", columns in 0_usize..50) {
            prop_assert!(cut(&text, columns).width() <= columns);
            prop_assert_eq!(left(&text, columns).width(), columns);
            prop_assert_eq!(right(&text, columns).width(), columns);
        }
    }
}
