//! Answers of the contract and of everything else, by class.
