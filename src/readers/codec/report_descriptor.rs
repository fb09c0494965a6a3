//! What a HID device says of its reports: which bits of which report are what.
//!
//! Only input fields are kept. Source of the items: Device Class Definition for Human Interface
//! Devices 1.11, chapter 6.2.2.

use thiserror::Error;

/// Longest descriptor; the kernel takes no longer one either.
pub const DESCRIPTOR_BYTES_MAX: usize = 4096;

/// Most input fields of one device.
const FIELDS_MAX: usize = 256;
/// Most usages and ranges of usages of one field.
const USAGES_MAX: usize = 256;
/// Deepest nesting of saved states and of collections.
const DEPTH_MAX: usize = 16;
/// Most bits of one field's value.
const VALUE_BITS_MAX: u32 = 32;
/// Most bits of one report: as much as the kernel passes on.
const REPORT_BITS_MAX: u32 = 16_384 * 8;

/// What something on a device means: a page of the usage tables, and a number on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Usage {
    /// The page: 1 generic desktop, 7 keys, ff00 and above the vendor's own.
    pub page: u16,
    /// The number on the page.
    pub id: u16,
}

impl Usage {
    /// A keyboard as a whole.
    pub const KEYBOARD: Self = Self::new(0x01, 0x06);
    /// A keypad as a whole.
    pub const KEYPAD: Self = Self::new(0x01, 0x07);

    /// Of two numbers.
    pub const fn new(page: u16, id: u16) -> Self {
        Self { page, id }
    }
}

/// Why bytes are no descriptor.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum DescriptorError {
    /// The last item is cut, or nothing is there at all.
    #[error("the report descriptor is cut")]
    Cut,
    /// More than any reader has.
    #[error("the report descriptor is larger than any reader's")]
    TooLarge,
    /// A state is taken back that was never saved.
    #[error("the report descriptor contradicts itself")]
    Contradiction,
}

/// How the values of a field are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldKind {
    /// Each place has its own usage; its value says how much of it.
    Variable,
    /// Each place holds the number of a usage that is on.
    Array,
}

/// Some places of equal size in a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// The report that it belongs to; 0 where reports have no numbers.
    pub report_id: u8,
    /// The outermost collection around it: what the whole is.
    pub application: Usage,
    /// How the values are meant.
    pub kind: FieldKind,
    /// The first bit in the report, its number not counted.
    pub first_bit: u32,
    /// Bits of one place.
    pub size: u32,
    /// How many places.
    pub count: u32,
    /// The value that stands for the first usage of an array.
    pub logical_min: i32,
    /// First and last of each range of usages, in order.
    usages: Vec<(Usage, Usage)>,
}

impl Field {
    /// The usage with that index. A variable field with fewer usages than places repeats its last.
    pub fn usage(&self, index: u32) -> Option<Usage> {
        let mut left = index;
        for (first, last) in &self.usages {
            let more = u32::from(last.id.saturating_sub(first.id));
            if left <= more {
                let id = u16::try_from(left).ok()?.checked_add(first.id)?;
                return Some(Usage::new(first.page, id));
            }
            left -= more + 1;
        }
        match self.kind {
            FieldKind::Variable => self.usages.last().map(|(_, last)| *last),
            FieldKind::Array => None,
        }
    }

    /// The value in one place of a report without its number. None behind the report's end.
    pub fn value(&self, report: &[u8], place: u32) -> Option<u32> {
        let first = self.first_bit.checked_add(place.checked_mul(self.size)?)?;
        (0..self.size).try_fold(0_u32, |value, bit| {
            let at = first.checked_add(bit)?;
            let byte = report.get(usize::try_from(at / 8).ok()?)?;
            Some(value | (u32::from(byte >> (at % 8) & 1) << bit))
        })
    }

    /// The usage that one place of an array names.
    pub fn named(&self, value: u32) -> Option<Usage> {
        let index = i64::from(value) - i64::from(self.logical_min);
        self.usage(u32::try_from(index).ok()?)
    }
}

