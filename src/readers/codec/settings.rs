//! What a site says of one reader beyond its family.

use std::time::Duration;

use crate::readers::event::Technology;

/// The settings of one decoder. A family reads only what concerns it; the default is how the
/// family's readers come from the factory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CodecSettings {
    /// What kind of card it reads, for a reader whose text does not tell. Unknown by default: such
    /// a read never pays without the cashier's yes.
    pub technology: Option<Technology>,
    /// The reader sends the last byte of the card first.
    pub reversed: bool,
    /// How many digits it always sends. Fewer of them are a damaged read. Any number by default.
    pub digits: Option<u8>,
    /// The same card within this time after its last read is the same tap, for a reader that
    /// cannot tell that a card has left. By default what suits the family.
    pub same_card: Option<Duration>,
}
