//! Every screen at both sizes in both languages, as snapshots.

use std::fmt::Write as _;

use jiff::civil::date;

use crate::domain::{Calculated, CardStatus, Money, Order};
use crate::i18n::Lang;
use crate::payment::reason::{Problem, Reason, Server};
use crate::payment::view::{LegState, Standing, Step};
use crate::tui::test_util::*;
use crate::tui::tests::{looks, names};
use crate::tui::{About, HistoryRow, Msg, ReaderState, UiSettings};

pub(super) const SIZES: &[(u16, u16)] = &[(80, 24), (100, 30), (128, 48)];
pub(super) const SIZES_BILL: &[(u16, u16)] = &[(60, 18), (80, 24), (100, 30), (128, 48)];

/// Draws the scene at every size in every language and compares it with its snapshot.
pub(super) fn check(name: &str, sizes: &[(u16, u16)], scene: impl Fn(Lang) -> Till) {
    let mut all = String::new();
    for lang in [Lang::Ru, Lang::En] {
        for &size in sizes {
            let mut till = scene(lang);
            till.size = size;
            let (width, height) = size;
            let _ = writeln!(all, "== {} {width}×{height}", lang.code());
            all.push_str(&till.screen());
            if lang == Lang::Ru && size == sizes[0] {
                looks::hold(name, &mut till);
            }
        }
    }
    names::hold(name, sizes, &scene);
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, all));
}

#[test]
fn orders() {
    check("orders", SIZES, Till::ready);
    check("orders_at_start", SIZES, Till::new);
    check("orders_filtered", SIZES, |lang| {
        let mut till = Till::ready(lang);
        till.keys("фвьшт<Down>");
        till
    });
}

#[test]
fn orders_in_trouble() {
    check("orders_in_trouble", SIZES, |lang| {
        let mut till = Till::ready(lang);
        till.send(Msg::Server {
            server: Server::Lime,
            ok: false,
            problem: None,
        });
        till.send(Msg::Reader {
            name: "RDM6300".into(),
            state: ReaderState::NoPermission,
            detail: "/dev/ttyUSB0".into(),
        });
        till.send(Msg::Orders(Err(Problem::of(
            Server::Rkeeper,
            Reason::ServerUnreachable,
            "",
        ))));
        till
    });
}

#[test]
fn bill() {
    check("bill_without_cards", SIZES_BILL, |lang| {
        Till::open(lang, vec![])
    });
    check("bill_sample", SIZES_BILL, |lang| {
        Till::open(lang, vec![sample_card()])
    });
    check("bill_family", SIZES_BILL, |lang| {
        Till::open(lang, family().to_vec())
    });
    check("bill_typed", SIZES_BILL, |lang| {
        let [parent, child] = family();
        let mut till = Till::open(lang, vec![parent, child, credit_card()]);
        till.keys("<Home>1500<Down>350,5");
        till
    });
}

#[test]
fn bill_with_discount_modifiers_weight_and_prepayment() {
    check("bill_rich", SIZES_BILL, |lang| {
        let mut till = Till::ready(lang);
        till.open_order(rich_order());
        let mut blocked = sample_card();
        blocked.status = CardStatus::Blocked;
        for account in &mut blocked.accounts {
            account.available = Money::ZERO;
            account.not_spendable = Some(crate::domain::NotSpendable::CardNotActive);
        }
        till.tap(credit_card());
        till.tap(blocked);
        till.keys("<Tab><Down>");
        till
    });
}

#[test]
fn orders_that_cards_cannot_pay() {
    check("orders_hindered", SIZES, |lang| {
        let mut till = Till::ready(lang);
        till.send(Msg::Orders(Ok(hindered_orders())));
        till.keys("<End>");
        till
    });
}

#[test]
fn bill_with_seats_voids_combos_and_discounts() {
    check("bill_waiters", SIZES_BILL, |lang| {
        let mut till = Till::ready(lang);
        till.open_order(waiters_order());
        till.tap(sample_card());
        till.keys("<Tab><End>");
        till
    });
}

