//! The technician's tools for card readers, as the screen and the runtime speak of them.
//!
//! The runtime does the work: it looks what is plugged in, holds the dialogue in which a new reader
//! is learnt, and listens along for a recording. The screen shows it and passes answers on. None of
//! it touches a payment.

use std::fmt;

/// What the screen asks for.
#[derive(Clone, PartialEq, Eq)]
pub enum ToolWish {
    /// Look what is plugged in.
    Devices,
    /// Learn a reader: that one, by its node, or the one that will be plugged in.
    Learn(Option<String>),
    /// What the person typed at a question of the dialogue.
    Answer(String),
    /// End the dialogue.
    StopLearning,
    /// Record what every reader sends, each into a file of its own.
    Record,
    /// That is enough.
    StopRecording,
}

impl fmt::Debug for ToolWish {
    /// Without the answer: it may be the number of a card.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Devices => "Devices",
            Self::Learn(_) => "Learn",
            Self::Answer(_) => "Answer",
            Self::StopLearning => "StopLearning",
            Self::Record => "Record",
            Self::StopRecording => "StopRecording",
        })
    }
}

/// What the runtime tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ToolNews {
    /// What is plugged in now.
    Devices(Vec<DeviceRow>),
    /// A dialogue begins; of the one before nothing more is said.
    LearningBegan,
    /// The dialogue says something, a line or several.
    Told(String),
    /// The dialogue asks, and waits for an answer.
    Asked(String),
    /// The dialogue is over.
    LearningEnded,
    /// What a reader sends goes into that file.
    RecordingBegan {
        /// The reader.
        reader: String,
        /// The whole path.
        file: String,
    },
    /// That recording is over.
    RecordingEnded {
        /// The reader.
        reader: String,
        /// Reads that brought something.
        reads: u64,
        /// Why it ended by itself, in words; empty where it was told to.
        why: String,
    },
}

/// A device as the list shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceRow {
    /// By what it can be learnt; `None`: it has no node that could be opened.
    pub node: Option<String>,
    /// What it is, may it be opened, and what to do; the first line names it.
    pub lines: Vec<String>,
}