/// The input reports of a device.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReportDescriptor {
    fields: Vec<Field>,
    /// Number of a report, and its bits.
    reports: Vec<(u8, u32)>,
    numbered: bool,
    applications: Vec<Usage>,
}

impl ReportDescriptor {
    /// Reads a descriptor.
    pub fn parse(bytes: &[u8]) -> Result<Self, DescriptorError> {
        if bytes.is_empty() {
            return Err(DescriptorError::Cut);
        }
        if bytes.len() > DESCRIPTOR_BYTES_MAX {
            return Err(DescriptorError::TooLarge);
        }
        let mut parser = Parser::default();
        let mut rest = bytes;
        while let Some((&head, behind)) = rest.split_first() {
            // A long item; none is defined, all are skipped.
            if head == 0xfe {
                let length = usize::from(*behind.first().ok_or(DescriptorError::Cut)?);
                rest = behind.get(2 + length..).ok_or(DescriptorError::Cut)?;
                continue;
            }
            let length = [0, 1, 2, 4][usize::from(head & 3)];
            let data = behind.get(..length).ok_or(DescriptorError::Cut)?;
            parser.item(head & 0xfc, data)?;
            rest = &behind[length..];
        }
        Ok(parser.found)
    }

    /// The input fields, in the order of the descriptor.
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// The outermost collections: what the device is.
    pub fn applications(&self) -> &[Usage] {
        &self.applications
    }

    /// The first byte of each report is its number.
    pub fn numbered(&self) -> bool {
        self.numbered
    }

    /// Bytes of a report without its number. None for a number that the device has not.
    pub fn report_bytes(&self, id: u8) -> Option<usize> {
        self.reports
            .iter()
            .find(|(known, _)| *known == id)
            .and_then(|(_, bits)| usize::try_from(bits.div_ceil(8)).ok())
    }
}

/// What holds until it is changed.
#[derive(Clone, Copy, Debug, Default)]
struct Global {
    page: u16,
    logical_min: i32,
    size: u32,
    count: u32,
    report_id: u8,
}

/// What holds for the next main item only.
#[derive(Clone, Debug, Default)]
struct Local {
    usages: Vec<(Usage, Usage)>,
    minimum: Option<Usage>,
}

#[derive(Debug, Default)]
struct Parser {
    global: Global,
    saved: Vec<Global>,
    local: Local,
    depth: usize,
    application: Option<Usage>,
    found: ReportDescriptor,
}

impl Parser {
    fn item(&mut self, kind: u8, data: &[u8]) -> Result<(), DescriptorError> {
        let value = unsigned(data);
        match kind {
            // Main items.
            0x80 => {
                self.input(value)?;
                self.local = Local::default();
            }
            0xa0 => self.collection()?,
            0xc0 => {
                self.depth = self
                    .depth
                    .checked_sub(1)
                    .ok_or(DescriptorError::Contradiction)?;
                self.local = Local::default();
            }
            // Output and feature reports are of no interest, but end what is local.
            0x90 | 0xb0 => self.local = Local::default(),
            // Global items.
            0x04 => self.global.page = low(value),
            0x14 => self.global.logical_min = signed(data),
            0x74 => self.global.size = value,
            0x94 => self.global.count = value,
            0x84 => {
                self.global.report_id = u8::try_from(value)
                    .ok()
                    .filter(|id| *id != 0)
                    .ok_or(DescriptorError::Contradiction)?;
                self.found.numbered = true;
            }
            0xa4 => {
                if self.saved.len() >= DEPTH_MAX {
                    return Err(DescriptorError::TooLarge);
                }
                self.saved.push(self.global);
            }
            0xb4 => self.global = self.saved.pop().ok_or(DescriptorError::Contradiction)?,
            // Local items.
            0x08 => {
                let usage = self.usage(value, data.len());
                self.add_usages(usage, usage)?;
            }
            0x18 => self.local.minimum = Some(self.usage(value, data.len())),
            0x28 => {
                let last = self.usage(value, data.len());
                let first = self.local.minimum.take();
                self.add_usages(first.ok_or(DescriptorError::Contradiction)?, last)?;
            }
            // Units, physical sizes, strings, designators and what is not defined.
            0..=u8::MAX => {}
        }
        Ok(())
    }