#[test]
fn bill_that_cards_cannot_pay() {
    check("bill_receipt_failed", SIZES_BILL, |lang| {
        let mut till = Till::ready(lang);
        till.open_order(Order {
            receipt_failed: true,
            ..sample_order()
        });
        till.tap(sample_card());
        till.keys("<F5>");
        till
    });
    check("bill_sums_disagree", SIZES_BILL, |lang| {
        let mut till = Till::ready(lang);
        till.open_order(Order {
            total: money(235_001),
            unpaid: money(235_001),
            ..sample_order()
        });
        till.tap(sample_card());
        till
    });
    check("bill_promised", SIZES_BILL, |lang| {
        let mut till = Till::ready(lang);
        till.open_order(Order {
            promised: money(35_000),
            calculated: Some(Calculated {
                unpaid: money(200_000),
                no_currency: None,
            }),
            ..sample_order()
        });
        till
    });
}

#[test]
fn confirm() {
    check("confirm", SIZES_BILL, |lang| {
        let mut till = Till::open(lang, family().to_vec());
        till.tap(credit_card());
        till.keys("<F5>");
        till
    });
}

#[test]
fn progress() {
    check("progress", SIZES_BILL, |lang| {
        let mut till = Till::open(lang, family().to_vec());
        till.tap(credit_card());
        let request = till.pay();
        let mut view = payment_view(
            &request,
            Standing::Working,
            Step::Debiting,
            LegState::Asking,
        );
        view.legs[0].state = LegState::Debited;
        view.tries = 2;
        view.seconds_left = Some(25);
        view.problem = Some(Problem::of(Server::Lime, Reason::AnswerLost, ""));
        till.send(Msg::Payment(view));
        till
    });
    check("cancel", SIZES, |lang| {
        let mut till = Till::open(lang, vec![sample_card()]);
        till.pay();
        till.keys("<Esc>");
        till
    });
}

/// A till whose payment ended so.
fn ended(
    lang: Lang,
    standing: Standing,
    step: Step,
    state: LegState,
    reason: Option<Reason>,
) -> Till {
    let mut till = Till::open(lang, family().to_vec());
    till.tap(credit_card());
    let request = till.pay();
    let mut view = payment_view(&request, standing, step, state);
    if standing == Standing::Paid {
        view.check_num = Some("1042".into());
        view.lime_check = Some("2226634".into());
    } else {
        view.tries = 4;
    }
    view.problem = reason.map(|reason| Problem::of(Server::Rkeeper, reason, ""));
    till.send(Msg::Payment(view));
    till
}

#[test]
fn results() {
    check("result_paid", SIZES, |lang| {
        ended(lang, Standing::Paid, Step::Finished, LegState::Paid, None)
    });
    check("result_refused", SIZES, |lang| {
        let reason = Some(Reason::OrderPaidElsewhere);
        ended(
            lang,
            Standing::Refused,
            Step::Finished,
            LegState::NotCharged,
            reason,
        )
    });
    check("result_given_back", SIZES, |lang| {
        let reason = Some(Reason::OrderChanged);
        ended(
            lang,
            Standing::Refused,
            Step::Finished,
            LegState::GivenBack,
            reason,
        )
    });
    check("result_unknown", SIZES, |lang| {
        let reason = Some(Reason::AnswerLost);
        ended(
            lang,
            Standing::Unknown,
            Step::AskingRkeeper,
            LegState::Debited,
            reason,
        )
    });
    check("result_manager", SIZES, |lang| {
        let reason = Some(Reason::AnswerNotUnderstood);
        ended(
            lang,
            Standing::NeedsManager,
            Step::Finished,
            LegState::Debited,
            reason,
        )
    });
}

#[test]
fn card_page() {
    check("card", SIZES, |lang| {
        let mut till = Till::ready(lang);
        till.tap(credit_card());
        till.send(Msg::History {
            uid: credit_card().uid,
            rows: Ok(vec![
                HistoryRow {
                    at: date(2024, 3, 5).at(13, 20, 0, 0),
                    what: "Маки ролл с лососем и сливочным сыром".into(),
                    account: "Кредит".into(),
                    amount: money(-21_000),
                },
                HistoryRow {
                    at: date(2024, 3, 5).at(13, 20, 0, 0),
                    what: "Ролл Бонито".into(),
                    account: "Кредит".into(),
                    amount: money(-41_000),
                },
            ]),
        });
        till
    });
    check("card_history", SIZES, |lang| {
        let mut till = Till::ready(lang);
        till.tap(credit_card());
        let row = |n: i8| HistoryRow {
            at: date(2024, 3, 5).at(n % 24, 59 - n, 0, 0),
            what: format!("Блюдо {n}"),
            account: "Кредит".into(),
            amount: money(-100 * i64::from(n)),
        };
        till.send(Msg::History {
            uid: credit_card().uid,
            rows: Ok((0..60).map(row).collect()),
        });
        till.keys("<PgDn><PgDn>");
        till
    });
    check("card_not_found", SIZES, |lang| {
        let mut till = Till::ready(lang);
        till.send(Msg::CardRead(uid("55667788")));
        till.send(Msg::Card {
            uid: uid("55667788"),
            answer: Err(Problem::of(Server::Lime, Reason::CardNotFound, "")),
        });
        till
    });
}

