//! What the screen says of payments: never more than is known.

use proptest::prelude::*;

use crate::domain::Money;
use crate::i18n::Lang;
use crate::payment::reason::{Problem, Reason, Server};
use crate::payment::view::{LegState, PaymentView, Standing, Step};
use crate::tui::Msg;
use crate::tui::keys::Ctx;
use crate::tui::test_util::*;

const STANDINGS: [Standing; 5] = [
    Standing::Working,
    Standing::Paid,
    Standing::Refused,
    Standing::Unknown,
    Standing::NeedsManager,
];
const STEPS: [Step; 10] = [
    Step::CheckingOrder,
    Step::WaitingForOrder,
    Step::WaitingForShift,
    Step::Debiting,
    Step::AskingLime,
    Step::Paying,
    Step::AskingRkeeper,
    Step::Confirming,
    Step::GivingBack,
    Step::Finished,
];
const LEGS: [LegState; 7] = [
    LegState::Waiting,
    LegState::Asking,
    LegState::Debited,
    LegState::Paid,
    LegState::GivingBack,
    LegState::GivenBack,
    LegState::NotCharged,
];

/// A till in the middle of a payment by the family, and a view of it to change.
fn paying(lang: Lang) -> (Till, PaymentView) {
    let mut till = Till::open(lang, family().to_vec());
    till.tap(credit_card());
    let request = till.pay();
    let view = payment_view(
        &request,
        Standing::Working,
        Step::Debiting,
        LegState::Asking,
    );
    (till, view)
}

/// The strongest words on this screen fit what is known.
fn check_words(screen: &str, standing: Standing) -> Result<(), TestCaseError> {
    let low = screen.to_lowercase();
    if standing != Standing::Paid {
        prop_assert!(!low.contains("оплачено"), "{screen}");
        prop_assert!(
            !screen.contains("PAID") && !screen.contains(" paid"),
            "{screen}"
        );
    }
    if standing != Standing::Refused {
        prop_assert!(!low.contains("не списан"), "{screen}");
        prop_assert!(!low.contains("no money"), "{screen}");
    }
    Ok(())
}

fn view_parts() -> impl Strategy<
    Value = (
        Standing,
        Step,
        Vec<LegState>,
        Option<Reason>,
        u32,
        Option<u64>,
    ),
> {
    // One reason's own English text says that somebody else paid the order.
    let reasons: Vec<Reason> = Reason::ALL
        .iter()
        .copied()
        .filter(|reason| *reason != Reason::OrderPaidElsewhere)
        .collect();
    (
        prop::sample::select(&STANDINGS[..]),
        prop::sample::select(&STEPS[..]),
        prop::collection::vec(prop::sample::select(&LEGS[..]), 3),
        prop::option::of(prop::sample::select(reasons)),
        0_u32..100,
        prop::option::of(0_u64..100),
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]
    #[test]
    fn the_screen_never_says_more_than_is_known(
        english in any::<bool>(),
        size in prop::sample::select(&[(80, 24), (60, 18), (120, 40), (40, 10)][..]),
        (standing, step, legs, reason, tries, seconds_left) in view_parts(),
    ) {
        let lang = if english { Lang::En } else { Lang::Ru };
        let (mut till, mut view) = paying(lang);
        till.size = size;
        view.standing = standing;
        view.step = step;
        for (leg, state) in view.legs.iter_mut().zip(legs) {
            leg.state = state;
        }
        view.problem = reason.map(|reason| Problem::of(Server::Lime, reason, ""));
        view.tries = tries;
        view.seconds_left = seconds_left;
        till.send(Msg::Payment(view));
        check_words(&till.screen(), standing)?;
        // The list of payments says no more either.
        till.size = (80, 24);
        till.draw();
        till.keys("<F9>");
        check_words(&till.screen(), standing)?;
    }
}

#[test]
fn a_paid_order_is_left_for_the_list() {
    let (mut till, mut view) = paying(Lang::Ru);
    view.standing = Standing::Paid;
    view.step = Step::Finished;
    view.check_num = Some("17".into());
    till.send(Msg::Payment(view));
    assert_eq!(till.app.ctx(), Ctx::Result);
    assert!(till.shows("ОПЛАЧЕНО") && till.shows("Чек r_keeper 17"));
    assert!(till.shows("осталось 5 950,00"), "what the guest has left");
    till.take_effects();
    till.keys("<Enter>");
    assert_eq!(till.app.ctx(), Ctx::Orders);
    assert_eq!(till.asked(), ["LoadOrders"]);
}

