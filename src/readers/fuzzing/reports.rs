//! Families that send reports: what a device says of itself, and its reports with the pauses
//! between them.

use std::time::Duration;

use crate::readers::bank_card;
use crate::readers::codec::report_descriptor::{ReportDescriptor, Usage};
use crate::readers::codec::{Codec, CodecSettings, codec_for};
use crate::readers::event::{Event, RejectReason};
use crate::readers::family::Family;

/// Most timeouts in a row that a decoder may wait for: each ends something, and not much is begun.
const TIMEOUTS_MAX: usize = 4;

/// A live decoder fed with a descriptor and reports.
///
/// The bytes are: the descriptor's length in two of them, the lowest first, and the descriptor;
/// then for each report its length likewise, the pause before it in milliseconds in one, and the
/// report.
///
/// True if timeouts came to an end, no event has a number without bits, nothing rejected shows a
/// bank card, and a bank card shows nothing at all.
pub fn reports(family: Family, bytes: &[u8]) -> bool {
    let Some((descriptor, mut rest)) = counted(bytes) else {
        return true;
    };
    let mut codec = codec_for(family, &CodecSettings::default());
    codec.descriptor(descriptor);
    let mut now = Duration::from_secs(1);
    while let Some((length, behind)) = rest.split_first_chunk::<2>() {
        let Some((pause, behind)) = behind.split_first() else {
            break;
        };
        let length = usize::from(u16::from_le_bytes(*length)).min(behind.len());
        let (report, behind) = behind.split_at(length);
        now += Duration::from_millis(u64::from(*pause));
        codec.feed(report, now);
        if !sound(&mut *codec) {
            return false;
        }
        rest = behind;
    }
    for _ in 0..TIMEOUTS_MAX {
        match codec.deadline() {
            Some(deadline) => codec.on_timeout(deadline),
            None => break,
        }
    }
    codec.deadline().is_none() && sound(&mut *codec)
}

fn counted(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<2>()?;
    rest.split_at_checked(usize::from(u16::from_le_bytes(*length)))
}

fn sound(codec: &mut dyn Codec) -> bool {
    std::iter::from_fn(|| codec.poll()).all(|event| match event {
        Event::Card(read) => !read.known_bytes().is_empty(),
        Event::Gone(_) => true,
        Event::Rejected(rejected) => match rejected.reason {
            RejectReason::BankCard => rejected.raw.is_empty(),
            RejectReason::Noise
            | RejectReason::BadByte
            | RejectReason::BadLength
            | RejectReason::BadChecksum
            | RejectReason::CutByNext
            | RejectReason::CutBySilence
            | RejectReason::TooLong
            | RejectReason::ForeignLine
            | RejectReason::FirstPartial
            | RejectReason::DigitsLost
            | RejectReason::SecondCard
            | RejectReason::TrackUnreadable
            | RejectReason::OtherMessage
            | RejectReason::NoUid => !bank_card::is_in(&rejected.raw),
        },
    })
}

/// Any descriptor is read or refused, and of what was read every place of every field has its bits
/// within the report.
pub fn descriptor(bytes: &[u8]) -> bool {
    let Ok(descriptor) = ReportDescriptor::parse(bytes) else {
        return true;
    };
    descriptor.fields().iter().all(|field| {
        let Some(length) = descriptor.report_bytes(field.report_id) else {
            return false;
        };
        let report = vec![0xff; length];
        let last = field.count.saturating_sub(1);
        let all_ones = u32::MAX >> 32_u32.saturating_sub(field.size);
        // What it names may be anything, even nothing at all.
        let _: Option<Usage> = field.named(all_ones);
        field.value(&report, 0) == Some(all_ones) && field.value(&report, last) == Some(all_ones)
    })
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    /// Items as descriptors have them, in any order.
    fn items() -> impl Strategy<Value = Vec<u8>> {
        let item = prop_oneof![
            prop::sample::select(vec![
                vec![0x05, 0x07],
                vec![0x05, 0x01],
                vec![0x09, 0x06],
                vec![0xa1, 0x01],
                vec![0xc0],
                vec![0x85, 0x01],
                vec![0x85, 0x02],
                vec![0x19, 0xe0],
                vec![0x29, 0xe7],
                vec![0x19, 0x00],
                vec![0x29, 0x65],
                vec![0x75, 0x01],
                vec![0x75, 0x08],
                vec![0x95, 0x08],
                vec![0x95, 0x06],
                vec![0x81, 0x02],
                vec![0x81, 0x00],
                vec![0x81, 0x01],
                vec![0xa4],
                vec![0xb4],
            ]),
            vec(any::<u8>(), 1..4),
        ];
        vec(item, 0..40).prop_map(|items| items.concat())
    }

    /// What [`reports`] takes.
    fn input() -> impl Strategy<Value = Vec<u8>> {
        let key = prop::sample::select(vec![0x1e, 0x27, 0x28, 0x33, 0x38, 0x59, 0x62]);
        let report = prop_oneof![
            3 => (prop::sample::select(vec![0, 2, 4]), key).prop_map(|(modifier, key)| {
                vec![modifier, 0, key, 0, 0, 0, 0, 0]
            }),
            3 => Just(vec![0; 8]),
            1 => vec(any::<u8>(), 0..20),
            1 => Just(vec![0x04, 0x76, 0xbf, 0xe1, 0xbf, 0x02, 0x80, 0x90, 0x00]),
        ];
        let report = (report, any::<u8>()).prop_map(|(report, pause)| {
            let length = u16::try_from(report.len()).unwrap_or(0).to_le_bytes();
            [&length[..], &[pause], &report].concat()
        });
        let empty = prop::bool::ANY;
        (empty, items(), vec(report, 0..60)).prop_map(|(empty, items, reports)| {
            let items = if empty { Vec::new() } else { items };
            let length = u16::try_from(items.len()).unwrap_or(0).to_le_bytes();
            [&length[..], &items, &reports.concat()].concat()
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig {
            failure_persistence: None,
            ..ProptestConfig::with_cases(1_000)
        })]

        #[test]
        fn any_device(input in input()) {
            for family in Family::ALL.into_iter().filter(|family| family.reports()) {
                prop_assert!(reports(family, &input), "{family}");
            }
        }

        #[test]
        fn any_descriptor(bytes in items()) {
            prop_assert!(descriptor(&bytes));
        }
    }
}
