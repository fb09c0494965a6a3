//! A till's side of the world: what the driver calls, and what strikes on the way.

use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::DateTime;

use super::books::{Site, TIMEOUT, Write, shown};
use super::course;
use super::fault::{Fault, Place};
use super::strike::{is_pos, problem};
use crate::payment::ports::{Clock, ReadError, Reply};
use crate::payment::reason::{Problem, Reason};

mod pos;
mod wallet;

pub(super) struct Port<'s> {
    pub(super) site: &'s Site,
    pub(super) till: usize,
    /// Running while the other till's program is in the middle of something.
    pub(super) nested: bool,
}

pub(super) enum Gate {
    /// The program has ended: nothing has any effect.
    Dead,
    Open(Option<Fault>),
}

impl Port<'_> {
    pub(super) fn enter(&self, place: Place) -> Gate {
        let mut books = self.site.books();
        if books.programs[self.till].dead {
            return Gate::Dead;
        }
        books.coverage.calls += 1;
        let time = books.rng.pick(&[20, 100, 400]);
        books.pass(Duration::from_millis(time));
        let fault = books.strike(place);
        if fault == Some(Fault::OtherTill) {
            drop(books);
            if !self.nested {
                course::other_till(self.site, 1 - self.till);
            }
            books = self.site.books();
        } else if let Some(act) = fault
            && books.others_act(act)
        {
            return Gate::Open(None);
        }
        if books.programs[self.till].dead {
            return Gate::Dead;
        }
        let outage = books.outages[usize::from(is_pos(place))];
        if place != Place::Pause && books.time < outage.until {
            return Gate::Open(Some(if outage.swallows {
                Fault::RequestLost
            } else {
                Fault::NotConnected
            }));
        }
        Gate::Open(fault)
    }

    pub(super) fn send(&self, place: Place, write: &Write) -> Reply<()> {
        let Gate::Open(fault) = self.enter(place) else {
            return Reply::Unknown(problem(place, Reason::AnswerLost));
        };
        let mut books = self.site.books();
        books.tell(|| format!("[{}] sends {}", self.till, shown(write)));
        books.leaves(self.till, write);
        if books.programs[self.till].dead {
            return Reply::Unknown(problem(place, Reason::AnswerLost));
        }
        let reply = match fault {
            None => books.reply(write),
            Some(fault) => books.struck(self.till, place, write, fault),
        };
        books.answered(write, &reply);
        books.tell(|| format!("[{}]     hears {reply:?}", self.till));
        reply
    }

    pub(super) fn ask(&self, place: Place) -> Result<(), ReadError> {
        let failed = |reason| Err(ReadError::Failed(problem(place, reason)));
        let Gate::Open(fault) = self.enter(place) else {
            return failed(Reason::AnswerLost);
        };
        let mut books = self.site.books();
        match fault {
            None => Ok(()),
            Some(Fault::SlowDrip) => {
                books.drips();
                Ok(())
            }
            Some(Fault::Denied) => Err(ReadError::Refused(problem(place, Reason::AccessDenied))),
            Some(Fault::CurrencyDisabled) => Err(ReadError::Refused(problem(
                place,
                Reason::CurrencyNotAllowed,
            ))),
            Some(Fault::SumMismatch) => {
                Err(ReadError::Refused(problem(place, Reason::SumMismatch)))
            }
            Some(Fault::Killed) => {
                books.programs[self.till].dead = true;
                failed(Reason::AnswerLost)
            }
            Some(Fault::StationRestarts) => {
                books.station_restarts();
                failed(Reason::AnswerLost)
            }
            Some(Fault::ForeignPage | Fault::TooManyRequests | Fault::StrangeAnswer) => {
                failed(Reason::AnswerNotUnderstood)
            }
            Some(Fault::OtherTill) => Ok(()),
            Some(Fault::RequestLost) => {
                books.pass(TIMEOUT);
                failed(Reason::AnswerLost)
            }
            Some(fault @ (Fault::RouteLost | Fault::CertificateReplaced)) => {
                books.out(place, fault);
                failed(Reason::ServerUnreachable)
            }
            Some(_) => failed(Reason::ServerUnreachable),
        }
    }
}

impl Port<'_> {
    /// A request is written; what the site lacks for it shows now.
    pub(super) fn writable(&self) -> Result<(), Problem> {
        let mut books = self.site.books();
        if books.programs[self.till].dead || books.strike(Place::Bytes).is_none() {
            return Ok(());
        }
        Err(Problem::own(Reason::ConfigIncomplete, ""))
    }
}

impl Clock for Port<'_> {
    fn elapsed(&self) -> Duration {
        let books = self.site.books();
        if books.programs[self.till].dead {
            // Nobody waits for a program that has ended.
            return books.time + Duration::from_hours(1);
        }
        books.time.saturating_sub(books.asleep)
    }

    fn now(&self) -> Timestamp {
        self.site.books().wall()
    }

    fn local(&self) -> DateTime {
        jiff::tz::TimeZone::UTC.to_datetime(self.now())
    }

    fn wait(&self, pause: Duration) {
        let Gate::Open(fault) = self.enter(Place::Pause) else {
            return;
        };
        let mut books = self.site.books();
        match fault {
            Some(Fault::Hangup) => return,
            Some(Fault::Killed) => books.programs[self.till].dead = true,
            Some(Fault::Sleeps) => {
                let hours = books.rng.pick(&[1, 10]);
                let slept = Duration::from_hours(hours);
                // Some machines' clocks stand still while they sleep.
                if books.rng.chance(50) {
                    books.asleep += slept;
                }
                books.pass(slept);
            }
            _ => {}
        }
        books.pass(pause);
    }
}
