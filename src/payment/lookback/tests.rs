//! Every way in which servers and journal may differ, as a table; and histories made at random.

use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::payment::ports::SeenOperation;

fn id(number: u128) -> PaymentId {
    PaymentId::from_uuid(Uuid::from_u128(number))
}

fn money(kopecks: i64) -> Money {
    Money::from_kopecks(kopecks)
}

fn belief(wallet: Option<i64>, pos: Option<i64>) -> Belief {
    Belief {
        wallet: wallet.map(money),
        pos: pos.map(money),
        debit: Some(OperationId("100".into())),
        gave_back: false,
        decided: false,
        in_time: true,
        order: OrderGuid("{G}".into()),
        order_name: "*/1".into(),
        check_num: None,
    }
}

fn gave_back(belief: Belief) -> Belief {
    Belief {
        gave_back: true,
        ..belief
    }
}

fn decided(belief: Belief) -> Belief {
    Belief {
        decided: true,
        ..belief
    }
}

fn long_ago(belief: Belief) -> Belief {
    Belief {
        in_time: false,
        ..belief
    }
}

/// A list of Lime: what payment 1 took and got back.
fn list(whole: bool, moves: &[i64]) -> SeenOperations {
    let operations = moves.iter().enumerate().map(|(index, &kopecks)| {
        let amount = money(kopecks.abs());
        SeenOperation {
            operation: OperationId((100 + index).to_string()),
            payment: id(1),
            returns: kopecks < 0,
            amount,
        }
    });
    SeenOperations {
        operations: operations.collect(),
        nameless: vec![],
        whole,
    }
}

fn on_the_bill(kopecks: i64) -> PosShows {
    PosShows {
        sum: money(kopecks),
        check_num: Some("8102".into()),
        order: OrderGuid("{G}".into()),
        order_name: "*/1".into(),
    }
}

#[derive(Clone, Copy, Debug)]
enum Bill {
    NotRead,
    Shows(i64),
    Gone,
}

/// Kind and sum of what is found of payment 1.
fn found(
    belief: Option<Belief>,
    wallet: Option<SeenOperations>,
    bill: Bill,
) -> Option<(&'static str, i64)> {
    let mut shown = Shown::default();
    if let Some(seen) = wallet {
        shown.wallet(seen);
    }
    match bill {
        Bill::NotRead => {}
        Bill::Shows(kopecks) => drop(shown.pos.insert(id(1), on_the_bill(kopecks))),
        Bill::Gone => drop(shown.gone.insert(id(1))),
    }
    let believed = belief.map(|belief| (id(1), belief)).into_iter().collect();
    let orphans = compare(&shown, &believed, &|_| true);
    assert_eq!(compare(&shown, &believed, &|_| false), vec![], "foreign");
    assert!(orphans.len() <= 1);
    let orphan = orphans.first()?;
    Some((orphan.kind.word(), orphan.sum().kopecks()))
}

#[test]
fn what_the_journal_does_not_know() {
    for (wallet, bill, expected) in [
        (None, Bill::NotRead, None),
        (whole(&[]), Bill::NotRead, None),
        (whole(&[500]), Bill::NotRead, Some(500)),
        (whole(&[500]), Bill::Shows(500), Some(500)),
        (whole(&[]), Bill::Shows(500), Some(500)),
        (None, Bill::Shows(500), Some(500)),
        (whole(&[500, -200]), Bill::NotRead, Some(300)),
        // Taken and given back: nobody lacks anything.
        (whole(&[500, -500]), Bill::NotRead, None),
        (whole(&[500, -500]), Bill::Shows(500), Some(500)),
        // What was taken before the time looked at came back in it.
        (whole(&[-500]), Bill::NotRead, None),
        (Some(list(false, &[500])), Bill::NotRead, Some(500)),
    ] {
        let expected = expected.map(|sum| ("not_in_journal", sum));
        assert_eq!(
            found(None, wallet.clone(), bill),
            expected,
            "{wallet:?} {bill:?}"
        );
    }
}

