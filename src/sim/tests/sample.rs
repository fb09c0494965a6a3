//! The sample bill from the first look to both reports.

use std::io::Read;

use serde_json::json;

use super::client::{
    Bench, LOCK, ORDER, PAYMENT_ID, attribute, lock_command, pay_command, payment, sample_check,
    verdict,
};

#[test]
fn sample_bill_ends_in_both_reports() {
    let bench = Bench::new();
    bench.command("<RK7CMD CMD=\"GetSystemInfo2\"/>");
    let list = bench.command("<RK7CMD CMD=\"GetOrderList2\" onlyOpened=\"1\" lastversion=\"0\"/>");
    assert!(list.contains("orderName=\"*/1\""), "{list}");
    bench.command(&lock_command(ORDER, "1899-12-30T00:02:00", LOCK));
    let order = bench.command(&format!(
        "<RK7CMD CMD=\"GetOrder\"><Order guid=\"{ORDER}\"/></RK7CMD>"
    ));
    assert_eq!(attribute(&order, "unpaidSum").unwrap(), "235000");
    bench.command(&format!(
        "<RK7CMD CMD=\"CalcOrder3\"><Order guid=\"{ORDER}\"/><Station code=\"1\"/>\
         <Cashier code=\"5\"/><Payments><Pay code=\"11\" amount=\"235000\"/></Payments></RK7CMD>"
    ));

    let card = bench.get("ClientManagement/GetCardInfoByCardUid?uid=61366822");
    assert_eq!(card["card"]["code"], "100038");
    let rights = bench.post(
        "ClientManagement/GetRights",
        "{\"clientId\":7001,\"installationId\":1}",
    );
    assert_eq!(rights[0]["right"]["amount"], 500_000);
    let id = bench.next_id();
    assert_eq!(id, 2_226_634);
    let stored = bench.put_check(&sample_check(id));
    assert_eq!(stored["check"]["id"], id);

    let paid = bench.command(&pay_command(ORDER, &payment("11", "235000")));
    assert_eq!(verdict(&paid), ("Ok".to_owned(), None), "{paid}");
    assert_eq!(attribute(&paid, "CheckNum").unwrap(), "501");
    bench.command(&lock_command(ORDER, "1899-12-30T00:00:00", LOCK));
    let order = bench.command(&format!(
        "<RK7CMD CMD=\"GetOrder\"><Order guid=\"{ORDER}\"/></RK7CMD>"
    ));
    for shown in [
        " paid=\"1\"",
        " finished=\"1\"",
        " unpaidSum=\"0\"",
        "cardCode=\"61366822\"",
        &format!("extTransactionInfo=\"{PAYMENT_ID}/1\""),
    ] {
        assert!(order.contains(shown), "{shown} in {order}");
    }
    check_books(&bench);
}