    fn usage(&self, value: u32, bytes: usize) -> Usage {
        // Four bytes carry their own page.
        let page = if bytes == 4 {
            low(value >> 16)
        } else {
            self.global.page
        };
        Usage::new(page, low(value))
    }

    fn add_usages(&mut self, first: Usage, last: Usage) -> Result<(), DescriptorError> {
        if self.local.usages.len() >= USAGES_MAX {
            return Err(DescriptorError::TooLarge);
        }
        if last.id < first.id {
            return Err(DescriptorError::Contradiction);
        }
        self.local.usages.push((first, last));
        Ok(())
    }

    fn collection(&mut self) -> Result<(), DescriptorError> {
        if self.depth == 0 {
            let usage = self.local.usages.first().map(|(first, _)| *first);
            self.application = usage;
            self.found.applications.extend(usage);
        }
        self.depth += 1;
        self.local = Local::default();
        if self.depth > DEPTH_MAX || self.found.applications.len() > FIELDS_MAX {
            return Err(DescriptorError::TooLarge);
        }
        Ok(())
    }

    fn input(&mut self, flags: u32) -> Result<(), DescriptorError> {
        let Global {
            size,
            count,
            report_id,
            logical_min,
            page: _,
        } = self.global;
        let bits = size.checked_mul(count).ok_or(DescriptorError::TooLarge)?;
        let known = self
            .found
            .reports
            .iter()
            .position(|(known, _)| *known == report_id);
        let index = known.unwrap_or(self.found.reports.len());
        if known.is_none() {
            self.found.reports.push((report_id, 0));
        }
        let Some((_, report_bits)) = self.found.reports.get_mut(index) else {
            return Err(DescriptorError::TooLarge);
        };
        let first_bit = *report_bits;
        *report_bits = first_bit
            .checked_add(bits)
            .filter(|bits| *bits <= REPORT_BITS_MAX)
            .ok_or(DescriptorError::TooLarge)?;
        let constant = flags & 1 != 0;
        if constant || bits == 0 || size > VALUE_BITS_MAX {
            return Ok(());
        }
        if self.found.fields.len() >= FIELDS_MAX {
            return Err(DescriptorError::TooLarge);
        }
        self.found.fields.push(Field {
            report_id,
            application: self.application.unwrap_or(Usage::new(0, 0)),
            kind: if flags & 2 != 0 {
                FieldKind::Variable
            } else {
                FieldKind::Array
            },
            first_bit,
            size,
            count,
            logical_min,
            usages: std::mem::take(&mut self.local.usages),
        });
        Ok(())
    }
}

/// Little-endian, of at most four bytes.
fn unsigned(data: &[u8]) -> u32 {
    data.iter()
        .rev()
        .fold(0, |value, &byte| (value << 8) | u32::from(byte))
}

fn signed(data: &[u8]) -> i32 {
    match *data {
        [a] => i32::from(i8::from_le_bytes([a])),
        [a, b] => i32::from(i16::from_le_bytes([a, b])),
        [a, b, c, d] => i32::from_le_bytes([a, b, c, d]),
        _ => 0,
    }
}

