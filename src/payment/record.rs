//! A payment as the journal remembers it: for lists and reports.

use jiff::Timestamp;

use crate::domain::Attribution;

use super::ports::OperationId;
use super::sale::Sale;
use super::view::PaymentView;

/// One payment of this till.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymentRecord {
    /// What was to be paid, by whom, dish by dish.
    pub sale: Sale,
    /// Where it stands.
    pub view: PaymentView,
    /// What Lime booked for it, oldest first, as far as it is surely known.
    pub bookings: Vec<Booking>,
}

/// One check in Lime's books.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Booking {
    /// Lime's number of it.
    pub operation: OperationId,
    /// A debit, or the return of one.
    pub kind: BookingKind,
    /// When this till learnt that it was booked.
    pub at: Timestamp,
    /// What was taken or given back, by the sale's lines and legs.
    pub parts: Attribution,
}

/// Direction of a booking.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BookingKind {
    /// Money taken from the accounts.
    Debit,
    /// Money given back, by an undo or a refund.
    Return,
}