/// What the journal believes, what Lime lists, what the bill shows, and what is found.
type Case = (
    Belief,
    Option<SeenOperations>,
    Bill,
    Option<(&'static str, i64)>,
);

#[track_caller]
fn check(cases: Vec<Case>) {
    for (belief, wallet, bill, expected) in cases {
        let is = found(Some(belief.clone()), wallet.clone(), bill);
        assert_eq!(is, expected, "{belief:?} {wallet:?} {bill:?}");
    }
}

#[expect(clippy::unnecessary_wraps, reason = "as the cases take it")]
fn whole(moves: &[i64]) -> Option<SeenOperations> {
    Some(list(true, moves))
}

#[expect(clippy::unnecessary_wraps, reason = "as the cases take it")]
fn cut(moves: &[i64]) -> Option<SeenOperations> {
    Some(list(false, moves))
}

#[test]
fn what_the_journal_has_as_paid() {
    use Bill::{Gone, NotRead, Shows};
    let paid = || belief(Some(500), Some(500));
    let missing = Some(("missing", 500));
    let doubled = Some(("too_much", 500));
    check(vec![
        (paid(), whole(&[500]), Shows(500), None),
        (paid(), whole(&[500]), NotRead, None),
        (paid(), None, NotRead, None),
        (paid(), whole(&[]), Shows(500), missing),
        (paid(), whole(&[500]), Gone, missing),
        (paid(), whole(&[500, -500]), Gone, missing),
        (paid(), whole(&[500, 500]), Shows(500), doubled),
        // A part that arrived twice.
        (paid(), whole(&[500]), Shows(1_000), doubled),
        // r_keeper kept the marker of one leg only.
        (paid(), whole(&[500]), Shows(200), None),
        // Of a list that is cut, what is absent says nothing.
        (paid(), cut(&[]), NotRead, None),
        (paid(), cut(&[500, 500]), NotRead, doubled),
        // A person took it for paid; that a server lacks it is known.
        (decided(paid()), whole(&[]), Gone, None),
        (decided(paid()), whole(&[500, 500]), NotRead, doubled),
        (long_ago(paid()), whole(&[]), NotRead, None),
        (long_ago(paid()), whole(&[]), Gone, missing),
    ]);
}

#[test]
fn what_the_journal_has_otherwise() {
    use Bill::{Gone, NotRead, Shows};
    let nothing = || belief(Some(0), Some(0));
    let under_way = || belief(None, None);
    let refunded = |left| gave_back(belief(Some(left), None));
    let denied = Some(("not_believed", 500));
    check(vec![
        (nothing(), whole(&[]), NotRead, None),
        (nothing(), whole(&[500, -500]), NotRead, None),
        (nothing(), whole(&[500]), NotRead, denied),
        (nothing(), None, Shows(500), denied),
        (decided(nothing()), whole(&[500]), NotRead, denied),
        (nothing(), cut(&[500]), NotRead, denied),
        (gave_back(nothing()), cut(&[500]), NotRead, None),
        (gave_back(nothing()), whole(&[500]), NotRead, denied),
        // More came back than was taken.
        (
            gave_back(nothing()),
            whole(&[500, -500, -500]),
            NotRead,
            Some(("missing", 500)),
        ),
        (refunded(300), whole(&[500, -200]), Shows(500), None),
        (
            refunded(300),
            whole(&[500]),
            Shows(500),
            Some(("too_much", 200)),
        ),
        (refunded(0), whole(&[500, -500]), Gone, None),
        (under_way(), whole(&[500]), Shows(500), None),
        (under_way(), whole(&[]), Gone, None),
    ]);
}

/// Lime may list checks without our references: a check under the debit's number may be the debit.
#[test]
fn a_nameless_check_is_no_missing_one() {
    let paid = || belief(Some(500), Some(500));
    let nameless = |id: &str| SeenOperations {
        nameless: vec![OperationId(id.into())],
        ..list(true, &[])
    };
    check(vec![
        (paid(), Some(nameless("100")), Bill::NotRead, None),
        (
            paid(),
            Some(nameless("101")),
            Bill::NotRead,
            Some(("missing", 500)),
        ),
    ]);
}

#[test]
fn a_debit_that_was_asked_for_by_itself() {
    let paid = || belief(Some(500), Some(500));
    for (belief, there, expected) in [
        (paid(), Some(Single::Gone), Some(500)),
        (paid(), Some(Single::AsAsked), None),
        (paid(), Some(Single::Moved(money(1_000))), Some(500)),
        (paid(), None, None),
        (decided(paid()), Some(Single::Gone), None),
        (
            decided(paid()),
            Some(Single::Moved(money(1_000))),
            Some(500),
        ),
        (long_ago(paid()), Some(Single::Gone), None),
        (belief(None, None), Some(Single::Gone), None),
        (belief(None, None), Some(Single::Moved(money(1_000))), None),
    ] {
        let mut shown = Shown::default();
        shown.singly.extend(there.map(|there| (id(1), there)));
        let found = compare(&shown, &BTreeMap::from([(id(1), belief)]), &|_| true);
        let sum = found.first().map(|orphan| orphan.sum().kopecks());
        assert_eq!(sum, expected);
    }
}

#[test]
fn an_order_shows_payments_of_any_till() {
    let line = |amount: i64, marker: Option<String>, begun| crate::domain::PosPayment {
        amount: money(amount),
        ext_info: marker,
        prepayment: false,
        check_num: Some("7".into()),
        currency: None,
        card_code: None,
        line_guid: None,
        begun,
    };
    let mut order = Order {
        guid: OrderGuid("{G}".into()),
        name: "1".into(),
        table: None,
        waiter: None,
        station: None,
        opened_at: None,
        version: 1,
        total: money(1_000),
        unpaid: Money::ZERO,
        discount: Money::ZERO,
        prepaid: Money::ZERO,
        paid: true,
        finished: true,
        deleted: false,
        lines: vec![],
        payments: vec![
            line(300, Some(format!("{}/1", id(1))), false),
            line(200, Some(format!("{}/2", id(1))), false),
            line(400, Some(format!("{}/1", id(2))), false),
            line(50, None, false),
            line(50, Some("TX-100500".into()), false),
            line(900, Some(format!("{}/1", id(3))), true),
        ],
        ..Order::default()
    };
    let mut shown = Shown::default();
    shown.order(&order);
    let sums: Vec<_> = shown.pos.iter().map(|(id, pos)| (*id, pos.sum)).collect();
    assert_eq!(sums, [(id(1), money(500)), (id(2), money(400))]);
    assert_eq!(shown.pos[&id(1)].check_num.as_deref(), Some("7"));
    // A part payment and the rest, on two orders by a mistake of somebody: added up.
    order.guid = OrderGuid("{H}".into());
    shown.order(&order);
    assert_eq!(shown.pos[&id(1)].sum, money(1_000));
    assert_eq!(shown.read.len(), 2);
}

/// What truly happened to one payment.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts")]
struct Course {
    made_here: bool,
    /// Lost from the journal.
    lost: bool,
    due: i64,
    paid: bool,
    /// Given back in Lime, of what is paid.
    refunded: i64,
    /// One that was not paid was debited and undone.
    undone: bool,
    /// The server forgot the debit, or shows it twice.
    twist: Twist,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Twist {
    None,
    Forgotten,
    Doubled,
    Annulled,
}

fn course() -> impl Strategy<Value = Course> {
    let twist = prop_oneof![
        6 => Just(Twist::None),
        1 => Just(Twist::Forgotten),
        1 => Just(Twist::Doubled),
        1 => Just(Twist::Annulled),
    ];
    let flags = (any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>());
    (flags, 1..1_000_i64, 0..4_i64, twist).prop_map(
        |((made_here, lost, paid, undone), due, quarters, twist)| Course {
            made_here,
            lost,
            due,
            paid,
            refunded: if paid && !lost && quarters > 1 {
                due * quarters / 4
            } else {
                0
            },
            undone,
            twist: if paid { twist } else { Twist::None },
        },
    )
}

impl Course {
    fn belief(&self) -> Belief {
        if self.paid {
            let whole = belief(Some(self.due - self.refunded), Some(self.due));
            if self.refunded > 0 {
                gave_back(Belief { pos: None, ..whole })
            } else {
                whole
            }
        } else {
            Belief {
                gave_back: self.undone,
                ..belief(Some(0), Some(0))
            }
        }
    }

    fn show(&self, payment: PaymentId, shown: &mut Shown, all: &mut Vec<SeenOperation>) {
        let mut moved = |returns, kopecks| {
            if kopecks > 0 {
                all.push(SeenOperation {
                    operation: OperationId(format!("{}", all.len())),
                    payment,
                    returns,
                    amount: money(kopecks),
                });
            }
        };
        if self.paid {
            if self.twist != Twist::Forgotten {
                moved(false, self.due);
            }
            if self.twist == Twist::Doubled {
                moved(false, self.due);
            }
            moved(true, self.refunded);
            if self.twist == Twist::Annulled {
                shown.gone.insert(payment);
            } else {
                shown.pos.insert(payment, on_the_bill(self.due));
            }
        } else if self.undone {
            moved(false, self.due);
            moved(true, self.due);
        }
    }

    /// A person must be told.
    fn is_wrong(&self) -> bool {
        let differs = match self.twist {
            Twist::None => false,
            Twist::Forgotten | Twist::Doubled => true,
            // Expected where the money went back, and not known where the journal lost it.
            Twist::Annulled => self.refunded == 0,
        };
        self.made_here && (differs || (self.lost && self.paid))
    }
}

proptest! {
    #[test]
    fn exactly_what_is_wrong_is_found_and_found_once(
        courses in prop::collection::vec(course(), 0..30)
    ) {
        let of = |index: usize| id(index as u128 + 1);
        let mut shown = Shown::default();
        let mut operations = Vec::new();
        for (index, course) in courses.iter().enumerate() {
            course.show(of(index), &mut shown, &mut operations);
        }
        let nameless = vec![];
        shown.wallet(SeenOperations { operations, nameless, whole: true });
        let believed: BTreeMap<_, _> = courses
            .iter()
            .enumerate()
            .filter(|(_, course)| !course.lost)
            .map(|(index, course)| (of(index), course.belief()))
            .collect();
        let made_here = |payment: PaymentId| {
            courses.iter().enumerate().any(|(index, course)| course.made_here && of(index) == payment)
        };
        let found = compare(&shown, &believed, &made_here);
        let wrong: Vec<PaymentId> = courses
            .iter()
            .enumerate()
            .filter(|(_, course)| course.is_wrong())
            .map(|(index, _)| of(index))
            .collect();
        prop_assert_eq!(found.iter().map(|orphan| orphan.payment).collect::<Vec<_>>(), wrong);
        for orphan in &found {
            prop_assert!(orphan.sum().is_positive());
            prop_assert!(!orphan.has_grown_since(orphan));
        }
        // The same once more is the same.
        prop_assert_eq!(compare(&shown, &believed, &made_here), found);
    }

    /// A list that is cut anywhere names nobody who is right.
    #[test]
    fn a_list_that_is_cut_accuses_nobody(
        courses in prop::collection::vec(course(), 1..20),
        keep in 0..40_usize,
    ) {
        let of = |index: usize| id(index as u128 + 1);
        let mut shown = Shown::default();
        let mut operations = Vec::new();
        let mut believed = BTreeMap::new();
        for (index, course) in courses.iter().enumerate() {
            let right = Course { twist: Twist::None, lost: false, ..*course };
            right.show(of(index), &mut shown, &mut operations);
            believed.insert(of(index), right.belief());
        }
        operations.truncate(keep);
        let nameless = vec![];
        shown.wallet(SeenOperations { operations, nameless, whole: false });
        prop_assert_eq!(compare(&shown, &believed, &|_| true), vec![]);
    }
}
