//! From the items of a descriptor to the fields of its reports.

use super::{
    DEPTH_MAX, DescriptorError, FIELDS_MAX, Field, FieldKind, REPORT_BITS_MAX, ReportDescriptor,
    USAGES_MAX, Usage, VALUE_BITS_MAX,
};

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

/// Reads items one after the other.
#[derive(Debug, Default)]
pub(super) struct Parser {
    global: Global,
    saved: Vec<Global>,
    local: Local,
    depth: usize,
    application: Option<Usage>,
    pub(super) found: ReportDescriptor,
}

impl Parser {
    /// Takes the next item: its kind without its length, and its data.
    pub(super) fn item(&mut self, kind: u8, data: &[u8]) -> Result<(), DescriptorError> {
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
