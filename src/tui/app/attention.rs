//! What needs a person: payments and refunds that asking did not settle, and r_keeper receipts to be
//! put right by hand.

use jiff::Timestamp;

use crate::domain::Money;
use crate::payment::sale::PaymentId;
use crate::payment::view::{
    Concern, InDoubt, PaymentView, RefundId, RefundStanding, RefundView, Standing, Verdict,
};

use super::super::msg::Effect;
use super::{App, Layer, Tone};

/// Most payments taken into the list from single news; the payment thread tells the whole list.
const NEWS_MAX: usize = 1_000;

/// Names a row of the list: a payment, or a refund of it.
pub(in crate::tui) type ItemKey = (PaymentId, Option<RefundId>);

/// A row of the list.
#[derive(Clone, Copy, Debug)]
pub(in crate::tui) struct Item<'a> {
    pub(in crate::tui) view: &'a PaymentView,
    /// The refund, where that is what needs a person.
    pub(in crate::tui) refund: Option<&'a RefundView>,
}

impl<'a> Item<'a> {
    /// All rows that a payment makes.
    fn of(view: &'a PaymentView) -> impl Iterator<Item = Self> {
        let own = (!view.standing.is_rest()).then_some(Self { view, refund: None });
        let refunds = view
            .refunds
            .iter()
            .filter(|refund| refund.standing.needs_a_person())
            .map(move |refund| Self {
                view,
                refund: Some(refund),
            });
        own.into_iter().chain(refunds)
    }

    /// The row of that name that the payment makes.
    pub(super) fn find(view: &'a PaymentView, refund: Option<RefundId>) -> Option<Self> {
        Self::of(view).find(|item| item.key() == (view.id, refund))
    }

    pub(in crate::tui) fn key(&self) -> ItemKey {
        (self.view.id, self.refund.map(|refund| refund.id))
    }

    /// How much is in doubt, or has to be put right.
    pub(in crate::tui) fn sum(&self) -> Money {
        self.refund.map_or(self.view.total, |refund| refund.total)
    }

    /// When it began.
    pub(in crate::tui) fn since(&self) -> Timestamp {
        self.refund
            .map_or(self.view.started_at, |refund| refund.started_at)
    }

    pub(in crate::tui) fn in_doubt(&self) -> Option<InDoubt> {
        self.refund
            .map_or(self.view.in_doubt, |refund| refund.in_doubt)
    }

    pub(in crate::tui) fn may_say(&self) -> &'a [Verdict] {
        self.refund
            .map_or(&self.view.may_say, |refund| &refund.may_say)
    }

    pub(in crate::tui) const fn concern(&self) -> Concern {
        match (self.refund, self.view.standing) {
            (Some(refund), _) => match refund.standing {
                RefundStanding::ByHand => Concern::ByHand,
                RefundStanding::NeedsManager => Concern::NeedsManager,
                RefundStanding::Working
                | RefundStanding::Refunded
                | RefundStanding::Refused
                | RefundStanding::Unknown => Concern::Unknown,
            },
            (None, Standing::NeedsManager) => Concern::NeedsManager,
            (None, Standing::Working | Standing::Paid | Standing::Refused | Standing::Unknown) => {
                Concern::Unknown
            }
        }
    }
}

/// Somebody works on it or on a refund of it right now.
pub(super) fn is_moving(view: &PaymentView) -> bool {
    view.standing == Standing::Working
        || view
            .refunds
            .iter()
            .any(|refund| refund.standing == RefundStanding::Working)
}

impl App {
    /// The rows of the list, oldest payment first.
    pub(in crate::tui) fn attention_items(&self) -> Vec<Item<'_>> {
        self.attention.iter().flat_map(Item::of).collect()
    }

    /// The place of the selected row.
    pub(in crate::tui) fn attention_index(&self, selected: Option<ItemKey>) -> usize {
        self.attention_items()
            .iter()
            .position(|item| Some(item.key()) == selected)
            .unwrap_or(0)
    }

    /// The whole list, told between two jobs of the payment thread.
    pub(super) fn on_attention(&mut self, views: Vec<PaymentView>) -> Vec<Effect> {
        self.attention = views;
        self.moving = None;
        self.recheck_task();
        vec![]
    }

    /// One payment's news. While it moves the list shows what was known before.
    pub(super) fn note(&mut self, view: &PaymentView) {
        if is_moving(view) {
            self.moving = Some(view.id);
            return;
        }
        if self.moving == Some(view.id) {
            self.moving = None;
        }
        let place = self.attention.iter().position(|old| old.id == view.id);
        match (view.concern(), place) {
            (Some(_), Some(index)) => {
                if let Some(old) = self.attention.get_mut(index) {
                    old.clone_from(view);
                }
            }
            (Some(_), None) if self.attention.len() < NEWS_MAX => {
                self.attention.push(view.clone());
            }
            (Some(_) | None, None) => {}
            (None, Some(index)) => {
                self.attention.remove(index);
            }
        }
        self.recheck_task();
    }

    /// A payment whose own outcome is on the list.
    pub(super) fn is_unsettled(&self, id: PaymentId) -> bool {
        self.attention
            .iter()
            .any(|view| view.id == id && !view.standing.is_rest())
    }

    /// F12.
    pub(super) fn open_attention(&mut self) -> Vec<Effect> {
        self.layers
            .retain(|layer| !matches!(layer, Layer::Attention { .. }));
        let selected = self.attention_items().first().map(Item::key);
        self.layers.push(Layer::Attention { selected });
        vec![]
    }

    /// F6 on the payment in front, on a row of the payments, or on one that needs a person.
    pub(super) fn ask_again(&mut self) -> Vec<Effect> {
        let view = match self.layers.last() {
            Some(Layer::Payments { selected }) => self.payment_rows().get(*selected).copied(),
            Some(&Layer::Attention { selected }) => self
                .attention_items()
                .get(self.attention_index(selected))
                .map(|item| item.view),
            Some(_) => None,
            None => self.paying.as_ref().and_then(|paying| paying.view.as_ref()),
        };
        let found = view.and_then(|view| Some((view.id, view.is_open(), view.concern()?)));
        let (words, effects) = match found {
            Some((id, true, Concern::Unknown | Concern::NeedsManager)) => {
                ("till.say.asking_again", vec![Effect::AskAgain(id)])
            }
            Some((_, _, Concern::ByHand) | (_, false, _)) => ("till.attention.by_hand", vec![]),
            None => ("till.say.nothing_to_ask", vec![]),
        };
        self.say(Tone::Info, self.text(words));
        effects
    }
}
