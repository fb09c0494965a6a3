//! Random hands on mouse, screen and keys: nothing panics, and no click pays but one on the drawn
//! question's own button.

use std::time::Duration;

use crossterm::event::{MouseButton, MouseEventKind};
use proptest::prelude::*;

use crate::i18n::Lang;
use crate::tui::hits::Target;
use crate::tui::keys::Ctx;
use crate::tui::test_util::*;
use crate::tui::{Effect, Msg, Touch};

#[derive(Clone, Debug)]
enum Happens {
    /// Down and up at that place.
    Click(u16, u16),
    /// On one of the spots of the picture.
    Press(usize),
    /// Down here, up there.
    Slide((u16, u16), (u16, u16)),
    Wheel(bool, u16, u16),
    Key(&'static str),
    Resize(u16, u16),
    Wait(u64),
    Order,
    Card(bool),
    Tick,
}

const KEYS: &[&str] = &[
    "<F5>", "<Esc>", "+", "5", "<Tab>", "<F9>", "<F12>", "<Down>", "<F6>",
];

fn happens() -> impl Strategy<Value = Happens> {
    let place = || (0_u16..140, 0_u16..60);
    prop_oneof![
        3 => place().prop_map(|(x, y)| Happens::Click(x, y)),
        12 => (0_usize..200).prop_map(Happens::Press),
        2 => (place(), place()).prop_map(|(from, to)| Happens::Slide(from, to)),
        1 => (any::<bool>(), place()).prop_map(|(up, (x, y))| Happens::Wheel(up, x, y)),
        4 => prop::sample::select(KEYS).prop_map(Happens::Key),
        1 => prop::sample::select(&[(80, 24), (100, 30), (128, 48), (30, 6), (1, 1)][..])
            .prop_map(|(w, h)| Happens::Resize(w, h)),
        4 => (0_u64..900).prop_map(Happens::Wait),
        1 => Just(Happens::Order),
        2 => any::<bool>().prop_map(Happens::Card),
        1 => Just(Happens::Tick),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn no_click_pays_but_one_on_the_question(
        touch in prop::sample::select(&[Touch::Auto, Touch::On, Touch::Off][..]),
        asked_already in any::<bool>(),
        events in prop::collection::vec(happens(), 1..45),
    ) {
        let mut till = Till::open(Lang::Ru, vec![sample_card()]);
        till.size = (100, 30);
        till.app.settings.mouse = Some(touch);
        till.app.settings.part_payments = true;
        if asked_already {
            till.keys("<F5>");
        }
        till.draw();
        let mut asked_at = till.now;
        for event in events {
            let ctx = till.app.ctx();
            let mut pressed = None;
            let mut target = None;
            let by_key = matches!(event, Happens::Key(_));
            match event {
                Happens::Click(x, y) => pressed = Some((x, y)),
                Happens::Press(n) => {
                    let spots = till.app.pointer_hits().spots();
                    pressed = (!spots.is_empty()).then(|| {
                        let area = spots[n % spots.len()].area;
                        (area.x + area.width / 2, area.y)
                    });
                }
                Happens::Slide((x, y), (to_x, to_y)) => {
                    let hits = till.app.pointer_hits();
                    let at = |x, y| hits.at(x, y).map(|spot| spot.target.clone());
                    target = at(x, y).filter(|from| at(to_x, to_y).as_ref() == Some(from));
                    till.mouse(MouseEventKind::Down(MouseButton::Left), x, y);
                    till.mouse(MouseEventKind::Up(MouseButton::Left), to_x, to_y);
                }
                Happens::Wheel(up, x, y) => {
                    let kind = if up { MouseEventKind::ScrollUp } else { MouseEventKind::ScrollDown };
                    till.mouse(kind, x, y);
                }
                Happens::Key(key) => till.keys(key),
                Happens::Resize(w, h) => {
                    till.size = (w, h);
                    till.send(Msg::Resize(w, h));
                }
                Happens::Wait(ms) => till.now += Duration::from_millis(ms),
                Happens::Order => till.send(Msg::Order(Ok(sample_order()))),
                Happens::Card(known) => {
                    till.tap(if known { sample_card() } else { credit_card() });
                }
                Happens::Tick => till.send(Msg::Tick),
            }
            if let Some((x, y)) = pressed {
                let spot = till.app.pointer_hits().at(x, y);
                target = spot.map(|spot| spot.target.clone());
                till.click_at(x, y);
            }
            for effect in till.take_effects() {
                let Effect::Pay(request) = effect else { continue };
                if by_key {
                    continue;
                }
                let Some(Target::Key(key)) = &target else {
                    panic!("paid by {target:?}");
                };
                let (wanted, question) = if request.part {
                    (["F6", "F6"], Ctx::Part)
                } else {
                    (["Enter", "F5"], Ctx::Confirm)
                };
                prop_assert!(wanted.contains(&key.code.to_string().as_str()), "{:?}", key);
                prop_assert_eq!(ctx, question);
                prop_assert!(till.now.saturating_sub(asked_at) > Duration::from_millis(500));
                prop_assert!(till.size.0 >= 60 && till.size.1 >= 18);
            }
            till.draw();
            if till.app.ctx() != ctx {
                asked_at = till.now;
            }
        }
    }
}
