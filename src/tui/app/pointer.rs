//! The mouse, or a finger on the screen: a press is a key of the table, or chooses a row.
//!
//! A press counts when it is let go where it went down, on something that was there before it went
//! down. What asks before money moves also wants a moment to be seen in: the second half of a double
//! click, or a finger that bounces, never answers a question that the first half has opened.

use std::time::Duration;

use crossterm::event::{KeyCode, KeyEvent, MouseButton, MouseEvent, MouseEventKind};

use ratatui::layout::Rect;

use super::super::bill::Side;
use super::super::hits::{Hits, Place, Target};
use super::super::keys::{Action, Ctx, Hands, find};
use super::super::msg::{Effect, Touch};
use super::{App, Layer};

/// Two presses within this time at one place are a double click: the longest that Windows offers as
/// its own default.
const DOUBLE_CLICK: Duration = Duration::from_millis(500);
/// So far apart, in columns and rows, may its halves be.
const NEAR: u16 = 2;

/// Behind typed keys so many presses in a row bring large buttons back: who types and clicks by turns
/// is not to see the screen change each time.
const PRESSES_AFTER_KEYS: u8 = 3;
/// Smallest window with large buttons and the number pad.
const FINGERS_MIN: (u16, u16) = (100, 30);

/// What is known of the pointer.
#[derive(Debug, Default)]
pub(in crate::tui) struct Pointer {
    /// What can be pressed in the picture on screen.
    hits: Hits,
    /// What a press went down on, and when.
    down: Option<Down>,
    /// The press before.
    last: Option<Down>,
    /// Presses since the keyboard typed something.
    presses: u8,
    /// The keyboard has typed something in this run.
    typed: bool,
}

#[derive(Clone, Debug)]
struct Down {
    target: Target,
    at: Duration,
    place: (u16, u16),
    /// Since when the target has been there.
    since: Duration,
}

impl Pointer {
    /// Another scene: nothing of the old picture can be pressed any more.
    pub(super) fn leave_scene(&mut self) {
        self.hits = Hits::default();
        self.down = None;
    }

    /// Fingers press: somebody who has not typed before, or does no more.
    const fn is_for_fingers(&self) -> bool {
        self.presses >= if self.typed { PRESSES_AFTER_KEYS } else { 1 }
    }

    /// The second half of a double click, over what the first half has brought there or over what is
    /// done once.
    fn is_second_half(&self, down: &Down, may_repeat: bool) -> bool {
        let Some(last) = &self.last else {
            return false;
        };
        let near = down.place.0.abs_diff(last.place.0) <= NEAR
            && down.place.1.abs_diff(last.place.1) <= NEAR;
        let soon = down.at.saturating_sub(last.at) < DOUBLE_CLICK;
        let is_new = down.since > last.at;
        let once = last.target == down.target && !may_repeat;
        near && soon && (is_new || once)
    }
}

impl App {
    /// The picture that the loop has drawn can be pressed so from now on.
    pub fn laid_out(&mut self, hits: Hits, now: Duration) {
        self.pointer.hits = hits.after(&self.pointer.hits, now);
    }

    /// A real key: who types needs no large buttons.
    pub(super) fn note_key(&mut self, key: &KeyEvent) {
        use Action::{Choose, Find, TypeSum, Write};
        if let Some(TypeSum | Find | Write | Choose) = find(self.ctx(), key) {
            self.pointer.presses = 0;
            self.pointer.typed = true;
        }
    }

    /// What can be pressed now.
    #[cfg(test)]
    pub(in crate::tui) const fn pointer_hits(&self) -> &Hits {
        &self.pointer.hits
    }

    /// Buttons are large, and the number pad is there, in a window of this size.
    pub(in crate::tui) fn is_for_fingers(&self, area: Rect) -> bool {
        let wanted = match self.settings.mouse {
            Some(Touch::Auto) => self.pointer.is_for_fingers(),
            Some(Touch::On) => true,
            Some(Touch::Off) | None => false,
        };
        let room = area.width >= FINGERS_MIN.0 && area.height >= FINGERS_MIN.1;
        wanted && room
    }

    /// The mouse or a finger did something.
    pub(super) fn on_mouse(&mut self, event: MouseEvent, stamp: Duration) -> Vec<Effect> {
        if self.settings.mouse.is_none() {
            return vec![];
        }
        match event.kind {
            MouseEventKind::Down(MouseButton::Left) => {
                let spot = self.pointer.hits.at(event.column, event.row);
                self.pointer.down = spot.filter(|spot| spot.since < stamp).map(|spot| Down {
                    target: spot.target.clone(),
                    at: stamp,
                    place: (event.column, event.row),
                    since: spot.since,
                });
                vec![]
            }
            MouseEventKind::Up(MouseButton::Left) => {
                let Some(down) = self.pointer.down.take() else {
                    return vec![];
                };
                let spot = self.pointer.hits.at(event.column, event.row);
                let same = |target: &Target, since| *target == down.target && since < down.at;
                if spot.is_some_and(|spot| same(&spot.target, spot.since)) {
                    self.press(down)
                } else {
                    vec![]
                }
            }
            MouseEventKind::ScrollUp => self.wheel(event, KeyCode::Up, stamp),
            MouseEventKind::ScrollDown => self.wheel(event, KeyCode::Down, stamp),
            MouseEventKind::Down(MouseButton::Right | MouseButton::Middle)
            | MouseEventKind::Up(MouseButton::Right | MouseButton::Middle)
            | MouseEventKind::Drag(_)
            | MouseEventKind::Moved
            | MouseEventKind::ScrollLeft
            | MouseEventKind::ScrollRight => vec![],
        }
    }

