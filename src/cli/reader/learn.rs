//! `reader learn`: the dialogue that ends with a section for the config.
//!
//! [`learn`] goes through the steps; what it needs of the machine is a [`Bench`], so that tests hold
//! a whole dialogue without a device. What follows from the answers is decided in
//! `crate::readers::learn`.

mod consent;
mod listen;
mod result;
mod subject;
#[cfg(test)]
mod tests;

use crate::cli::exit::ExitCode;
use crate::config::settings::Reader;
use crate::domain::Notation;
use crate::i18n::Texts;
use crate::readers::device::{DeviceMatch, Surveyed};
use crate::readers::learn::{CardEvidence, Evidence, Proposal, Proposals, Site, Writing, propose};
use crate::readers::transport::{Recording, TransportError};
use crate::readers::{ReaderConfig, Technology};

pub use consent::{Ending, Place, consent};
use listen::Heard;
pub use listen::is_yes;

/// How often something that did not work is asked for again.
const TRIES: usize = 3;
/// Most cards that are asked for to decide.
const CARDS_MAX: usize = 3;

/// What the dialogue needs of the machine and of the person before it.
pub trait Bench {
    /// What is plugged in now.
    fn look(&mut self) -> Vec<Surveyed>;
    /// Lets some time pass between two looks.
    fn pause(&mut self);
    /// Says something.
    fn tell(&mut self, words: &str);
    /// Shows the lines that would be written.
    fn show(&mut self, block: &str) -> ExitCode;
    /// Asks for a line; `None` when nobody answers any more.
    fn ask(&mut self, question: &str) -> Option<String>;
    /// Opens the device, says that it is ready, and takes what comes until it is silent again. An
    /// empty recording: nothing came for long. Writes nothing to the device.
    fn tap(&mut self, reader: &ReaderConfig, ready: &str) -> Result<Recording, TransportError>;
}

/// What the command line says already.
#[derive(Clone, Debug, Default)]
pub struct Given {
    /// The device, so that it need not be plugged anew.
    pub device: Option<DeviceMatch>,
    /// Its speed.
    pub baud: Option<u32>,
    /// Raise DTR.
    pub dtr: bool,
    /// Its name on the screen.
    pub name: Option<String>,
    /// The devices that the config has already, with their readers' names.
    pub configured: Vec<(String, DeviceMatch)>,
}

/// What goes into the config.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Learnt {
    /// The section of the reader.
    pub reader: Reader,
    /// How the site writes UIDs, where that is to be changed.
    pub notation: Option<Notation>,
}

/// Why the dialogue ended early; the person was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stop(ExitCode);

struct Learner<'a> {
    bench: &'a mut dyn Bench,
    texts: Texts,
    given: &'a Given,
    site: Site,
}

/// Learns one reader. `Err`: it could not be learnt, and the person was told why.
pub fn learn(
    bench: &mut dyn Bench,
    given: &Given,
    site: Site,
    texts: Texts,
) -> Result<Learnt, ExitCode> {
    let mut learner = Learner {
        bench,
        texts,
        given,
        site,
    };
    learner.all().map_err(|Stop(code)| code)
}

