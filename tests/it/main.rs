//! The only integration binary.

mod picture;