#[test]
fn an_outcome_typed_ahead_is_not_closed_unseen() {
    let (mut till, mut view) = paying(Lang::Ru);
    let before = till.now;
    view.standing = Standing::Refused;
    till.keys("<Enter>");
    till.send(Msg::Payment(view));
    till.stale("<Enter><Esc>", before);
    assert!(till.shows("Деньги не списаны"));
    till.keys("<Enter>");
    assert_eq!(till.app.ctx(), Ctx::Bill);
}

#[test]
fn a_refused_payment_leads_back_to_the_order_with_fresh_balances() {
    let (mut till, mut view) = paying(Lang::Ru);
    view.standing = Standing::Refused;
    view.problem = Some(Problem::of(
        Server::Lime,
        Reason::NotEnoughMoney,
        "счёт 601",
    ));
    till.send(Msg::Payment(view));
    assert!(till.shows("Lime: Не хватает денег на счетах (счёт 601)"));
    till.take_effects();
    till.keys("<Enter>");
    assert_eq!(
        till.asked(),
        ["LoadOrder", "LookUpCard", "LookUpCard", "LookUpCard"]
    );
    assert!(till.shows("Суммы сходятся"));
}

#[test]
fn a_payment_that_could_not_start_says_so_and_moves_nothing() {
    let (mut till, _) = paying(Lang::Ru);
    till.take_effects();
    till.send(Msg::PaymentFailed(Problem::own(Reason::OrderChanged, "")));
    assert_eq!(till.app.ctx(), Ctx::Bill);
    assert_eq!(till.asked(), ["Bell", "LoadOrder"]);
    assert!(till.shows("Оплата не началась. Заказ изменился"));
    assert!(!till.app.money_in_flight());
}

#[test]
fn an_unsettled_payment_stays_in_view_and_can_be_asked_about() {
    let (mut till, mut view) = paying(Lang::Ru);
    view.standing = Standing::Unknown;
    view.step = Step::AskingRkeeper;
    till.send(Msg::Payment(view.clone()));
    till.take_effects();
    till.keys("<F6>");
    assert_eq!(till.asked(), ["AskAgain"]);
    till.keys("<Esc>");
    assert_eq!(till.app.ctx(), Ctx::Orders);
    assert!(till.shows("! 1 операция требует человека · 2 350,00 ₽ · F12"));
    till.take_effects();
    till.keys("<F9><F6>");
    assert_eq!(till.asked(), ["LoadPayments", "AskAgain"]);
    till.keys("<Esc>");
    view.standing = Standing::Paid;
    till.send(Msg::Payment(view));
    assert!(till.shows("Заказ */1: проверка закончена, оплачено"));
    assert!(!till.shows("требует человека"));
}

#[test]
fn a_word_about_an_older_payment_is_not_taken_for_the_one_on_screen() {
    let (mut till, mut view) = paying(Lang::Ru);
    view.standing = Standing::Unknown;
    till.send(Msg::Payment(view.clone()));
    till.keys("<Esc>");
    till.open_order(sample_order());
    till.tap(sample_card());
    till.pay();
    view.standing = Standing::Paid;
    till.send(Msg::Payment(view.clone()));
    assert_eq!(till.app.ctx(), Ctx::Progress);
    // And once more, now that it is settled.
    till.send(Msg::Payment(view));
    assert_eq!(till.app.ctx(), Ctx::Progress);
}

#[test]
fn an_outcome_is_not_hidden_behind_other_pages() {
    for cover in ["<F1>", "<F9>", "<Esc>", "<F12>"] {
        let (mut till, mut view) = paying(Lang::Ru);
        till.keys(cover);
        assert_ne!(till.app.ctx(), Ctx::Progress);
        view.standing = Standing::Paid;
        till.send(Msg::Payment(view));
        assert!(till.shows("ОПЛАЧЕНО"), "{cover}");
    }
}

#[test]
fn an_order_that_changes_under_the_question_takes_it_back() {
    let mut till = Till::open(Lang::Ru, vec![sample_card()]);
    till.keys("<F5>");
    till.take_effects();
    till.send(Msg::Order(Ok(sample_order())));
    assert_eq!(till.app.ctx(), Ctx::Confirm, "the same order again");
    let mut order = sample_order();
    order.total = Money::from_kopecks(260_000);
    order.unpaid = order.total;
    order.version = 2;
    till.send(Msg::Order(Ok(order)));
    assert_eq!(till.app.ctx(), Ctx::Bill);
    assert_eq!(till.asked(), ["Bell"]);
    assert!(till.shows("Заказ изменился: проверьте суммы"));
    assert!(till.shows("К оплате 2 600,00"));
}