fn check_books(bench: &Bench) {
    let state = bench.state();
    let payment = &state["orders"][0]["payments"][0];
    assert_eq!(
        *payment,
        json!({
            "amount": "2350.00", "currency": "11", "card_code": "61366822",
            "ext_info": format!("{PAYMENT_ID}/1"), "prepayment": false, "status": "paid",
            "deleted": false, "line_guid": payment["line_guid"],
        })
    );
    assert_eq!(
        state["orders"][0]["receipts"],
        json!([{"check_num": "501", "deleted": false, "total": "2350.00"}])
    );
    assert_eq!(state["orders"][0]["paid"], true);
    assert_eq!(bench.balance("9001"), "2650.00");
    assert_eq!(state["violations"], json!([]));
    assert_eq!(state["requests"]["lime.PutCheck"], 1);
    assert_eq!(state["requests"]["rkeeper.PayOrder"], 1);

    let sales = bench.control("/report/sales");
    assert_eq!(sales["installation"], "Тестовая");
    assert_eq!(sales["cash_desk"], "Касса r-keeper");
    let sale = &sales["sales"][0];
    assert_eq!(sale["number"], 2_226_634);
    assert_eq!(sale["card_number"], "100038");
    let lines = sale["lines"].as_array().unwrap();
    let expected = [
        ("Запеченный ролл с курицей", "290.00", "290"),
        ("Запеченный ролл Нежный с лососем", "360.00", "360"),
        ("Запеченный ролл с угрем", "430.00", "430"),
        ("Ролл Бонито", "410.00", "410"),
        ("Горячая Филадельфия ролл", "650.00", "650"),
        ("Маки ролл с лососем и сливочным сыром", "210.00", "210"),
    ];
    assert_eq!(lines.len(), expected.len());
    for (line, (name, sum, short)) in lines.iter().zip(expected) {
        assert_eq!(
            *line,
            json!({
                "name": name, "base_price": sum, "price": sum, "count": "1",
                "payments": [format!("Депозит (счет): {short}; 61366822")],
            })
        );
    }
    let history = bench.control("/report/card/61366822");
    assert_eq!(history["card_number"], "100038");
    let rows = history["rows"].as_array().unwrap();
    assert_eq!(rows.len(), expected.len());
    for (row, (name, sum, _)) in rows.iter().zip(expected) {
        assert_eq!(
            *row,
            json!({
                "type": "O", "time": "2024-03-05T14:30:00", "account": "Депозит",
                "amount": format!("-{sum}"), "goods": name, "payment": "0.00",
                "service_point": "Касса r-keeper", "operator": "Admin",
                "payer": "Гость 100038", "payer_card": "61366822",
            })
        );
    }
}

#[test]
fn state_survives_a_new_start() {
    let bench = Bench::new();
    let id = bench.next_id();
    bench.put_check(&sample_check(id));
    bench.command(&pay_command(ORDER, &payment("11", "235000")));
    bench.command("<RK7CMD CMD=\"Nothing\"/>");
    bench.fault("lime.GetShift", "error_before", &json!(null));
    let before = bench.state();
    let bench = bench.restarted();
    assert_eq!(bench.state(), before);
    assert_eq!(bench.next_id(), id + 1);
    let again = bench.put_check(&sample_check(id));
    assert_eq!(again["check"]["id"], id);
    assert_eq!(bench.balance("9001"), "2650.00");
}

#[test]
fn what_was_answered_is_on_disk() {
    let bench = Bench::new();
    let id = bench.next_id();
    bench.put_check(&sample_check(id));
    // What a killed process leaves behind: the files as they are at this moment.
    let left = tempfile::tempdir().unwrap();
    for name in ["sim.db", "sim.db-wal"] {
        std::fs::copy(bench.dir.path().join(name), left.path().join(name)).unwrap();
    }
    let sim = super::client::start(left.path(), None);
    let after = Bench { sim, dir: left };
    assert_eq!(after.state(), bench.state());
    assert_eq!(after.balance("9001"), "2650.00");
}

#[test]
fn ports_close_and_the_config_names_the_new_ones() {
    let bench = Bench::new();
    let old = bench.sim.lime_url();
    let config = std::fs::read_to_string(bench.sim.config_path()).unwrap();
    let config: toml::Table = toml::from_str(&config).unwrap();
    assert_eq!(config["lime"]["url"].as_str(), Some(old.as_str()));
    assert_eq!(config["lime"]["account_types"].as_array().unwrap().len(), 3);
    let address = old.strip_prefix("http://").unwrap().to_owned();
    let mut open = std::net::TcpStream::connect(&address).unwrap();
    let Bench { sim, dir } = bench;
    sim.stop();
    assert_eq!(open.read(&mut [0]).unwrap_or(0), 0, "connections are cut");
    assert!(std::net::TcpStream::connect(&address).is_err());
    drop(dir);
}

#[test]
fn sample_cards_are_em_marine_bytes() {
    let bench = Bench::new();
    let cards = bench.sim.sample_cards();
    assert_eq!(cards.len(), 6);
    assert_eq!(cards[0].uid, "61366822");
    assert_eq!(cards[0].bytes, [0x00, 0x03, 0xA8, 0x62, 0x26]);
    assert!(!format!("{:?}", cards[0]).contains("61366822"));
}
