//! From a scenario file to a world: references resolved, contradictions refused.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::DateTime;
use uuid::Uuid;

use super::gateway::ledger::Gateway;
use super::gateway::report::PAGE_MAX;
use super::licence::Subscription;
use super::lime::tokens::Login;
use super::rkeeper::profile::Profile;
use super::scenario::{
    AccountTypeFile, CallFile, ClientFile, DiscountFile, EmployeeFile, GroupFile, LimeFile,
    LineFile, OrderFile, PrepaidFile, RefFile, RightFile, RkeeperFile, Scenario, SubscriptionFile,
    VoidReasonFile,
};
use super::world::{
    Abilities, AccountType, Card, Client, Component, Discount, DiscountSize, Dish, Extras, Hurdles,
    Lock, Manager, MenuGroup, MenuItem, Modifier, Order, Payment, Receipt, RefItem, Resort, Right,
    Shift, Site, Till, User, VoidReason, World,
};
use crate::domain::{Money, Quantity};

/// Longest hold of the server of holds: a week.
const HOLD_SECONDS_MAX: i64 = 604_800;
/// Ids that r_keeper gives start here, far from every code: a client that mixes up the two fails.
const STATION_IDS: i64 = 15_000;
const EMPLOYEE_IDS: i64 = 1_000_000;
const CURRENCY_IDS: i64 = 2_000_000;
const TABLE_IDS: i64 = 3_000_000;
const VOID_REASON_IDS: i64 = 4_000_000;
const PREPAY_REASON_IDS: i64 = 5_000_000;
const GROUP_IDS: i64 = 6_000_000;

/// The world a scenario describes; the error names the contradiction.
pub(super) fn world(scenario: Scenario, now: DateTime) -> Result<World, String> {
    let groups = groups(&scenario.rkeeper.groups)?;
    let menu = scenario
        .menu
        .into_iter()
        .map(|item| {
            Ok(MenuItem {
                group: group_id(&groups, item.group.as_deref())?,
                code: item.code,
                name: item.name,
                price: item.price.0,
            })
        })
        .collect::<Result<Vec<MenuItem>, String>>()?;
    unique("menu code", menu.iter().map(|item| item.code))?;
    let site = Site {
        installation_id: scenario.site.installation_id,
        installation: scenario.site.installation,
        cash_desk_id: scenario.site.cash_desk_id,
        cash_desk: scenario.site.cash_desk,
        service_point: scenario.site.service_point,
    };
    let mut till = till(scenario.rkeeper, scenario.orders, &menu, now)?;
    till.groups = groups;
    let gateway = Gateway {
        in_use: scenario.lime.holds,
        mode: scenario.lime.hold_mode,
        ttl_max_s: HOLD_SECONDS_MAX,
        page_rows: page_rows(scenario.lime.page_rows)?,
        operations: Vec::new(),
    };
    let resort = resort(scenario.lime, scenario.clients, menu, now)?;
    Ok(World {
        site,
        till,
        resort,
        gateway,
        requests: std::collections::BTreeMap::new(),
        violations: Vec::new(),
        faults: Vec::new(),
        think_ms: 0,
    })
}

fn page_rows(given: Option<usize>) -> Result<usize, String> {
    let rows = given.unwrap_or(PAGE_MAX);
    if (1..=PAGE_MAX).contains(&rows) {
        Ok(rows)
    } else {
        Err(format!("page_rows must be 1 to {PAGE_MAX}"))
    }
}

fn till(
    file: RkeeperFile,
    orders: Vec<OrderFile>,
    menu: &[MenuItem],
    now: DateTime,
) -> Result<Till, String> {
    let abilities = Abilities {
        prepay_reason_required: file.prepay_reason_required,
        terminal_auth: file.terminal_auth,
        receipt_list: file.receipt_list,
        undo_receipt: file.undo_receipt,
        write_licence: file.write_licence,
    };
    let managers = file.employees.iter().filter_map(manager).collect();
    let mut till = Till {
        user: file.user,
        password: file.password,
        server_name: file.server_name,
        restaurant: file.restaurant,
        restaurant_code: file.restaurant_code,
        started_at: now,
        stations: references(STATION_IDS, file.stations)?,
        employees: employees(file.employees)?,
        managers,
        void_reasons: void_reasons(file.void_reasons)?,
        prepay_reasons: references(PREPAY_REASON_IDS, file.prepay_reasons)?,
        abilities,
        subscription: file.subscription.map(subscription),
        profile: Profile {
            version: file.version,
            habits: file.habits.into_iter().collect(),
            print_ms: file.print_ms,
        },
        tails_met: Vec::new(),
        currencies: references(CURRENCY_IDS, file.currencies)?,
        groups: Vec::new(),
        orders: Vec::new(),
        list_version: 1,
        receipts_version: 1,
        next_check_num: file.first_check_num,
    };
    unique("visit", orders.iter().map(|order| order.visit))?;
    unique("order guid", orders.iter().map(|order| order.guid.clone()))?;
    for (index, file_order) in (1_i64..).zip(orders) {
        let names = (file.trade_group.clone(), file.price_list.clone());
        let order = order(index, file_order, names, &till, menu)?;
        till.orders.push(order);
    }
    Ok(till)
}

