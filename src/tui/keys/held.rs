//! Telling a key that is pressed anew from one that is held down or bounces.
//!
//! Terminals of Linux send a held key as one press after another, and the console of Windows does
//! the same, so only time tells: after a pause of 250 to 660 ms a held key comes every 25 to 50 ms.

use std::time::Duration;

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind};

/// The same key sooner than this is held down or bounces: no finger is that fast. Held keys come at
/// most every 50 ms, and a busy machine may deliver them unevenly.
const STREAM: Duration = Duration::from_millis(120);

/// A held key begins to repeat at the latest after this time (660 ms in X11).
const DELAY: Duration = Duration::from_millis(700);

/// How a key was pressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Press {
    /// By a finger that was up before.
    Fresh,
    /// The second of two in a row that may be a held key's first repetition.
    Unsure,
    /// Held down, or bouncing.
    Held,
}

/// The last key.
#[derive(Clone, Copy, Debug, Default)]
pub struct Hands {
    last: Option<(KeyCode, Duration, Press)>,
}

impl Hands {
    /// A key that was pressed, or repeats, at `stamp`. Releases must not come here.
    pub fn press(&mut self, key: &KeyEvent, stamp: Duration) -> Press {
        let before = self.last.filter(|&(code, ..)| code == key.code);
        let press = match (key.kind, before) {
            (KeyEventKind::Repeat, _) => Press::Held,
            (KeyEventKind::Press | KeyEventKind::Release, None) => Press::Fresh,
            (KeyEventKind::Press | KeyEventKind::Release, Some((_, at, before))) => {
                let gap = stamp.saturating_sub(at);
                // Behind a pause too long for a stream a third key is a finger's.
                if gap < STREAM {
                    Press::Held
                } else if gap < DELAY && before != Press::Unsure {
                    Press::Unsure
                } else {
                    Press::Fresh
                }
            }
        };
        self.last = Some((key.code, stamp, press));
        press
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn pressed(keys: &[(KeyCode, u64)]) -> Vec<Press> {
        let mut hands = Hands::default();
        keys.iter()
            .map(|&(code, at)| hands.press(&code.into(), Duration::from_millis(at)))
            .collect()
    }

    #[test]
    fn different_keys_and_slow_ones_are_fresh() {
        use Press::Fresh;
        let (f5, enter) = (KeyCode::F(5), KeyCode::Enter);
        assert_eq!(pressed(&[(f5, 0), (enter, 1), (f5, 2)]), [Fresh; 3]);
        assert_eq!(pressed(&[(enter, 0), (enter, 700)]), [Fresh; 2]);
    }

    #[test]
    fn a_bounce_is_no_second_press_and_a_third_deliberate_one_counts() {
        use Press::{Fresh, Held, Unsure};
        let enter = KeyCode::Enter;
        assert_eq!(pressed(&[(enter, 0), (enter, 15)]), [Fresh, Held]);
        assert_eq!(
            pressed(&[(enter, 0), (enter, 300), (enter, 600)]),
            [Fresh, Unsure, Fresh]
        );
    }

    #[test]
    fn a_repetition_that_the_terminal_names_is_held() {
        let mut hands = Hands::default();
        let mut key = KeyEvent::from(KeyCode::F(5));
        key.kind = KeyEventKind::Repeat;
        assert_eq!(hands.press(&key, Duration::from_secs(9)), Press::Held);
    }

    proptest! {
        /// Whatever the keyboard's delay and speed are, a held key is fresh once.
        #[test]
        fn a_held_key_is_fresh_once(delay in 250_u64..700, gaps in prop::collection::vec(25_u64..100, 1..40)) {
            let mut at = delay;
            let mut keys = vec![(KeyCode::Enter, 0), (KeyCode::Enter, at)];
            for gap in gaps {
                at += gap;
                keys.push((KeyCode::Enter, at));
            }
            let fresh = pressed(&keys).into_iter().filter(|&press| press == Press::Fresh).count();
            prop_assert_eq!(fresh, 1);
        }
    }
}
