//! A drawn screen as text with ANSI escapes, for pictures and reports.

use std::fmt::Write as _;

use ratatui::buffer::Buffer;
use ratatui::style::{Color, Modifier};
use unicode_width::UnicodeWidthStr as _;

/// The buffer line by line, styles as escape sequences, each line ended by a reset and a newline.
pub fn render(buffer: &Buffer) -> String {
    let mut text = String::new();
    let area = buffer.area;
    for y in area.top()..area.bottom() {
        let mut style = String::new();
        let mut x = area.left();
        while x < area.right() {
            let Some(cell) = buffer.cell((x, y)) else {
                break;
            };
            let wanted = escape(cell.fg, cell.bg, cell.modifier);
            if wanted != style {
                text.push_str("\x1b[0m");
                text.push_str(&wanted);
                style = wanted;
            }
            text.push_str(cell.symbol());
            x = x.saturating_add(u16::try_from(cell.symbol().width().max(1)).unwrap_or(1));
        }
        if !style.is_empty() {
            text.push_str("\x1b[0m");
        }
        text.push('\n');
    }
    text
}

fn escape(fg: Color, bg: Color, modifier: Modifier) -> String {
    let mut codes: Vec<String> = Vec::new();
    for (flag, code) in [
        (Modifier::BOLD, "1"),
        (Modifier::DIM, "2"),
        (Modifier::ITALIC, "3"),
        (Modifier::UNDERLINED, "4"),
        (Modifier::REVERSED, "7"),
    ] {
        if modifier.contains(flag) {
            codes.push(code.to_owned());
        }
    }
    codes.extend(colour(fg, 30));
    codes.extend(colour(bg, 40));
    let mut text = String::new();
    if !codes.is_empty() {
        let _ = write!(text, "\x1b[{}m", codes.join(";"));
    }
    text
}

/// `base` is 30 for the text, 40 for the ground.
fn colour(colour: Color, base: u8) -> Option<String> {
    let plain = |n: u8| Some((base + n).to_string());
    let bright = |n: u8| Some((base + 60 + n).to_string());
    match colour {
        Color::Reset => None,
        Color::Black => plain(0),
        Color::Red => plain(1),
        Color::Green => plain(2),
        Color::Yellow => plain(3),
        Color::Blue => plain(4),
        Color::Magenta => plain(5),
        Color::Cyan => plain(6),
        Color::Gray => plain(7),
        Color::DarkGray => bright(0),
        Color::LightRed => bright(1),
        Color::LightGreen => bright(2),
        Color::LightYellow => bright(3),
        Color::LightBlue => bright(4),
        Color::LightMagenta => bright(5),
        Color::LightCyan => bright(6),
        Color::White => bright(7),
        Color::Indexed(n) => Some(format!("{};5;{n}", base + 8)),
        Color::Rgb(r, g, b) => Some(format!("{};2;{r};{g};{b}", base + 8)),
    }
}

#[cfg(test)]
mod tests {
    use ratatui::layout::Rect;
    use ratatui::style::Style;

    use super::*;

    #[test]
    fn styles_become_escapes_and_wide_characters_stay_whole() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 6, 2));
        buffer.set_string(0, 0, "寿a", Style::new().fg(Color::LightRed));
        buffer.set_string(3, 0, "b", Style::new().add_modifier(Modifier::BOLD));
        assert_eq!(
            render(&buffer),
            "\x1b[0m\x1b[91m寿a\x1b[0m\x1b[1mb\x1b[0m  \n      \n"
        );
    }
}
