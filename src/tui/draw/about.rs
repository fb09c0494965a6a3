//! Whom to call, and what they will ask: the program, its folders, the journal, the servers, the
//! readers.

use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Line;

use super::super::app::App;
use super::super::fit;
use super::super::theme::Theme;
use super::frame::Frame;
use super::parts::{framed, lines, range_note, span};

/// Columns of the names at the left.
const NAMES: usize = 18;
/// Most rows of one value.
const VALUE_ROWS_MAX: usize = 5;

pub(super) fn draw(app: &App, scroll: usize, frame: &mut Frame, area: Rect) {
    let width = usize::from(area.width).saturating_sub(4);
    let mut rows: Vec<Line<'static>> = vec![];
    for (name, value, style) in facts(app) {
        rows.extend(fact(app, &name, &value, style, width));
    }
    let height = usize::from(area.height).saturating_sub(2);
    let first = scroll.min(rows.len().saturating_sub(height));
    let note = range_note(rows.len(), height, first);
    let title = app.text("till.about.title");
    let inner = framed(app, frame, area, &title, &note, true);
    let shown = rows.into_iter().skip(first).take(height).collect();
    lines(frame, inner, shown);
}

/// Name, value and its style, whom to call first.
fn facts(app: &App) -> Vec<(String, String, Style)> {
    let word = |key: &str| app.text(&format!("till.about.{key}"));
    let about = &app.settings.about;
    let plain = Style::default();
    let or = |text: &str, key: &str| {
        if text.is_empty() {
            (word(key), app.theme.quiet())
        } else {
            (text.to_owned(), plain)
        }
    };
    let (support, quiet) = or(&app.settings.support, "no_support");
    let style = if app.settings.support.is_empty() {
        quiet
    } else {
        Theme::title()
    };
    let features = if about.features.is_empty() {
        word("no_features")
    } else {
        about.features.join(", ")
    };
    let build = match about.target.as_str() {
        "" => features,
        target => format!("{target} · {features}"),
    };
    let (config, config_style) = or(&about.config, "no_config");
    let (folder, folder_style) = or(&about.folder, "no_folder");
    let (journal, journal_style) = journal(app);
    let mut facts = vec![
        (word("support"), support, style),
        (String::new(), String::new(), plain),
        (word("version"), app.settings.version.to_owned(), plain),
        (word("build"), build, plain),
        (word("config"), config, config_style),
        (word("folder"), folder, folder_style),
        (word("journal"), journal, journal_style),
    ];
    facts.extend(servers(app));
    facts.extend(readers(app));
    facts
}

fn journal(app: &App) -> (String, Style) {
    let waiting = app.attention_rows().len();
    if !app.journal_trouble.is_empty() {
        (app.journal_trouble.clone(), app.theme.bad())
    } else if waiting > 0 {
        let waits = u64::try_from(waiting).unwrap_or(u64::MAX);
        let operations = app.texts.plural("count.operations", waits);
        let values: [(&str, &dyn std::fmt::Display); 1] = [("operations", &operations)];
        (
            app.texts.fill("till.about.journal_waits", &values),
            app.theme.warn(),
        )
    } else {
        (app.text("till.about.journal_ok"), Style::default())
    }
}

fn servers(app: &App) -> impl Iterator<Item = (String, String, Style)> + '_ {
    app.servers.iter().map(|server| {
        let (word, style) = match server.ok {
            Some(true) => ("till.status.server_ok", Style::default()),
            Some(false) => ("till.status.server_bad", app.theme.bad()),
            None => ("till.status.server_unheard", app.theme.quiet()),
        };
        let mut value = app.text(word);
        if let Some(version) = &server.version {
            let words = app
                .texts
                .fill("till.about.of_version", &[("version", version)]);
            value.push_str(" · ");
            value.push_str(&words);
        }
        (server.server.to_string(), value, style)
    })
}

fn readers(app: &App) -> Vec<(String, String, Style)> {
    let name = app.text("till.about.readers");
    if app.readers.is_empty() {
        let none = app.text("till.status.no_reader");
        return vec![(name, none, app.theme.quiet())];
    }
    let names = std::iter::once(name).chain(std::iter::repeat(String::new()));
    let one = |reader: &super::super::app::ReaderHealth| {
        let state = app.text(&format!("till.reader.{}", reader.state.word()));
        let style = match reader.state.is_well() {
            Some(true) => Style::default(),
            Some(false) => app.theme.bad(),
            None => app.theme.quiet(),
        };
        (format!("{} · {state}", reader.name), style)
    };
    names
        .zip(app.readers.iter().map(one))
        .map(|(name, (value, style))| (name, value, style))
        .collect()
}

/// The name once, the value beside it in as many rows as it needs.
fn fact(app: &App, name: &str, value: &str, style: Style, width: usize) -> Vec<Line<'static>> {
    let mut pieces = fit::fold(value, width.saturating_sub(NAMES), VALUE_ROWS_MAX);
    if pieces.is_empty() {
        pieces.push(String::new());
    }
    let names = std::iter::once(name).chain(std::iter::repeat(""));
    pieces
        .into_iter()
        .zip(names)
        .map(|(piece, name)| {
            Line::from(vec![
                span(fit::left(name, NAMES), app.theme.quiet()),
                span(piece, style),
            ])
        })
        .collect()
}
