//! Which keys a report of a keyboard-like reader shows, and what they stand for.
//!
//! Keys are taken by their place (usages of page 7), as on an American keyboard, which is what
//! readers assume. So the layout of the system does not matter: a Russian one would make `;10001=`
//! into `ж10001=` and spoil hexadecimal letters. Source: HID Usage Tables 1.12, chapter 10; report
//! of the boot protocol: HID 1.11, appendix B.1.

use super::report_descriptor::{Field, FieldKind, ReportDescriptor, Usage};

/// Most keys that are down at once; more is no keyboard's report.
pub const KEYS_MAX: usize = 32;

/// The page of keys.
const KEY_PAGE: u16 = 0x07;

/// The descriptor of the boot protocol's report, for readers of which none is known.
const BOOT: &[u8] = &[
    0x05, 0x01, 0x09, 0x06, 0xa1, 0x01, 0x05, 0x07, 0x19, 0xe0, 0x29, 0xe7, 0x15, 0x00, 0x25, 0x01,
    0x75, 0x01, 0x95, 0x08, 0x81, 0x02, 0x95, 0x01, 0x75, 0x08, 0x81, 0x01, 0x95, 0x06, 0x75, 0x08,
    0x15, 0x00, 0x25, 0x65, 0x05, 0x07, 0x19, 0x00, 0x29, 0x65, 0x81, 0x00, 0xc0,
];

/// What one report shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shown {
    /// It is no report of the keyboard.
    Elsewhere,
    /// It is not as long as the device says, or shows more than hands can press.
    Damaged,
    /// More keys than the device can tell apart: which ones, it does not know.
    Rollover,
    /// These are down.
    Keys(Down),
}

/// The keys that are down.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Down {
    /// Control, Shift, Alt, GUI of the left hand, then of the right one, from the lowest bit.
    pub modifiers: u8,
    /// All others, in the order of the report.
    pub keys: Vec<u8>,
}

impl Down {
    /// A Shift key.
    pub fn shift(&self) -> bool {
        self.modifiers & 0x22 != 0
    }

    /// An Alt key.
    pub fn alt(&self) -> bool {
        self.modifiers & 0x44 != 0
    }

    /// Control or GUI: no text.
    pub fn command(&self) -> bool {
        self.modifiers & 0x99 != 0
    }
}

/// Where the keys are in a device's reports.
#[derive(Clone, Debug)]
pub struct KeyFields {
    descriptor: ReportDescriptor,
    fields: Vec<Field>,
}

impl KeyFields {
    /// Of a device without a known descriptor.
    pub fn boot() -> Self {
        // That it is readable is what the tests say; unreadable it would show no keys at all.
        Self::of(ReportDescriptor::parse(BOOT).unwrap_or_default())
    }

    /// Of a device with this descriptor.
    pub fn of(descriptor: ReportDescriptor) -> Self {
        let keyboard = |field: &&Field| {
            matches!(field.application, Usage::KEYBOARD | Usage::KEYPAD)
                && field.usage(0).is_some_and(|usage| usage.page == KEY_PAGE)
        };
        let fields = descriptor.fields().iter().filter(keyboard).cloned();
        Self {
            fields: fields.collect(),
            descriptor,
        }
    }

    /// The device has keys.
    pub fn any(&self) -> bool {
        !self.fields.is_empty()
    }

    /// What a report shows.
    pub fn shown(&self, report: &[u8]) -> Shown {
        let (id, body) = match (self.descriptor.numbered(), report) {
            (true, [id, body @ ..]) => (*id, body),
            (true, []) => return Shown::Damaged,
            (false, body) => (0, body),
        };
        if !self.fields.iter().any(|field| field.report_id == id) {
            return Shown::Elsewhere;
        }
        let Some((body, padding)) = self
            .descriptor
            .report_bytes(id)
            .and_then(|bytes| body.split_at_checked(bytes))
        else {
            return Shown::Damaged;
        };
        // Windows fills every report up to the longest one.
        if padding.iter().any(|&byte| byte != 0) {
            return Shown::Damaged;
        }
        let mut down = Down::default();
        for field in self.fields.iter().filter(|field| field.report_id == id) {
            for usage in usages(field, body) {
                match u8::try_from(usage.id) {
                    Ok(0) if usage.page == KEY_PAGE => {}
                    Ok(1..=3) if usage.page == KEY_PAGE => return Shown::Rollover,
                    Ok(key @ 0xe0..=0xe7) if usage.page == KEY_PAGE => {
                        down.modifiers |= 1 << (key - 0xe0);
                    }
                    Ok(key) if usage.page == KEY_PAGE => {
                        if !down.keys.contains(&key) {
                            down.keys.push(key);
                        }
                    }
                    Ok(_) | Err(_) => {}
                }
            }
        }
        if down.keys.len() > KEYS_MAX {
            return Shown::Damaged;
        }
        Shown::Keys(down)
    }
}

/// The usages of a field that are on.
fn usages(field: &Field, body: &[u8]) -> impl Iterator<Item = Usage> {
    (0..field.count).filter_map(|place| {
        let value = field.value(body, place)?;
        match field.kind {
            FieldKind::Array => field.named(value),
            FieldKind::Variable if value != 0 => field.usage(place),
            FieldKind::Variable => None,
        }
    })
}

