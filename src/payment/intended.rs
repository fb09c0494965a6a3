//! A payment in two requests: at sites that print a receipt of intent first, the payments are meant,
//! then they are made money. Both are one body of the journal, and one [`Pos::pay`](super::ports::Pos::pay).
//!
//! How far an earlier sending got is never remembered: the order is looked at before each one, so that
//! the receipt of intent is made once, and the second request finishes what is there. Between the two
//! nothing is paid, and anybody at the till may finish the order: the payment is called refused only
//! once the order shows that our receipt of intent is gone. Otherwise it is not known.

use super::ports::{ReadError, Receipt, Reply};
use super::reason::{Problem, Reason, Server};

/// What the order shows of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shown {
    /// The order takes no payment any more.
    Closed,
    /// It is open, and nothing of ours is meant.
    Nothing,
    /// Our receipt of intent is there, with all that it should have.
    Meant,
    /// Something of it is there, or something else is in the way.
    Unclear(Problem),
}

/// The requests, each sent once.
pub trait TwoSteps {
    /// Reads the order.
    fn look(&self) -> Result<Shown, ReadError>;

    /// Prints the receipt of intent.
    fn mean(&self) -> Reply<()>;

    /// Makes what is meant money.
    fn finish(&self) -> Reply<Receipt>;

    /// Takes the receipt of intent back; Done where there is none.
    fn take_back(&self) -> Reply<()>;
}

/// Does what is not done yet.
pub fn pay(steps: &dyn TwoSteps) -> Reply<Receipt> {
    match steps.look() {
        // Nothing has left in this sending.
        Err(error) => Reply::NotDone(error.problem().clone()),
        Ok(Shown::Closed) => {
            let closed = Problem::of(Server::Rkeeper, Reason::OrderClosed, "");
            Reply::Refused(closed)
        }
        Ok(Shown::Unclear(problem)) => Reply::Unknown(problem),
        Ok(Shown::Meant) => finish(steps),
        Ok(Shown::Nothing) => match steps.mean() {
            Reply::Done(()) => finish(steps),
            Reply::Refused(problem) => Reply::Refused(problem),
            Reply::NotDone(problem) => Reply::NotDone(problem),
            Reply::Unknown(problem) => Reply::Unknown(problem),
        },
    }
}

fn finish(steps: &dyn TwoSteps) -> Reply<Receipt> {
    match steps.finish() {
        Reply::Refused(problem) if !problem.reason.passes_by_itself() => withdraw(steps, &problem),
        // The receipt of intent is there all the same.
        Reply::Refused(problem) | Reply::NotDone(problem) => Reply::Unknown(problem),
        told @ (Reply::Done(_) | Reply::Unknown(_)) => told,
    }
}

