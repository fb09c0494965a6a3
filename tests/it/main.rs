//! The only integration binary: the real program against the stand-ins, over real HTTP, real files
//! and real terminals.

mod edges;
mod faults;
mod harness;
mod instances;
mod pay;
mod screen;