fn subscription(file: SubscriptionFile) -> Subscription {
    Subscription {
        product: file.product,
        token: file.token,
        expires: file.expires,
        user: file.user,
        password: file.password,
        integration_token: file.integration_token,
        errors_count: file.errors_count,
        remembers: file.remembers,
        names_next: file.names_next,
        instances: BTreeMap::new(),
        executed: Vec::new(),
    }
}

fn groups(files: &[GroupFile]) -> Result<Vec<MenuGroup>, String> {
    unique("group code", files.iter().map(|file| &file.code))?;
    let mut groups: Vec<MenuGroup> = Vec::new();
    for (id, file) in (GROUP_IDS + 1..).zip(files) {
        groups.push(MenuGroup {
            item: ref_item(id, &file.code, &file.name),
            parent: group_id(&groups, file.parent.as_deref())?,
        });
    }
    Ok(groups)
}

fn group_id(groups: &[MenuGroup], code: Option<&str>) -> Result<i64, String> {
    let Some(code) = code else {
        return Ok(0);
    };
    let found = groups.iter().find(|group| group.item.code == code);
    found
        .map(|group| group.item.id)
        .ok_or_else(|| format!("no menu group {code}"))
}

fn references(first_id: i64, files: Vec<RefFile>) -> Result<Vec<RefItem>, String> {
    unique("code", files.iter().map(|file| file.code.clone()))?;
    let items = (first_id + 1..).zip(files);
    Ok(items
        .map(|(id, file)| RefItem {
            active: file.active,
            ..ref_item(id, &file.code, &file.name)
        })
        .collect())
}

fn employees(files: Vec<EmployeeFile>) -> Result<Vec<RefItem>, String> {
    let files = files.into_iter().map(|file| RefFile {
        code: file.code,
        name: file.name,
        active: true,
    });
    references(EMPLOYEE_IDS, files.collect())
}

fn manager(file: &EmployeeFile) -> Option<Manager> {
    let password = file.manager_password.clone()?;
    Some(Manager {
        code: file.code.clone(),
        password,
    })
}

fn void_reasons(files: Vec<VoidReasonFile>) -> Result<Vec<VoidReason>, String> {
    unique("code", files.iter().map(|file| file.code.clone()))?;
    let items = (VOID_REASON_IDS + 1..).zip(files);
    Ok(items
        .map(|(id, file)| VoidReason {
            item: ref_item(id, &file.code, &file.name),
            on_check_undo: file.on_check_undo,
        })
        .collect())
}

/// A reference with a GUID made from its id.
pub(super) fn ref_item(id: i64, code: &str, name: &str) -> RefItem {
    RefItem {
        id,
        code: code.to_owned(),
        guid: braced(Uuid::from_u64_pair(
            0x1111_2222_3333_4444,
            0x8000_0000_0000_0000 | id.unsigned_abs(),
        )),
        name: name.to_owned(),
        active: true,
    }
}

/// r_keeper's way to write a GUID.
pub(super) fn braced(guid: Uuid) -> String {
    guid.braced()
        .encode_upper(&mut Uuid::encode_buffer())
        .to_owned()
}

fn by_code<'a>(what: &str, items: &'a [RefItem], code: &str) -> Result<&'a RefItem, String> {
    items
        .iter()
        .find(|item| item.code == code)
        .ok_or_else(|| format!("{what} {code} is not listed"))
}

