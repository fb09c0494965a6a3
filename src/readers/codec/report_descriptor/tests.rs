//! Descriptors, and where they put things.

use super::*;

/// Report 3 of a device with two: a byte of padding, two nibbles, three named keys.
const TWO: &[u8] = &[
    0x05, 0x01, 0x09, 0x02, 0xa1, 0x01, 0x85, 0x01, 0x75, 0x08, 0x95, 0x04, 0x81, 0x03, 0xc0, 0x05,
    0x01, 0x09, 0x06, 0xa1, 0x01, 0x85, 0x03, 0x75, 0x08, 0x95, 0x01, 0x81, 0x01, 0x05, 0x07, 0x75,
    0x04, 0x95, 0x02, 0x09, 0x04, 0x09, 0x1e, 0x81, 0x02, 0x75, 0x08, 0x95, 0x03, 0x15, 0x01, 0x19,
    0x04, 0x29, 0x08, 0x81, 0x00, 0xc0,
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
        0x05, 0x01, 0x0b, 0x01, 0x00, 0x00, 0xff, 0xa1, 0x01, 0x75, 0x08, 0x95, 0x01, 0x81, 0x02,
        0xc0,
    ])
    .unwrap();
    assert_eq!(descriptor.applications(), [Usage::new(0xff00, 1)]);
    assert!(!descriptor.numbered());
    assert_eq!(descriptor.report_bytes(0), Some(1));
}
