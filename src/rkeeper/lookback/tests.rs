//! Lists as r_keeper writes them, in both shapes.

use jiff::civil::date;

use super::*;
use crate::rkeeper::answer::parse_answer;
use crate::rkeeper::testing::as_command_result;

fn since() -> DateTime {
    date(2024, 3, 5).at(12, 0, 0, 0)
}

fn read(rows: &str) -> Result<Vec<SeenReceipt>, AnswerError> {
    let text = format!(
        "<RK7QueryResult Status='Ok' CMD='GetReceiptList' ErrorText='' lastversion='3'>\
         <ReceiptsList count='1' lastversion='3'>{rows}</ReceiptsList></RK7QueryResult>"
    );
    let flat = receipts(&parse_answer(text.as_bytes()).unwrap(), since(), "1");
    let other = as_command_result(&text);
    let other = receipts(&parse_answer(other.as_bytes()).unwrap(), since(), "1");
    assert_eq!(flat, other);
    flat
}

fn row(num: u32, state: u32, printed: &str, deleted: &str, station: &str) -> String {
    format!(
        "<Receipt line_guid='{{A}}' checknum='{num}' sum='100' state='{state}' \
         printtime='{printed}' deletetime='{deleted}'><Order visit='1' orderIdent='256' \
         guid='{{G{num}}}'/>{station}</Receipt>"
    )
}

#[test]
fn receipts_of_the_time_newest_first() {
    let (ours, other) = ("<CloseStation code='1'/>", "<CloseStation code='2'/>");
    let rows = [
        row(1, 6, "2024-03-05T11:59:59", "", ours),
        row(2, 6, "2024-03-05T12:00:00", "", ours),
        // A pre-bill.
        row(3, 4, "2024-03-05T13:00:00", "", ours),
        row(4, 6, "2024-03-05T14:00:00", "", other),
        // Printed before, taken back in the time.
        row(5, 7, "2024-03-05T10:00:00", "2024-03-05T13:00:00", ""),
        // Whose time cannot be read.
        row(6, 6, "", "", "<CloseStation id='7'/>"),
    ];
    let found: Vec<_> = read(&rows.concat())
        .unwrap()
        .into_iter()
        .map(|own| {
            let num = own.check_num.unwrap();
            assert_eq!(own.order.0, format!("{{G{num}}}"));
            (num, own.annulled, own.at_our_station)
        })
        .collect();
    let expected = [
        ("6", false, true),
        ("4", false, false),
        ("5", true, true),
        ("2", false, true),
    ];
    assert_eq!(
        found,
        expected.map(|(num, back, own)| (num.to_owned(), back, own))
    );
    assert_eq!(read(""), Ok(vec![]));
}

#[test]
fn what_is_no_list_is_said() {
    for rows in [
        "<Receipt state='6' checknum='1'/>",
        "<Receipt state='6' checknum='1'><Order/></Receipt>",
    ] {
        assert!(read(rows).is_err(), "{rows}");
    }
    let text = "<RK7QueryResult Status='Ok' CMD='GetReceiptList' ErrorText=''/>";
    let answer = parse_answer(text.as_bytes()).unwrap();
    assert!(receipts(&answer, since(), "1").is_err());
}