/// r_keeper does not finish it: the receipt of intent is taken back, and the order must show so.
fn withdraw(steps: &dyn TwoSteps, refused: &Problem) -> Reply<Receipt> {
    let mut words = refused.detail.clone();
    match steps.take_back() {
        Reply::Done(()) => match steps.look() {
            Ok(Shown::Nothing | Shown::Closed) => return Reply::Refused(refused.clone()),
            Ok(Shown::Meant | Shown::Unclear(_)) | Err(_) => {}
        },
        Reply::Refused(problem) | Reply::NotDone(problem) | Reply::Unknown(problem) => {
            words = format!("{words}; {}", problem.detail);
        }
    }
    let stands = Problem::of(Server::Rkeeper, Reason::IntentReceiptStands, words);
    Reply::Unknown(stands)
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    /// What each request is answered, and which were sent.
    struct Script {
        looks: RefCell<Vec<Result<Shown, ReadError>>>,
        mean: Reply<()>,
        finish: Reply<Receipt>,
        take_back: Reply<()>,
        sent: RefCell<Vec<&'static str>>,
    }

    impl TwoSteps for Script {
        fn look(&self) -> Result<Shown, ReadError> {
            self.looks.borrow_mut().remove(0)
        }

        fn mean(&self) -> Reply<()> {
            self.sent.borrow_mut().push("mean");
            self.mean.clone()
        }

        fn finish(&self) -> Reply<Receipt> {
            self.sent.borrow_mut().push("finish");
            self.finish.clone()
        }

        fn take_back(&self) -> Reply<()> {
            self.sent.borrow_mut().push("take back");
            self.take_back.clone()
        }
    }

    fn no(reason: Reason) -> Problem {
        Problem::of(Server::Rkeeper, reason, reason.code())
    }

    fn receipt() -> Receipt {
        Receipt {
            check_num: Some("7".into()),
            warning: None,
        }
    }

    /// Everything goes well; a case changes what it is about.
    fn script(looks: Vec<Result<Shown, ReadError>>) -> Script {
        Script {
            looks: RefCell::new(looks),
            mean: Reply::Done(()),
            finish: Reply::Done(receipt()),
            take_back: Reply::Done(()),
            sent: RefCell::default(),
        }
    }

    fn check(script: &Script, reply: &Reply<Receipt>, sent: &[&str]) {
        assert_eq!(pay(script), *reply);
        assert_eq!(*script.sent.borrow(), sent);
        assert!(script.looks.borrow().is_empty(), "{:?}", script.looks);
    }

    #[test]
    fn what_is_not_done_yet_is_done() {
        let done = Reply::Done(receipt());
        check(
            &script(vec![Ok(Shown::Nothing)]),
            &done,
            &["mean", "finish"],
        );
        // After a lost answer, or a stop of the program.
        check(&script(vec![Ok(Shown::Meant)]), &done, &["finish"]);
    }

    #[test]
    fn nothing_is_sent_where_nobody_knows_what_is_there() {
        let (closed, unclear) = (no(Reason::OrderClosed), no(Reason::ReceiptFailed));
        let refused = Reply::Refused(Problem::of(Server::Rkeeper, Reason::OrderClosed, ""));
        check(&script(vec![Ok(Shown::Closed)]), &refused, &[]);
        let seen = Ok(Shown::Unclear(unclear.clone()));
        check(&script(vec![seen]), &Reply::Unknown(unclear), &[]);
        let unread = Err(ReadError::Failed(closed.clone()));
        check(&script(vec![unread]), &Reply::NotDone(closed), &[]);
    }

    #[test]
    fn the_first_requests_answer_is_the_payments() {
        let why = no(Reason::SumMismatch);
        for (mean, reply) in [
            (Reply::Refused(why.clone()), Reply::Refused(why.clone())),
            (Reply::NotDone(why.clone()), Reply::NotDone(why.clone())),
            (Reply::Unknown(why.clone()), Reply::Unknown(why)),
        ] {
            let script = Script {
                mean,
                ..script(vec![Ok(Shown::Nothing)])
            };
            check(&script, &reply, &["mean"]);
        }
    }

    /// What the second request leaves unknown may still be done.
    #[test]
    fn an_unclear_second_answer_takes_nothing_back() {
        let why = no(Reason::OrderLocked);
        for finish in [
            Reply::Refused(why.clone()),
            Reply::NotDone(why.clone()),
            Reply::Unknown(why.clone()),
        ] {
            let script = Script {
                finish,
                ..script(vec![Ok(Shown::Meant)])
            };
            check(&script, &Reply::Unknown(why.clone()), &["finish"]);
        }
    }

    #[test]
    fn a_refused_second_request_is_a_refusal_once_the_order_shows_it() {
        let (why, other) = (no(Reason::SumMismatch), no(Reason::RightsMissing));
        let taken_back = ["mean", "finish", "take back"];
        let refused = || Reply::Refused(why.clone());
        let stands = |words: &str| {
            let problem = Problem::of(Server::Rkeeper, Reason::IntentReceiptStands, words);
            Reply::Unknown(problem)
        };
        for (second, reply) in [
            (Ok(Shown::Nothing), refused()),
            (Ok(Shown::Closed), refused()),
            (Ok(Shown::Meant), stands("sum_mismatch")),
            (
                Err(ReadError::Failed(other.clone())),
                stands("sum_mismatch"),
            ),
        ] {
            let script = Script {
                finish: refused(),
                ..script(vec![Ok(Shown::Nothing), second])
            };
            check(&script, &reply, &taken_back);
        }
        for take_back in [
            Reply::Refused(other.clone()),
            Reply::NotDone(other.clone()),
            Reply::Unknown(other),
        ] {
            let script = Script {
                finish: refused(),
                take_back,
                ..script(vec![Ok(Shown::Nothing)])
            };
            check(
                &script,
                &stands("sum_mismatch; rights_missing"),
                &taken_back,
            );
        }
    }
}
