//! The cashier's page: its key table comes from the program, the printed form from the page.

use std::error::Error;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use limekeeper::i18n::{Lang, Texts};
use limekeeper::tui::keys::{Action, Ctx, actions};

use super::html;
use super::scene::pictures;

/// A page and its language.
#[derive(Clone, Copy, Debug)]
pub struct Page {
    /// Where it is written by hand.
    pub markdown: &'static str,
    /// Where its printed form goes.
    pub html: &'static str,
    /// Where its pictures go: the list, the bill, the question, the result.
    pub pictures: [&'static str; 4],
    /// Its language.
    pub lang: Lang,
}

/// All pages.
pub const PAGES: [Page; 2] = [
    Page {
        markdown: "docs/cashier.ru.md",
        html: "docs/cashier.ru.html",
        pictures: [
            "docs/pictures/orders.svg",
            "assets/till.svg",
            "docs/pictures/confirm.svg",
            "docs/pictures/paid.svg",
        ],
        lang: Lang::Ru,
    },
    Page {
        markdown: "docs/cashier.en.md",
        html: "docs/cashier.en.html",
        pictures: [
            "docs/pictures/en/orders.svg",
            "docs/pictures/en/bill.svg",
            "docs/pictures/en/confirm.svg",
            "docs/pictures/en/paid.svg",
        ],
        lang: Lang::En,
    },
];

/// Where the keys go.
const KEYS: (&str, &str) = ("<!-- keys -->\n", "<!-- /keys -->");
/// Where an ordinary payment happens.
const PLACES: [Ctx; 3] = [Ctx::Orders, Ctx::Bill, Ctx::Result];

/// Of its pictures those that one sheet has room for: the list and the question are found without.
const PRINTED: [usize; 2] = [1, 3];

/// Every file of the page as it should be, by its path: pictures, the page itself, its printed form.
pub fn files(page: &Page, text: &str) -> Result<Vec<(&'static str, String)>, Box<dyn Error>> {
    let drawn = pictures(page.lang)?;
    let drawn = [drawn.orders, drawn.bill, drawn.confirm, drawn.paid];
    let pictures: Vec<(&str, String)> = page.pictures.into_iter().zip(drawn).collect();
    let text = with_keys(text, page.lang).ok_or("the page has no place for the keys")?;
    let inlined = |link: &str| {
        let name = link.rsplit('/').next().unwrap_or(link);
        let mut printed = PRINTED.iter().filter_map(|&at| pictures.get(at));
        let found = printed.find(|(path, _)| path.ends_with(name));
        found.map(|(_, svg)| format!("data:image/svg+xml;base64,{}", STANDARD.encode(svg)))
    };
    let printed = html::page(&text, page.lang.code(), inlined);
    let mut files = pictures;
    files.push((page.markdown, text));
    files.push((page.html, printed));
    Ok(files)
}

/// The page with today's keys; `None` where it has no place for them.
fn with_keys(text: &str, lang: Lang) -> Option<String> {
    let (before, rest) = text.split_once(KEYS.0)?;
    let (_, after) = rest.split_once(KEYS.1)?;
    let keys = keys(Texts::of(lang));
    Some(format!("{before}{}{keys}{}{after}", KEYS.0, KEYS.1))
}

/// Whether a page that is read from half a metre has room for it; F1 on the screen has them all. The
/// sample cards are the demo's, the number only some sites', the readers the technician's.
const fn is_told(action: Action) -> bool {
    !matches!(
        action,
        Action::Demo
            | Action::Number
            | Action::Readers
            | Action::Up
            | Action::Down
            | Action::PageUp
            | Action::PageDown
            | Action::First
            | Action::Last
            | Action::Erase
            | Action::Close
    )
}

/// A row for each action, as the help of the program names it.
fn keys(texts: Texts) -> String {
    let mut seen: Vec<&str> = Vec::new();
    let mut rows = String::new();
    for (action, keys) in PLACES.into_iter().flat_map(actions) {
        if seen.contains(&action.word()) || !is_told(action) {
            continue;
        }
        seen.push(action.word());
        let labels: Vec<String> = keys
            .iter()
            .map(|key| match key.label() {
                Ok(label) => label,
                Err(class) => texts.get(&format!("till.keys.{class}")).to_owned(),
            })
            .collect();
        let does = texts.get(&format!("till.does.{}", action.word()));
        rows.extend(["| ", &labels.join(" "), " | ", does, " |\n"]);
    }
    let head = match texts.lang() {
        Lang::Ru => "| клавиша | что делает |",
        Lang::En => "| key | does |",
    };
    format!("{head}\n|---|---|\n{rows}")
}