fn order(
    index: i64,
    file: OrderFile,
    (trade_group, price_list): (String, String),
    till: &Till,
    menu: &[MenuItem],
) -> Result<Order, String> {
    let guid = Uuid::try_parse(&file.guid).map_err(|_| format!("{} is no GUID", file.guid))?;
    if braced(guid) != file.guid {
        return Err(format!("{} is not written as {}", file.guid, braced(guid)));
    }
    let lock = match &file.lock {
        None => None,
        Some(lock) => Some(Lock {
            guid: None,
            station: by_code("station", &till.stations, &lock.station)?.clone(),
            operator: by_code("employee", &till.employees, &lock.operator)?.clone(),
            until: None,
        }),
    };
    let mut order = Order {
        guid: file.guid,
        visit: file.visit,
        name: file.name,
        version: 3,
        table: ref_item(TABLE_IDS + index, &file.table, &file.table),
        hall: file.hall,
        trade_group,
        price_list,
        waiter: by_code("employee", &till.employees, &file.waiter)?.clone(),
        station: by_code("station", &till.stations, &file.station)?.clone(),
        opened_at: file.opened_at,
        closed_at: None,
        guests: file.guests,
        dishes: Vec::new(),
        discounts: Vec::new(),
        prepayments: Vec::new(),
        receipt: None,
        failed: None,
        annulled: Vec::new(),
        lock,
        hurdles: Hurdles {
            intended: file.intended,
            bills: file.bills,
            off: file.off.map_or(Money::ZERO, |off| off.0),
            ..Hurdles::default()
        },
        dropped: false,
        last_uni: 1,
    };
    for line in file.lines {
        let dish = dish(&mut order, line, menu)?;
        order.dishes.push(dish);
    }
    for discount_file in file.discounts {
        let discount = discount(order.next_uni(), discount_file)?;
        order.discounts.push(discount);
    }
    for prepaid in file.prepaid {
        let currency = by_code("currency", &till.currencies, &prepaid.currency)?;
        order.add_prepayment(Payment::of(currency.clone(), prepaid.amount.0));
    }
    order.hurdles.promised = unpaid_payments(&mut order, till, &file.promised)?;
    let failed = unpaid_payments(&mut order, till, &file.failed_receipt)?;
    if !failed.is_empty() {
        let uni = order.next_uni();
        order.failed = Some(Receipt {
            uni,
            line_guid: order.line_guid(uni),
            check_num: till.next_check_num,
            total: order.sums().ok_or("sums too large")?.total,
            printed_at: order.opened_at,
            station: order.station.clone(),
            cashier: order.waiter.clone(),
            payments: failed,
            intended: false,
        });
    }
    order.sums().ok_or("sums too large")?;
    Ok(order)
}

/// Payments that are no money yet.
fn unpaid_payments(
    order: &mut Order,
    till: &Till,
    files: &[PrepaidFile],
) -> Result<Vec<Payment>, String> {
    let mut payments = Vec::new();
    for file in files {
        let currency = by_code("currency", &till.currencies, &file.currency)?;
        let mut payment = Payment::of(currency.clone(), file.amount.0);
        payment.uni = order.next_uni();
        payment.line_guid = order.line_guid(payment.uni);
        payments.push(payment);
    }
    Ok(payments)
}

fn dish(order: &mut Order, file: LineFile, menu: &[MenuItem]) -> Result<Dish, String> {
    let item = menu
        .iter()
        .find(|item| item.code == file.code)
        .ok_or_else(|| format!("dish {} is not on the menu", file.code))?;
    let uni = order.next_uni();
    let mut own = Vec::new();
    for file in file.discounts {
        own.push(discount(order.next_uni(), file)?);
    }
    let quantity = file.quantity.map_or(Quantity::ONE, |quantity| quantity.0);
    Ok(Dish {
        uni,
        code: item.code,
        name: item.name.clone(),
        price: file.price.map_or(item.price, |price| price.0),
        quantity: if file.back {
            Quantity::from_thousandths(quantity.thousandths().saturating_neg())
        } else {
            quantity
        },
        extras: Extras {
            seat: file.seat,
            voided: file.voided.map(|voided| voided.0).unwrap_or_default(),
            removed: file.removed,
            nameless: file.nameless,
            discounts: own,
            components: file
                .components
                .into_iter()
                .map(|own| Component {
                    code: own.code,
                    name: own.name,
                    quantity: own.quantity.0,
                })
                .collect(),
        },
        modifiers: file
            .modifiers
            .into_iter()
            .map(|modifier| Modifier {
                code: modifier.code,
                name: modifier.name,
                count: modifier.count,
                price: modifier.price.0,
            })
            .collect(),
    })
}

