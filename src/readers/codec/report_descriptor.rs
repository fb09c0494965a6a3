//! What a HID device says of its reports: which bits of which report are what.
//!
//! Only input fields are kept. Source of the items: Device Class Definition for Human Interface
//! Devices 1.11, chapter 6.2.2.

mod parser;

use parser::Parser;
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

#[cfg(test)]
mod tests;
