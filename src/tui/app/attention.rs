//! What needs a person: payments and refunds that asking did not settle, r_keeper receipts to be put
//! right by hand, and orphans.

use jiff::Timestamp;

use crate::domain::Money;
use crate::payment::orphan::{Orphan, made_at};
use crate::payment::sale::PaymentId;
use crate::payment::view::{
    Concern, InDoubt, PaymentView, RefundId, RefundStanding, RefundView, Standing, Verdict,
};

use super::super::msg::Effect;
use super::{App, Layer, Tone};

/// Most payments taken into the list from single news; the payment thread tells the whole list.
const NEWS_MAX: usize = 1_000;

/// Names a payment that is in doubt, or a refund of it.
pub(in crate::tui) type ItemKey = (PaymentId, Option<RefundId>);

/// Names a row of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::tui) enum RowKey {
    Item(ItemKey),
    Orphan(PaymentId),
}

/// A row of the list.
#[derive(Clone, Copy, Debug)]
pub(in crate::tui) enum Row<'a> {
    Item(Item<'a>),
    Orphan(&'a Orphan),
}

impl Row<'_> {
    pub(in crate::tui) fn key(&self) -> RowKey {
        match self {
            Self::Item(item) => RowKey::Item(item.key()),
            Self::Orphan(orphan) => RowKey::Orphan(orphan.payment),
        }
    }

    /// How much is in doubt, or has to be put right.
    pub(in crate::tui) fn sum(&self) -> Money {
        match self {
            Self::Item(item) => item.sum(),
            Self::Orphan(orphan) => orphan.sum(),
        }
    }

    /// When it began.
    pub(in crate::tui) fn since(&self) -> Timestamp {
        match self {
            Self::Item(item) => item.since(),
            Self::Orphan(orphan) => made_at(orphan.payment),
        }
    }
}

/// A payment or a refund that needs a person.
#[derive(Clone, Copy, Debug)]
pub(in crate::tui) struct Item<'a> {
    pub(in crate::tui) view: &'a PaymentView,
    /// The refund, where that is what needs a person.
    pub(in crate::tui) refund: Option<&'a RefundView>,
}

impl<'a> Item<'a> {
    /// All that a payment has on the list.
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

    /// The one of that name that the payment has.
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
    /// Payments and refunds on the list, oldest payment first.
    pub(super) fn items(&self) -> impl Iterator<Item = Item<'_>> {
        self.attention.iter().flat_map(Item::of)
    }

    /// The rows of the list: what is in doubt, then the orphans; oldest payments first.
    pub(in crate::tui) fn attention_rows(&self) -> Vec<Row<'_>> {
        self.items()
            .map(Row::Item)
            .chain(self.orphans.iter().map(Row::Orphan))
            .collect()
    }

    /// The place of the selected row.
    pub(in crate::tui) fn attention_index(&self, selected: Option<RowKey>) -> usize {
        self.attention_rows()
            .iter()
            .position(|row| Some(row.key()) == selected)
            .unwrap_or(0)
    }

    /// The whole list, told between two jobs of the payment thread.
    pub(super) fn on_attention(&mut self, views: Vec<PaymentView>) -> Vec<Effect> {
        self.attention = views;
        self.moving = None;
        self.recheck_task();
        vec![]
    }

    /// All orphans, told when they changed.
    pub(super) fn on_orphans(&mut self, orphans: Vec<Orphan>) -> Vec<Effect> {
        self.orphans = orphans;
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

    /// The row that the keys act on is an orphan: looking back asks of its own accord.
    fn orphan_selected(&self) -> bool {
        let Some(&Layer::Attention { selected }) = self.layers.last() else {
            return false;
        };
        let rows = self.attention_rows();
        matches!(
            rows.get(self.attention_index(selected)),
            Some(Row::Orphan(_))
        )
    }

    /// F12.
    pub(super) fn open_attention(&mut self) -> Vec<Effect> {
        self.layers
            .retain(|layer| !matches!(layer, Layer::Attention { .. }));
        let selected = self.attention_rows().first().map(Row::key);
        self.layers.push(Layer::Attention { selected });
        vec![]
    }

    /// F6 on the payment in front, on a row of the payments, or on one that needs a person.
    pub(super) fn ask_again(&mut self) -> Vec<Effect> {
        if self.orphan_selected() {
            self.say(Tone::Info, self.text("till.orphan.asked"));
            return vec![];
        }
        let view = match self.layers.last() {
            Some(Layer::Payments { selected }) => self.payment_rows().get(*selected).copied(),
            Some(&Layer::Attention { selected }) => {
                match self.attention_rows().get(self.attention_index(selected)) {
                    Some(Row::Item(item)) => Some(item.view),
                    Some(Row::Orphan(_)) | None => None,
                }
            }
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
