//! The r_keeper 7 stand-in: its XML interface as `POST /rk7api/v0/xmlinterface.xml`.
//!
//! [`http`] takes the request, [`answer`] wraps what [`commands`] say; [`order`] has the sums of
//! an order, [`view`] shows it, [`pay`], [`prepay`], [`terminal`] and [`receipts`] move its money,
//! [`intent`] prints receipts of intent, [`licence`] counts what pays, [`markup`] finds what the real server would silently ignore.
//! [`profile`] is which version and site it plays, [`older`] what old versions say, [`errors`] what a
//! fault can order.

mod answer;
mod commands;
mod errors;
pub(super) mod http;
pub(super) mod intent;
mod licence;
mod lock;
mod markup;
mod older;
pub(super) mod order;
pub(super) mod pay;
mod prepay;
pub(super) mod profile;
pub(super) mod receipts;
mod reference;
mod terminal;
mod view;
mod windows1251;