fn low(value: u32) -> u16 {
    let [a, b, _, _] = value.to_le_bytes();
    u16::from_le_bytes([a, b])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Report 3 of a device with two: a byte of padding, two nibbles, three named keys.
    const TWO: &[u8] = &[
        0x05, 0x01, 0x09, 0x02, 0xa1, 0x01, 0x85, 0x01, 0x75, 0x08, 0x95, 0x04, 0x81, 0x03, 0xc0,
        0x05, 0x01, 0x09, 0x06, 0xa1, 0x01, 0x85, 0x03, 0x75, 0x08, 0x95, 0x01, 0x81, 0x01, 0x05,
        0x07, 0x75, 0x04, 0x95, 0x02, 0x09, 0x04, 0x09, 0x1e, 0x81, 0x02, 0x75, 0x08, 0x95, 0x03,
        0x15, 0x01, 0x19, 0x04, 0x29, 0x08, 0x81, 0x00, 0xc0,
    ];

    #[test]
    fn fields_lie_where_the_descriptor_says() {
        let descriptor = ReportDescriptor::parse(TWO).unwrap();
        assert!(descriptor.numbered());
        assert_eq!(
            descriptor.applications(),
            [Usage::new(1, 2), Usage::KEYBOARD]
        );
        assert_eq!(descriptor.report_bytes(1), Some(4));
        assert_eq!(descriptor.report_bytes(3), Some(5));
        assert_eq!(descriptor.report_bytes(2), None);
        let [nibbles, keys] = descriptor.fields() else {
            panic!("two fields: {descriptor:?}");
        };
        let report = [0xff, 0x5a, 0x00, 0x01, 0x05];
        assert_eq!(nibbles.kind, FieldKind::Variable);
        assert_eq!(nibbles.value(&report, 0), Some(0x0a));
        assert_eq!(nibbles.value(&report, 1), Some(0x05));
        assert_eq!(nibbles.usage(1), Some(Usage::new(7, 0x1e)));
        // A third place would repeat the last usage.
        assert_eq!(nibbles.usage(2), Some(Usage::new(7, 0x1e)));
        assert_eq!(keys.kind, FieldKind::Array);
        assert_eq!(keys.value(&report, 2), Some(5));
        assert_eq!(keys.value(&report, 3), None);
        // The first usage has the number 1, so that 0 is none.
        assert_eq!(keys.named(0), None);
        assert_eq!(keys.named(1), Some(Usage::new(7, 4)));
        assert_eq!(keys.named(5), Some(Usage::new(7, 8)));
        assert_eq!(keys.named(6), None);
    }

    #[test]
    fn a_damaged_descriptor_is_refused() {
        use DescriptorError::{Contradiction, Cut, TooLarge};
        for (bytes, error) in [
            (&[][..], Cut),
            (&[0x05], Cut),
            (&[0xfe, 0x04, 0x00, 0x01], Cut),
            (&[0xc0], Contradiction),
            (&[0xb4], Contradiction),
            (&[0x29, 0x05], Contradiction),
            (&[0x85, 0x00], Contradiction),
            (&[0x19, 0x09, 0x29, 0x05], Contradiction),
            (
                &[0x77, 0xff, 0xff, 0xff, 0xff, 0x95, 0x02, 0x81, 0x02],
                TooLarge,
            ),
            (&[0x76, 0xff, 0xff, 0x96, 0xff, 0x00, 0x81, 0x02], TooLarge),
            (&[0xa4; DEPTH_MAX + 1], TooLarge),
            (&[0xa0; DEPTH_MAX + 1], TooLarge),
            (&[0x00; DESCRIPTOR_BYTES_MAX + 1], TooLarge),
        ] {
            assert_eq!(ReportDescriptor::parse(bytes), Err(error), "{bytes:02x?}");
        }
    }

    #[test]
    fn usages_may_carry_their_own_page() {
        let descriptor = ReportDescriptor::parse(&[
            0x05, 0x01, 0x0b, 0x01, 0x00, 0x00, 0xff, 0xa1, 0x01, 0x75, 0x08, 0x95, 0x01, 0x81,
            0x02, 0xc0,
        ])
        .unwrap();
        assert_eq!(descriptor.applications(), [Usage::new(0xff00, 1)]);
        assert!(!descriptor.numbered());
        assert_eq!(descriptor.report_bytes(0), Some(1));
    }
}
