//! Text cut and padded to columns of the terminal, measured as it is drawn.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::domain::Money;
use crate::domain::text::clean;

/// Columns that a name keeps beside numbers.
const NAME_MIN: usize = 6;
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

/// The sentence about somebody or something with a name, in `room` columns: where it is too long, the
/// name is cut, and the numbers behind it stay.
pub(super) fn around(room: usize, name: &str, sentence: impl Fn(&str) -> String) -> String {
    let whole = sentence(name);
    let over = width(&whole).saturating_sub(room);
    if over == 0 {
        return whole;
    }
    let left = width(name).saturating_sub(over).max(NAME_MIN);
    sentence(&cut(name, left))
}

/// The pieces with dots between them, in `room` columns: where they are too long, the longest names
/// are cut, so that no piece is lost. What ends in a digit (a sum, a card, a time) stays whole.
pub(super) fn pieces(pieces: &[String], room: usize) -> String {
    let longest = pieces.iter().map(|piece| width(piece)).max().unwrap_or(0);
    let joined = |most: usize| {
        let shown = |piece: &String| {
            if piece.ends_with(|c: char| c.is_ascii_digit()) {
                piece.clone()
            } else {
                cut(piece, most)
            }
        };
        pieces.iter().map(shown).collect::<Vec<_>>().join(" · ")
    };
    let fits = |most: &usize| width(&joined(*most)) <= room;
    let most = (NAME_MIN..=longest).rev().find(fits);
    cut(&joined(most.unwrap_or(longest)), room)
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
        // A word that no line holds is broken where it must be: nothing of it is lost.
        while line.width() > columns && lines.len() <= lines_max {
            let Some(head) = fitting(&line, columns) else {
                break;
            };
            let rest = line.split_off(head);
            lines.push(std::mem::replace(&mut line, rest.trim_start().to_owned()));
        }
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

/// Bytes of the text that fit into so many columns, behind its last space where it has one there;
/// `None` where not even one character does.
fn fitting(text: &str, columns: usize) -> Option<usize> {
    let mut used = 0;
    let mut end = 0;
    let mut space = 0;
    for (at, c) in text.char_indices() {
        used += c.width().unwrap_or(0);
        if used > columns {
            break;
        }
        end = at + c.len_utf8();
        if c == ' ' {
            space = at;
        }
    }
    let ends_a_word = text[end..].starts_with(' ');
    let end = if space > 0 && !ends_a_word {
        space
    } else {
        end
    };
    (end > 0).then_some(end)
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
    fn a_long_word_is_broken_and_lost_nowhere() {
        assert_eq!(wrap("abcdefgh ij", 5, 9), ["abcde", "fgh", "ij"]);
        assert_eq!(wrap("寿司セット", 4, 9), ["寿司", "セッ", "ト"]);
        assert_eq!(wrap("a\u{a0}bc\u{a0}de", 4, 9), ["a bc", "de"]);
        assert_eq!(wrap("寿司", 1, 9), ["…"]);
        assert_eq!(wrap("abcdefghijkl", 3, 2), ["abc", "de…"]);
    }

    #[test]
    fn a_name_is_cut_and_the_sum_behind_it_is_not() {
        let title = |name: &str| format!("Заказ {name} на 5,00");
        assert_eq!(around(40, "Веранда", title), "Заказ Веранда на 5,00");
        assert_eq!(around(20, "Веранда", title), "Заказ Веран… на 5,00");
        let long = ["Стол у самого окна", "5,00"].map(str::to_owned);
        assert_eq!(pieces(&long, 22), "Стол у самого… · 5,00");
        assert_eq!(pieces(&long, 40), "Стол у самого окна · 5,00");
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