fn discount(uni: i64, file: DiscountFile) -> Result<Discount, String> {
    let size = match (file.percent, file.sum) {
        (Some(percent), None) => DiscountSize::Percent(percent),
        (None, Some(sum)) => DiscountSize::Sum(sum.0),
        _ => return Err(format!("discount {} needs percent or sum", file.code)),
    };
    Ok(Discount {
        uni,
        code: file.code,
        name: file.name,
        size,
    })
}

fn resort(
    file: LimeFile,
    clients: Vec<ClientFile>,
    menu: Vec<MenuItem>,
    now: DateTime,
) -> Result<Resort, String> {
    let account_types: Vec<AccountType> =
        file.account_types.into_iter().map(account_type).collect();
    unique("account type", account_types.iter().map(|own| own.id))?;
    let codes = menu.iter().map(|item| item.code);
    unique(
        "good type",
        account_types.iter().map(|own| own.id).chain(codes),
    )?;
    let mut resort = Resort {
        auth_value: file.auth_value,
        login: file.login.map(|own| Login {
            user: own.user,
            password: own.password,
            client_id: own.client_id,
            life_s: own.life_s,
            tokens: own.tokens,
            given: Vec::new(),
            wrong: 0,
        }),
        users: file
            .users
            .into_iter()
            .map(|user| User {
                id: user.id,
                name: user.name,
            })
            .collect(),
        shift: Shift {
            number: 1,
            opened_at: now,
            open: file.shift_open,
        },
        next_check_id: file.next_check_id,
        repeated_check: file.repeated_check,
        list_checks: file.list_checks,
        card_by_number: file.card_by_number == CallFile::Known,
        check_pin: file.check_pin == CallFile::Known,
        ignores_pages: file.ignores_pages,
        account_types,
        menu,
        clients: Vec::new(),
        cards: Vec::new(),
        rights: Vec::new(),
        checks: Vec::new(),
        ledger: Vec::new(),
    };
    for client in clients {
        add_client(&mut resort, client)?;
    }
    unique("client", resort.clients.iter().map(|client| client.id))?;
    unique("card", resort.cards.iter().map(|card| card.id))?;
    unique("card uid", resort.cards.iter().map(|card| card.uid.clone()))?;
    unique("right", resort.rights.iter().map(|right| right.id))?;
    Ok(resort)
}

fn account_type(file: AccountTypeFile) -> AccountType {
    AccountType {
        id: file.id,
        name: file.name,
        ticket: file.ticket,
        processing_id: file.processing_id,
        credit_limit: file.credit_limit.map_or(Money::ZERO, |limit| limit.0),
    }
}

fn add_client(resort: &mut Resort, file: ClientFile) -> Result<(), String> {
    for card in file.cards {
        if card.uid.parse::<u32>().is_err() || card.uid.starts_with(['0', '+']) {
            return Err(format!("card {} needs a decimal uid of 32 bits", card.id));
        }
        resort.cards.push(Card {
            id: card.id,
            uid: card.uid,
            number: card.number,
            client_id: file.id,
            blocked: card.blocked,
            lost: card.lost,
            valid_to: card.valid_to,
            label: card.label,
        });
    }
    for right in file.rights {
        let own = resort
            .account_type(right.type_id)
            .ok_or_else(|| format!("right {} has an unknown type", right.id))?;
        let amount = right_amount(&right, own.ticket)?;
        resort.rights.push(Right {
            id: right.id,
            client_id: file.id,
            type_id: right.type_id,
            amount,
            valid_from: right.valid_from,
            valid_to: right.valid_to,
        });
    }
    resort.clients.push(Client {
        id: file.id,
        name: file.name,
        pin: file.pin,
        wrong_pins: 0,
    });
    Ok(())
}

fn right_amount(right: &RightFile, ticket: bool) -> Result<i64, String> {
    match (ticket, right.amount, right.count) {
        (false, Some(amount), None) => Ok(amount.0.kopecks()),
        (true, None, Some(count)) => Ok(count),
        _ => Err(format!(
            "right {} needs an amount, a ticket a count",
            right.id
        )),
    }
}

fn unique<T: Ord>(what: &str, items: impl Iterator<Item = T>) -> Result<(), String> {
    let mut seen = BTreeSet::new();
    for item in items {
        if !seen.insert(item) {
            return Err(format!("the same {what} twice"));
        }
    }
    Ok(())
}
