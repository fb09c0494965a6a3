//! Contrast of the palettes, after WCAG 2: 4.5 for text, 7 where high contrast is asked for, 3 for
//! frames.
#![expect(clippy::float_arithmetic, reason = "contrast is a quotient")]

use ratatui::style::Color;

use super::palette::Palette;
use super::{Depth, Look};

/// A console's sixteen colours in the order of their numbers.
type Sixteen = [u32; 16];

/// The consoles of Windows up to 8, of Windows 10, of Linux, and xterm.
const CONSOLES: [(&str, Sixteen); 4] = [
    (
        "Windows 7",
        [
            0x00_00_00, 0x80_00_00, 0x00_80_00, 0x80_80_00, 0x00_00_80, 0x80_00_80, 0x00_80_80,
            0xc0_c0_c0, 0x80_80_80, 0xff_00_00, 0x00_ff_00, 0xff_ff_00, 0x00_00_ff, 0xff_00_ff,
            0x00_ff_ff, 0xff_ff_ff,
        ],
    ),
    (
        "Windows 10",
        [
            0x0c_0c_0c, 0xc5_0f_1f, 0x13_a1_0e, 0xc1_9c_00, 0x00_37_da, 0x88_17_98, 0x3a_96_dd,
            0xcc_cc_cc, 0x76_76_76, 0xe7_48_56, 0x16_c6_0c, 0xf9_f1_a5, 0x3b_78_ff, 0xb4_00_9e,
            0x61_d6_d6, 0xf2_f2_f2,
        ],
    ),
    (
        "Linux",
        [
            0x00_00_00, 0xaa_00_00, 0x00_aa_00, 0xaa_55_00, 0x00_00_aa, 0xaa_00_aa, 0x00_aa_aa,
            0xaa_aa_aa, 0x55_55_55, 0xff_55_55, 0x55_ff_55, 0xff_ff_55, 0x55_55_ff, 0xff_55_ff,
            0x55_ff_ff, 0xff_ff_ff,
        ],
    ),
    (
        "xterm",
        [
            0x00_00_00, 0xcd_00_00, 0x00_cd_00, 0xcd_cd_00, 0x00_00_ee, 0xcd_00_cd, 0x00_cd_cd,
            0xe5_e5_e5, 0x7f_7f_7f, 0xff_00_00, 0x00_ff_00, 0xff_ff_00, 0x5c_5c_ff, 0xff_00_ff,
            0x00_ff_ff, 0xff_ff_ff,
        ],
    ),
];

/// Red, green and blue as that console shows the colour.
fn shown(colour: Color, console: &Sixteen) -> [u8; 3] {
    let place = match colour {
        Color::Rgb(red, green, blue) => return [red, green, blue],
        Color::Black => 0,
        Color::Gray => 7,
        Color::DarkGray => 8,
        Color::LightRed => 9,
        Color::LightGreen => 10,
        Color::LightYellow => 11,
        Color::LightCyan => 14,
        Color::White => 15,
        other => panic!("{other:?} is in no palette"),
    };
    let [_, rest @ ..] = u32::to_be_bytes(console[place]);
    rest
}

fn luminance(colour: [u8; 3]) -> f64 {
    let [red, green, blue] = colour.map(|part| {
        let part = f64::from(part) / 255.0;
        if part <= 0.040_45 {
            part / 12.92
        } else {
            ((part + 0.055) / 1.055).powf(2.4)
        }
    });
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}

fn contrast(one: [u8; 3], other: [u8; 3]) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

/// The lowest contrast of any text of the palette with its ground, and that of its frames.
fn lowest(palette: Palette, console: &Sixteen) -> (f64, f64) {
    let Palette {
        ground,
        text,
        quiet,
        frame,
        frame_active,
        accent,
        good,
        warn,
        bad,
    } = palette;
    let low = |colours: &[Color]| {
        let ground = shown(ground, console);
        let all = colours
            .iter()
            .map(|&colour| contrast(shown(colour, console), ground));
        all.fold(f64::INFINITY, f64::min)
    };
    (
        low(&[text, quiet, accent, good, warn, bad]),
        low(&[frame, frame_active]),
    )
}

#[test]
fn contrast_is_counted_as_the_standard_counts() {
    assert!((contrast([0; 3], [255; 3]) - 21.0).abs() < 0.01);
    assert!((contrast([0x77; 3], [255; 3]) - 4.48).abs() < 0.01);
}

#[test]
fn text_can_be_read_in_every_look() {
    for (look, depth, least) in [
        (Look::Default, Depth::Any, 4.5),
        (Look::HighContrast, Depth::Any, 7.0),
    ] {
        let (text, frame) = lowest(Palette::of(look, depth), &CONSOLES[0].1);
        assert!(text >= least, "{look:?}: {text:.2}");
        assert!(frame >= 3.0, "{look:?}: frames {frame:.2}");
    }
}

/// The sixteen colours look different on every console. Their red is the weakest: 5.25 where it is
/// pure, as on Windows 7 and in xterm, so 7 cannot be had. Frames of the Linux console stand at 2.8.
#[test]
fn text_can_be_read_on_consoles_with_sixteen_colours() {
    for (name, console) in &CONSOLES {
        for look in [Look::Default, Look::HighContrast, Look::Colours16] {
            let (text, frame) = lowest(Palette::of(look, Depth::Sixteen), console);
            assert!(text >= 4.5, "{name}, {look:?}: {text:.2}");
            assert!(frame >= 2.5, "{name}, {look:?}: frames {frame:.2}");
        }
    }
}
