//! The first tap: at which speed, or by which part of the device, something can be read.

use super::subject::Subject;
use super::{Learner, Stop, TRIES};
use crate::cli::exit::ExitCode;
use crate::cli::reader::words;
use crate::readers::device::Link;
use crate::readers::learn::{
    CardEvidence, Evidence, Proposals, SpeedScan, UnfitCard, Verdict, propose,
};
use crate::readers::transport::{LineSettings, Recording, TransportError};
use crate::readers::{CodecSettings, Family, Health, ReaderConfig};

/// How a serial line is set before the family is known: as most readers have it.
const ANY_SERIAL: Family = Family::Hex;

/// A device that was heard.
pub(super) struct Heard {
    /// How it is opened.
    pub reader: ReaderConfig,
    /// What came at the first tap.
    pub tap: Recording,
}

impl Learner<'_> {
    /// Listens until something comes that can be read.
    pub(super) fn listen(&mut self, subject: &Subject) -> Result<Heard, Stop> {
        match subject.link {
            Link::Serial => self.listen_serial(subject),
            Link::Hid | Link::PcSc => self.listen_reports(subject),
        }
    }

    fn listen_serial(&mut self, subject: &Subject) -> Result<Heard, Stop> {
        let mut scan = SpeedScan::new(self.given.baud);
        let mut dtr = self.given.dtr;
        let mut unfit = 0;
        while let Some(speed) = scan.speed() {
            let line = LineSettings {
                baud: Some(speed),
                dtr,
            };
            let reader = reader(subject, ANY_SERIAL, line);
            let tap = self.tap_once(&reader, "reader.learn.tap")?;
            let bytes = tap.bytes();
            if bytes.is_empty() {
                if !dtr && self.yes("reader.learn.try_dtr", true)? {
                    dtr = true;
                    continue;
                }
                return self.stop("reader.learn.nothing_came", ExitCode::Refused);
            }
            let found = self.proposals(subject, tap.clone());
            if self.is_unfit(&found) {
                unfit += 1;
                if unfit < TRIES {
                    continue;
                }
                return Err(Stop(ExitCode::Refused));
            }
            match scan.heard(&bytes, !found.ranked.is_empty()) {
                Verdict::Right(_) => return Ok(Heard { reader, tap }),
                Verdict::Foreign(_) => {
                    return self.stop("reader.learn.foreign", ExitCode::Refused);
                }
                Verdict::Next(next) => {
                    let values = [("speed", &speed as &dyn std::fmt::Display), ("next", &next)];
                    let words = self.texts.fill("reader.learn.next_speed", &values);
                    self.bench.tell(&words);
                }
                Verdict::NoneFits { best, percent } => {
                    let values = [
                        ("best", &best as &dyn std::fmt::Display),
                        ("percent", &percent),
                    ];
                    let words = self.texts.fill("reader.learn.no_speed", &values);
                    self.bench.tell(&words);
                }
            }
        }
        Err(Stop(ExitCode::Refused))
    }

    /// A device of reports is opened as each family that it may be of, the likeliest first.
    fn listen_reports(&mut self, subject: &Subject) -> Result<Heard, Stop> {
        let mut heard_something = false;
        let mut why = None;
        for family in families(subject) {
            let reader = reader(subject, family, LineSettings::default());
            let ready = self.texts.get("reader.learn.tap");
            let tap = match self.bench.tap(&reader, ready) {
                Ok(tap) => tap,
                Err(error) => {
                    why.get_or_insert(error);
                    continue;
                }
            };
            heard_something |= !tap.bytes().is_empty();
            let found = self.proposals(subject, tap.clone());
            let is_unfit = self.is_unfit(&found);
            if !is_unfit
                && found
                    .ranked
                    .iter()
                    .any(|proposal| proposal.family == family)
            {
                return Ok(Heard { reader, tap });
            }
        }
        match why {
            Some(error) if !heard_something => self.not_opened(error),
            Some(_) | None if heard_something => {
                self.stop("reader.learn.foreign", ExitCode::Refused)
            }
            Some(_) | None => self.stop("reader.learn.nothing_came", ExitCode::Refused),
        }
    }

    /// A tap that must bring something.
    pub(super) fn tap(&mut self, reader: &ReaderConfig, ready: &str) -> Result<Recording, Stop> {
        for _ in 0..TRIES {
            let tap = self.tap_once(reader, ready)?;
            if !tap.bytes().is_empty() {
                return Ok(tap);
            }
            self.tell("reader.learn.once_more");
        }
        self.stop("reader.learn.nothing_came", ExitCode::Refused)
    }

    fn tap_once(&mut self, reader: &ReaderConfig, ready: &str) -> Result<Recording, Stop> {
        match self.bench.tap(reader, self.texts.get(ready)) {
            Ok(tap) => Ok(tap),
            Err(why) => self.not_opened(why),
        }
    }

    fn not_opened<T>(&mut self, why: TransportError) -> Result<T, Stop> {
        let code = if why == TransportError::Absent {
            ExitCode::NotFound
        } else {
            ExitCode::Refused
        };
        let words = words::health(&Health::Absent { why }, self.texts);
        self.bench.tell(&words);
        Err(Stop(code))
    }

    fn proposals(&self, subject: &Subject, tap: Recording) -> Proposals {
        let evidence = Evidence {
            link: subject.link,
            known: subject.known(),
            cards: vec![CardEvidence {
                taps: vec![tap],
                typed: None,
            }],
        };
        propose(&evidence, &self.site)
    }

    /// Says it where the card is none of the site's.
    fn is_unfit(&mut self, proposals: &Proposals) -> bool {
        match proposals.unfit {
            None => false,
            Some(UnfitCard::Bank) => {
                self.tell("reader.learn.bank_card");
                true
            }
            Some(UnfitCard::Random) => {
                self.tell("reader.learn.random_uid");
                true
            }
        }
    }

    /// A question for yes or no; Enter alone is the usual answer.
    pub(super) fn yes(&mut self, key: &str, usual: bool) -> Result<bool, Stop> {
        let answer = self.ask(key)?.to_lowercase();
        Ok(if answer.is_empty() {
            usual
        } else {
            is_yes(&answer)
        })
    }
}

/// «да» and «yes», also by their first letter. «н» is also the key of «y», and means no.
pub fn is_yes(answer: &str) -> bool {
    matches!(
        answer.trim().to_lowercase().as_str(),
        "да" | "д" | "yes" | "y"
    )
}

fn reader(subject: &Subject, family: Family, line: LineSettings) -> ReaderConfig {
    ReaderConfig {
        family,
        codec: CodecSettings::default(),
        device: subject.device.clone(),
        line,
        name: subject.device.to_string(),
    }
}

fn families(subject: &Subject) -> Vec<Family> {
    let mut families: Vec<Family> = subject
        .known()
        .map_or(&[][..], |known| known.families)
        .iter()
        .filter_map(|name| name.parse().ok())
        .collect();
    for family in Family::ALL {
        if !families.contains(&family) {
            families.push(family);
        }
    }
    families.retain(|family| family.link() == subject.link);
    families
}