impl Learner<'_> {
    fn all(&mut self) -> Result<Learnt, Stop> {
        let subject = self.subject()?;
        let heard = self.listen(&subject)?;
        let mut evidence = Evidence {
            link: subject.link,
            known: subject.known(),
            cards: vec![CardEvidence {
                taps: vec![heard.tap.clone()],
                typed: None,
            }],
        };
        self.tap_again(&heard, &mut evidence)?;
        self.number_of_first(&mut evidence)?;
        self.decide(&heard, &mut evidence)?;
        self.technology(&evidence)?;
        let proposals = propose(&evidence, &self.site);
        let Some(best) = proposals.decided() else {
            return self.undecided(&proposals);
        };
        self.tell_why(best);
        self.result(&subject, &heard, best)
    }

    /// The same card once more: what came twice was no accident.
    fn tap_again(&mut self, heard: &Heard, evidence: &mut Evidence) -> Result<(), Stop> {
        for _ in 0..TRIES {
            let tap = self.tap(&heard.reader, "reader.learn.tap_again")?;
            let Some(first) = evidence.cards.first_mut() else {
                break;
            };
            first.taps.push(tap);
            if !propose(evidence, &self.site).ranked.is_empty() {
                return Ok(());
            }
            if let Some(first) = evidence.cards.first_mut() {
                first.taps.pop();
            }
            self.tell("reader.learn.other_card");
        }
        self.stop("reader.learn.not_the_same", ExitCode::Refused)
    }

    /// The number of the first card, until it is one of it.
    fn number_of_first(&mut self, evidence: &mut Evidence) -> Result<(), Stop> {
        for _ in 0..TRIES {
            let typed = self.number()?;
            if let Some(first) = evidence.cards.first_mut() {
                first.typed.clone_from(&typed);
            }
            let proposals = propose(evidence, &self.site);
            let agrees = proposals
                .ranked
                .first()
                .is_none_or(|best| best.writing != Writing::None);
            if typed.is_none() || agrees {
                return Ok(());
            }
            self.tell("reader.learn.number_disagrees");
        }
        if let Some(first) = evidence.cards.first_mut() {
            first.typed = None;
        }
        self.tell("reader.learn.without_number");
        Ok(())
    }

    /// Other cards, until only one answer is left.
    fn decide(&mut self, heard: &Heard, evidence: &mut Evidence) -> Result<(), Stop> {
        for _ in 0..TRIES + CARDS_MAX {
            let proposals = propose(evidence, &self.site);
            let open = match proposals.decided() {
                None => names(&proposals),
                Some(best) => match &best.writing {
                    Writing::Several(several) => {
                        let names: Vec<&str> = several.iter().map(|named| named.name).collect();
                        names.join(", ")
                    }
                    Writing::NotAsked
                    | Writing::AsConfigured
                    | Writing::Named(_)
                    | Writing::None => return Ok(()),
                },
            };
            if evidence.cards.len() >= CARDS_MAX {
                return self.undecided(&proposals);
            }
            let words = self
                .texts
                .fill("reader.learn.undecided", &[("names", &open)]);
            self.bench.tell(&words);
            let tap = self.tap(&heard.reader, "reader.learn.tap_other")?;
            if tap.bytes() == heard.tap.bytes() {
                self.tell("reader.learn.same_card");
                continue;
            }
            let typed = match evidence.cards.first().and_then(|card| card.typed.as_ref()) {
                Some(_) => self.number()?,
                None => None,
            };
            evidence.cards.push(CardEvidence {
                taps: vec![tap],
                typed,
            });
            if propose(evidence, &self.site).ranked.is_empty() {
                evidence.cards.pop();
                self.tell("reader.learn.other_unread");
            }
        }
        let proposals = propose(evidence, &self.site);
        self.undecided(&proposals)
    }

    fn undecided<T>(&mut self, proposals: &Proposals) -> Result<T, Stop> {
        let words = self.texts.fill(
            "reader.learn.still_undecided",
            &[("names", &names(proposals))],
        );
        self.bench.tell(&words);
        Err(Stop(ExitCode::Refused))
    }

    /// What kind of cards they are, where the reader does not tell: without it, no card of it pays
    /// without the cashier's yes.
    fn technology(&mut self, evidence: &Evidence) -> Result<(), Stop> {
        const KINDS: [Technology; 4] = [
            Technology::EmMarine,
            Technology::Mifare,
            Technology::HidProx,
            Technology::Magstripe,
        ];
        let proposals = propose(evidence, &self.site);
        let told = proposals.decided().is_none_or(|best| {
            let mut cards = best.cards.iter();
            cards.all(|read| read.technology != Technology::Other)
        });
        if told {
            return Ok(());
        }
        let answer = self.ask("reader.learn.technology")?;
        let place = answer.parse::<usize>().ok().and_then(|n| n.checked_sub(1));
        let Some(kind) = place.and_then(|place| KINDS.get(place)) else {
            return Ok(());
        };
        let site = Site {
            technology: Some(*kind),
            ..self.site
        };
        if propose(evidence, &site).decided().is_some() {
            self.site = site;
        } else {
            self.tell("reader.learn.not_this_technology");
        }
        Ok(())
    }

    fn number(&mut self) -> Result<Option<String>, Stop> {
        let typed = self.ask("reader.learn.number")?;
        Ok((!typed.is_empty()).then_some(typed))
    }

    fn tell(&mut self, key: &str) {
        self.bench.tell(self.texts.get(key));
    }

    fn ask(&mut self, key: &str) -> Result<String, Stop> {
        self.ask_words(self.texts.get(key))
    }

    fn ask_words(&mut self, question: &str) -> Result<String, Stop> {
        match self.bench.ask(question) {
            Some(answer) => Ok(answer.trim().to_owned()),
            None => Err(Stop(ExitCode::Refused)),
        }
    }

    fn stop<T>(&mut self, key: &str, code: ExitCode) -> Result<T, Stop> {
        self.tell(key);
        Err(Stop(code))
    }

    fn tell_why(&mut self, best: &Proposal) {
        let lines = result::reasons(best, self.texts);
        self.bench.tell(&lines);
    }
}

/// The families between which it is open: of those that read the same, the likeliest.
fn names(proposals: &Proposals) -> String {
    let rivals = proposals.rivals().into_iter();
    let names: Vec<&str> = rivals.map(|proposal| proposal.family.name()).collect();
    names.join(", ")
}
