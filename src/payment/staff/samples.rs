//! Rows for tests.

use super::*;

/// One of each kind, in their order.
pub fn all() -> [StaffNote; 5] {
    let anna = || "Анна".to_owned();
    [
        StaffNote::LoggedIn { operator: anna() },
        StaffNote::Locked {
            operator: anna(),
            by_itself: true,
        },
        StaffNote::LoggedOut { operator: anna() },
        StaffNote::SaidYes {
            operator: Some(anna()),
            approver: "Борис".into(),
            right: "manager".into(),
        },
        StaffNote::Refused {
            operator: Some(anna()),
            why: StaffRefusal::WrongPin,
            left: Some(2),
        },
    ]
}