    fn press(&mut self, down: Down) -> Vec<Effect> {
        let ctx = self.ctx();
        let may_repeat = match &down.target {
            Target::Key(key) => find(ctx, key).is_none_or(Action::may_repeat),
            Target::Row(_) => true,
        };
        let second = self.pointer.is_second_half(&down, may_repeat);
        let target = down.target.clone();
        let at = down.at;
        self.pointer.last = Some(down);
        self.pointer.presses = self.pointer.presses.saturating_add(1);
        let seen = |drawn: Duration| at > drawn.saturating_add(DOUBLE_CLICK);
        if second || (ctx.is_guarded() && !self.drawn_at.is_some_and(seen)) {
            return vec![];
        }
        // A finger on the screen is told from a held one above; keys before it say nothing of it.
        self.hands = Hands::default();
        match target {
            Target::Key(key) => self.on_key(&key, at),
            Target::Row(place) if self.is_chosen(&place) => self.on_key(&KeyCode::Enter.into(), at),
            Target::Row(place) => {
                self.notice = None;
                self.leave_asked = false;
                self.back_asked = false;
                self.choose_place(&place);
                vec![]
            }
        }
    }

    /// The wheel moves as the arrows do, on the side that it is over. A form's choice is no list to
    /// be scrolled.
    fn wheel(&mut self, event: MouseEvent, key: KeyCode, stamp: Duration) -> Vec<Effect> {
        if self.ctx() == Ctx::Form {
            return vec![];
        }
        let spot = self.pointer.hits.at(event.column, event.row);
        let side = spot.and_then(|spot| match &spot.target {
            Target::Row(Place::Dish(_)) => Some(Side::Lines),
            Target::Row(Place::Account(_) | Place::Card(_)) => Some(Side::Accounts),
            Target::Row(Place::Side(side)) => Some(*side),
            Target::Row(_) | Target::Key(_) => None,
        });
        if let Some(side) = side {
            self.turn_to(side);
        }
        self.on_key(&KeyEvent::from(key), stamp)
    }

    /// A row on which a second press does what Enter does.
    fn is_chosen(&self, place: &Place) -> bool {
        match (place, self.layers.last()) {
            (Place::Order(guid), None) => self.orders.chosen().is_some_and(|own| own.guid == *guid),
            (Place::Attention(key), Some(&Layer::Attention { selected })) => {
                let rows = self.attention_rows();
                let row = rows.get(self.attention_index(selected));
                row.is_some_and(|row| row.key() == *key)
            }
            (Place::Demo(index), Some(&Layer::Demo { selected }))
            | (Place::Device(index), Some(&Layer::Devices { selected })) => *index == selected,
            (
                Place::Order(_)
                | Place::Attention(_)
                | Place::Demo(_)
                | Place::Device(_)
                | Place::Dish(_)
                | Place::Account(_)
                | Place::Card(_)
                | Place::Side(_)
                | Place::Payment(_)
                | Place::Choice(_)
                | Place::Field(_)
                | Place::Person(_),
                _,
            ) => false,
        }
    }

    fn choose_place(&mut self, place: &Place) {
        match place {
            Place::Order(guid) => {
                let index = self.orders.shown().position(|own| own.guid == *guid);
                if let Some(index) = index {
                    self.orders.choose(index);
                }
            }
            Place::Dish(index) => {
                self.turn_to(Side::Lines);
                if let Some(bill) = self.bill.as_mut() {
                    bill.choose(*index);
                }
            }
            Place::Account(id) => {
                self.turn_to(Side::Accounts);
                if let Some(bill) = self.bill.as_mut() {
                    let index = bill.rows().iter().position(|row| row.account.id == *id);
                    bill.choose(index.unwrap_or(0));
                }
            }
            Place::Card(uid) => {
                if let Some(bill) = self.bill.as_mut() {
                    bill.highlight(uid);
                }
            }
            Place::Side(side) => self.turn_to(*side),
            Place::Payment(id) => {
                let index = self.payment_rows().iter().position(|view| view.id == *id);
                if let (Some(Layer::Payments { selected, .. }), Some(index)) =
                    (self.layers.last_mut(), index)
                {
                    *selected = index;
                }
            }
            Place::Attention(key) => {
                if let Some(Layer::Attention { selected }) = self.layers.last_mut() {
                    *selected = Some(*key);
                }
            }
            Place::Demo(index) => {
                if let Some(Layer::Demo { selected }) = self.layers.last_mut() {
                    *selected = *index;
                }
            }
            Place::Device(index) => {
                if let Some(Layer::Devices { selected }) = self.layers.last_mut() {
                    *selected = *index;
                }
            }
            Place::Choice(index) => self.point_at_choice(*index),
            Place::Field(field) => self.point_at_field(*field),
            Place::Person(index) => self.point_at_person(*index),
        }
    }

    fn turn_to(&mut self, side: Side) {
        if let Some(bill) = self.bill.as_mut()
            && bill.side() != side
        {
            bill.switch();
        }
    }
}
