//! Settings: built-in values, then the file, then the environment (secrets only), then flags.
//!
//! [`settings`] are the structs, [`schema`] the table of keys that errors are found with, [`load`]
//! puts the layers together, [`error`] says what is wrong in the user's language, [`show`] what is
//! in force, [`edit`] adds a reader to a file, [`mod@cut`] sees a notation that cuts the cards of a reader. A broken config never starts anything, and no message shows a secret.

pub mod cut;
pub mod edit;
pub mod error;
pub mod licence;
pub mod load;
pub mod login;
pub mod operators;
pub mod places;
mod read;
mod rules;
pub mod schema;
pub mod screen;
pub mod secret;
pub mod settings;
pub mod show;
pub mod value;

pub use error::{ConfigError, ConfigErrors, Fault, Spot};
pub use load::{Loaded, Need, Origin, Overrides};
pub use places::Surroundings;
pub use secret::Secret;
pub use settings::Config;

#[cfg(test)]
mod tests;