#[test]
fn payments() {
    check("payments", SIZES, |lang| {
        let mut till = ended(
            lang,
            Standing::Unknown,
            Step::AskingLime,
            LegState::Asking,
            Some(Reason::AnswerLost),
        );
        till.keys("<Esc>");
        for (n, standing, order) in [
            (2, Standing::Paid, "*/1"),
            (3, Standing::Refused, "12/1"),
            (4, Standing::NeedsManager, "7/1"),
        ] {
            let mut view = till.app.attention[0].clone();
            view.id = payment_id(n);
            view.standing = standing;
            view.order_name = order.into();
            till.app.attention.push(view);
        }
        till.keys("<F9>");
        till
    });
    check("payments_found", SIZES_BILL, |lang| {
        let mut till = Till::ready(lang);
        till.keys("<F9>");
        let mut other = paid();
        other.id = payment_id(3);
        other.order_name = "12/1".into();
        other.check_num = Some("1043".into());
        for leg in &mut other.legs {
            leg.card_number = Some("100099".into());
        }
        let given = refunded(crate::payment::view::RefundStanding::Refunded, true);
        till.send(Msg::Payments(vec![record(given), record(other)]));
        till.keys("100041");
        till
    });
    check("payments_none", SIZES, |lang| {
        let mut till = Till::ready(lang);
        till.keys("<F9>");
        till
    });
}

#[test]
fn help() {
    check("help", SIZES, |lang| {
        let mut till = Till::ready(lang);
        till.keys("<F1>");
        till
    });
    check("help_end", SIZES, |lang| {
        let mut till = Till::ready(lang);
        till.keys("<F1><End>");
        till
    });
}

#[test]
fn about() {
    let at = |lang, app: About, support: &str| {
        let settings = UiSettings {
            lang,
            about: app,
            support: support.into(),
            version: "1.2.3",
            ..UiSettings::default()
        };
        Till::with(settings, (80, 24))
    };
    check("about", SIZES, |lang| {
        let app = About {
            target: "windows x86_64".into(),
            features: vec!["pcsc", "legacy-tls"],
            config: r"C:\Program Files\limekeeper\config.toml".into(),
            folder: r"C:\ProgramData\limekeeper\the till beside the slope, second floor, left"
                .into(),
        };
        let mut till = at(lang, app, "доб. 105, ночью +7 900 000-00-00");
        till.healthy();
        till.send(Msg::ServerVersion {
            server: Server::Rkeeper,
            version: "7.26.8.2001".into(),
        });
        till.send(Msg::Reader {
            name: "Бар".into(),
            state: ReaderState::NoDriver,
            detail: String::new(),
        });
        till.send(Msg::Attention(vec![stuck()]));
        till.keys("<F1><F2>");
        till
    });
    check("about_unknown", SIZES, |lang| {
        let mut till = at(lang, About::default(), "");
        till.keys("<F1><F2>");
        till
    });
}

#[test]
fn demo() {
    check("demo", SIZES, |lang| {
        let settings = UiSettings {
            lang,
            demo_cards: vec![
                "100038 · Депозит 5 000,00".into(),
                "100041 · семья, общий депозит".into(),
                "100042 · семья, бонусы".into(),
                "100077 · кредит".into(),
                "100090 · заблокирована".into(),
            ],
            ..UiSettings::default()
        };
        let mut till = Till::with(settings, (80, 24));
        till.healthy();
        till.open_order(sample_order());
        till.keys("<F4><Down>");
        till
    });
}

#[test]
fn too_small() {
    check("too_small", &[(59, 18), (60, 17), (30, 6)], |lang| {
        let mut till = Till::open(lang, vec![sample_card()]);
        let request = till.pay();
        till.send(Msg::Payment(payment_view(
            &request,
            Standing::Working,
            Step::Paying,
            LegState::Debited,
        )));
        till.keys("<F10>");
        till
    });
}
