//! Every screen in every look: the same words, colours that can be read, and in the bytes that reach
//! the terminal no colour that the look does not have. [`hold`] is called for each scene of the
//! snapshots.

use crossterm::style::force_color_output;
use ratatui::backend::CrosstermBackend;
use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier};
use ratatui::{Terminal, TerminalOptions, Viewport};

use crate::tui::test_util::{Till, text};
use crate::tui::theme::Theme;
use crate::tui::theme::tests::{CONSOLES, contrast, shown};
use crate::tui::{Depth, Look, view};

/// The scene holds in every look.
pub(super) fn hold(name: &str, till: &mut Till) {
    let own = till.app.theme;
    till.app.theme = Theme::of(Look::Mono, Depth::Any);
    let words = till.screen();
    for look in Look::ALL {
        for depth in [Depth::Sixteen, Depth::Any] {
            till.app.theme = Theme::of(look, depth);
            let buffer = till.draw();
            assert_eq!(text(&buffer), words, "{name}, {look:?}, {depth:?}");
            let where_ = format!("{name}, {look:?}, {depth:?}");
            let used = colours(&bytes(till));
            match (look, depth) {
                (Look::Mono, _) => assert_eq!(used, [] as [Used; 0], "{where_}"),
                (Look::Colours16, _) | (_, Depth::Sixteen) => {
                    let sixteen = |used: &Used| matches!(used, Used::Numbered(0..=15));
                    assert!(
                        !used.is_empty() && used.iter().all(sixteen),
                        "{where_}: {used:?}"
                    );
                    readable(&buffer, 4.5, &where_);
                }
                (Look::Default, Depth::Any) => readable(&buffer, 4.5, &where_),
                (Look::HighContrast, Depth::Any) => readable(&buffer, 7.0, &where_),
            }
        }
    }
    till.app.theme = own;
}

/// A colour as a terminal is asked for it.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Used {
    /// `38;5;n`, or one of the old eight and their bright ones.
    Numbered(u8),
    /// `38;2;r;g;b`
    Free,
}

/// What the real backend writes for one frame.
fn bytes(till: &Till) -> String {
    // Crossterm heeds NO_COLOR by itself; here the looks are to prove themselves.
    force_color_output(true);
    let area = Rect::new(0, 0, till.size.0, till.size.1);
    let mut written = Vec::new();
    let options = TerminalOptions {
        viewport: Viewport::Fixed(area),
    };
    let backend = CrosstermBackend::new(&mut written);
    let mut terminal = Terminal::with_options(backend, options).unwrap();
    terminal.draw(|frame| view(&till.app, frame)).unwrap();
    drop(terminal);
    String::from_utf8(written).unwrap()
}

/// The colours in the escape sequences of the text.
fn colours(text: &str) -> Vec<Used> {
    let mut used = Vec::new();
    for sequence in text.split("\x1b[").skip(1) {
        let end = sequence.find(|c: char| c.is_ascii_alphabetic()).unwrap();
        if !sequence[end..].starts_with('m') {
            continue;
        }
        let numbers: Vec<u8> = sequence[..end]
            .split(';')
            .map(|number| number.parse().unwrap_or(0))
            .collect();
        let mut rest = &numbers[..];
        while let [first, after @ ..] = rest {
            rest = after;
            match (first, after) {
                (38 | 48, [5, number, left @ ..]) => {
                    used.push(Used::Numbered(*number));
                    rest = left;
                }
                (38 | 48, [2, _, _, _, left @ ..]) => {
                    used.push(Used::Free);
                    rest = left;
                }
                (30..=37 | 40..=47, _) => used.push(Used::Numbered(first % 10)),
                (90..=97 | 100..=107, _) => used.push(Used::Numbered(first % 10 + 8)),
                // Bold, turned round, and back to the terminal's own.
                (0 | 1 | 7 | 22 | 27 | 39 | 49 | 59, _) => {}
                _ => panic!("an unknown sequence: {sequence:?}"),
            }
        }
    }
    used
}

/// Each character can be told from its ground on every console; lines of frames a little less.
fn readable(buffer: &Buffer, least: f64, where_: &str) {
    for cell in buffer.content() {
        let symbol = cell.symbol();
        if symbol.trim().is_empty() {
            continue;
        }
        let is_frame = symbol
            .chars()
            .all(|c| ('\u{2500}'..='\u{257f}').contains(&c));
        for (name, console) in &CONSOLES {
            let (letter, ground) = seen(cell);
            let found = contrast(shown(letter, console), shown(ground, console));
            let least = if is_frame { 2.5 } else { least };
            assert!(found >= least, "{where_}, {name}: «{symbol}» {found:.2}");
        }
    }
}

fn seen(cell: &Cell) -> (Color, Color) {
    if cell.modifier.contains(Modifier::REVERSED) {
        (cell.bg, cell.fg)
    } else {
        (cell.fg, cell.bg)
    }
}

#[test]
fn colours_are_found_in_escape_sequences() {
    assert_eq!(colours("\x1b[1mx\x1b[2;1H\x1b[39m\x1b[0m"), []);
    assert_eq!(
        colours("\x1b[1;31ma\x1b[97;48;5;17mb\x1b[38;2;1;2;3m"),
        [
            Used::Numbered(1),
            Used::Numbered(15),
            Used::Numbered(17),
            Used::Free
        ]
    );
}