/// What a key does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// It writes.
    Char(char),
    /// Enter of either block, or Tab: the end of a text.
    End,
    /// A lock key: a state of the keyboard, which readers do not depend on.
    Lock,
    /// None that a card's text has.
    Other,
}

/// What the key with that usage does, with or without Shift.
pub fn key(usage: u8, shift: bool) -> Key {
    const DIGITS: [char; 10] = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '0'];
    const SHIFTED: [char; 10] = ['!', '@', '#', '$', '%', '^', '&', '*', '(', ')'];
    let of = |table: [char; 10], first: u8| {
        table
            .get(usize::from(usage - first))
            .map_or(Key::Other, |c| Key::Char(*c))
    };
    let pair = |plain: char, shifted: char| Key::Char(if shift { shifted } else { plain });
    match usage {
        0x04..=0x1d => {
            let letter = char::from(b'a' + (usage - 0x04));
            pair(letter, letter.to_ascii_uppercase())
        }
        0x1e..=0x27 if shift => of(SHIFTED, 0x1e),
        0x1e..=0x27 => of(DIGITS, 0x1e),
        0x28 | 0x2b | 0x58 => Key::End,
        0x2c => Key::Char(' '),
        0x2d => pair('-', '_'),
        0x2e => pair('=', '+'),
        0x2f => pair('[', '{'),
        0x30 => pair(']', '}'),
        0x31 | 0x32 => pair('\\', '|'),
        0x33 => pair(';', ':'),
        0x34 => pair('\'', '"'),
        0x35 => pair('`', '~'),
        0x36 => pair(',', '<'),
        0x37 => pair('.', '>'),
        0x38 => pair('/', '?'),
        // Caps Lock, Scroll Lock, Num Lock.
        0x39 | 0x47 | 0x53 => Key::Lock,
        0x54 => Key::Char('/'),
        0x55 => Key::Char('*'),
        0x56 => Key::Char('-'),
        0x57 => Key::Char('+'),
        0x59..=0x62 => of(DIGITS, 0x59),
        0x63 => Key::Char('.'),
        0x67 => Key::Char('='),
        0x00..=0x03 | 0x29..=0x2a | 0x3a..=0x46 | 0x48..=0x52 | 0x64..=0x66 | 0x68..=0xff => {
            Key::Other
        }
    }
}

/// The digit of a key of the number block.
pub fn keypad_digit(usage: u8) -> Option<u32> {
    match usage {
        0x59..=0x61 => Some(u32::from(usage - 0x58)),
        0x62 => Some(0),
        0x00..=0x58 | 0x63..=0xff => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(fields: &KeyFields, report: &[u8]) -> Option<(u8, Vec<u8>)> {
        match fields.shown(report) {
            Shown::Keys(down) => Some((down.modifiers, down.keys)),
            Shown::Elsewhere | Shown::Damaged | Shown::Rollover => None,
        }
    }

    #[test]
    fn the_boot_report() {
        let boot = KeyFields::boot();
        assert!(boot.any());
        // A public capture of a scan that begins with 8.
        assert_eq!(
            keys(&boot, &[0, 0, 0x25, 0, 0, 0, 0, 0]),
            Some((0, vec![0x25]))
        );
        assert_eq!(key(0x25, false), Key::Char('8'));
        // The order in the report is the order of pressing.
        assert_eq!(
            keys(&boot, &[0x22, 0, 0x27, 0x1e, 0x27, 0, 0, 0]),
            Some((0x22, vec![0x27, 0x1e]))
        );
        for (report, shown) in [
            (&[0; 7][..], Shown::Damaged),
            (&[0, 0, 1, 1, 1, 1, 1, 1], Shown::Rollover),
            (&[0, 0, 0, 0, 0, 0, 0, 0, 7], Shown::Damaged),
            (&[0; 9], Shown::Keys(Down::default())),
        ] {
            assert_eq!(boot.shown(report), shown, "{report:02x?}");
        }
    }

    #[test]
    fn both_blocks_and_shift() {
        let text = |usages: &[u8], shift: bool| -> String {
            usages
                .iter()
                .map(|&usage| match key(usage, shift) {
                    Key::Char(c) => c,
                    Key::End => '⏎',
                    Key::Lock => 'L',
                    Key::Other => '?',
                })
                .collect()
        };
        let row: Vec<u8> = (0x1e..=0x27).collect();
        let block: Vec<u8> = (0x59..=0x62).collect();
        assert_eq!(text(&row, false), "1234567890");
        assert_eq!(text(&row, true), "!@#$%^&*()");
        assert_eq!(text(&block, false), "1234567890");
        assert_eq!(text(&block, true), "1234567890");
        assert_eq!(text(&[0x28, 0x58, 0x2b, 0x53, 0x3b], false), "⏎⏎⏎L?");
        assert_eq!(text(&[0x33, 0x2e, 0x36, 0x38], false), ";=,/");
        assert_eq!(text(&[0x22, 0x33, 0x23, 0x38], true), "%:^?");
        assert_eq!(text(&[0x04, 0x09], true), "AF");
        let digits: Vec<u32> = (0..=u8::MAX).filter_map(keypad_digit).collect();
        assert_eq!(digits, [1, 2, 3, 4, 5, 6, 7, 8, 9, 0]);
    }
}
