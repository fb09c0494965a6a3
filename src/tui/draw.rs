//! Draws the state; changes nothing.

mod about;
mod accounts;
mod attention;
mod bill;
mod buttons;
mod card;
mod chrome;
mod confirm;
mod day;
mod dialog;
mod frame;
mod guest;
mod guest_pin;
mod help;
mod legs;
mod lines;
mod login;
mod orders;
mod orphan;
mod pad;
mod parts;
mod payers;
mod payment;
mod payments;
mod readers;
mod refund;
mod shares;
mod small;
mod task;
mod tools;

use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::widgets::Clear;

use super::app::{App, Layer, fits};
use super::hits::Hits;
use frame::Frame;

/// Draws the whole screen, for looking at alone.
pub fn view(app: &App, frame: &mut ratatui::Frame) {
    let _ = picture(app, frame);
}

/// Draws the whole screen; answers what can be pressed in it.
pub fn picture(app: &App, frame: &mut ratatui::Frame) -> Hits {
    let mut drawn = Frame::new(frame, app.ctx(), app.is_for_fingers(frame.area()));
    screen(app, &mut drawn);
    let hits = drawn.into_hits();
    app.theme.ground(frame.buffer_mut());
    hits
}

fn screen(app: &App, frame: &mut Frame) {
    let area = frame.area();
    if !fits(area) {
        small::draw(app, frame, area);
        return;
    }
    let banner = attention::banner(app);
    let [head, alarm, body, notice, status, foot] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Length(u16::from(banner.is_some())),
        Constraint::Fill(1),
        Constraint::Length(1),
        Constraint::Length(1),
        Constraint::Length(buttons::height(frame)),
    ])
    .areas(area);
    chrome::head(app, frame, head);
    if let Some(asking) = app.gate() {
        // Nobody sees what the last one had before him.
        let body = above_pad(app, frame, body);
        login::gate(app, asking, frame, body);
    } else {
        base(app, frame, body);
        if let Some((top, beneath)) = app.layers.split_last() {
            for layer in beneath {
                over(app, layer, frame, body);
            }
            frame.cover();
            let body = above_pad(app, frame, body);
            over(app, top, frame, body);
        }
    }
    if let Some(words) = banner {
        attention::draw_banner(app, &words, frame, alarm);
    }
    chrome::notice(app, frame, notice);
    chrome::status(app, frame, status);
    chrome::foot(app, frame, foot);
}

fn base(app: &App, frame: &mut Frame, area: Rect) {
    if let Some(paying) = &app.paying {
        payment::draw(app, paying, frame, area);
    } else if let Some(bill) = &app.bill {
        bill::draw(app, bill, frame, area);
    } else {
        orders::draw(app, frame, area);
    }
}

/// Draws the number pad where the keys of the topmost layer are digits; what is left above it.
fn above_pad(app: &App, frame: &mut Frame, area: Rect) -> Rect {
    let Some([above, below]) = pad::split(frame, area) else {
        return area;
    };
    pad::draw(app, frame, below);
    above
}

fn over(app: &App, layer: &Layer, frame: &mut Frame, area: Rect) {
    match layer {
        Layer::Confirm(confirm) => confirm::draw(app, confirm, frame, area),
        Layer::CancelAsk => dialog::cancel_ask(app, frame, area),
        Layer::Number(ask) => dialog::number(app, ask, frame, area),
        Layer::Doubt(doubt) => dialog::doubt(app, doubt, frame, area),
        Layer::Readers { scroll } => {
            frame.render_widget(Clear, area);
            readers::draw(app, *scroll, frame, area);
        }
        Layer::Devices { selected } => {
            frame.render_widget(Clear, area);
            tools::devices(app, *selected, frame, area);
        }
        Layer::Watch { scroll } => {
            frame.render_widget(Clear, area);
            tools::watch(app, *scroll, frame, area);
        }
        Layer::Learn => {
            frame.render_widget(Clear, area);
            tools::learn(app, frame, area);
        }
        Layer::Demo { selected } => dialog::demo(app, *selected, frame, area),
        Layer::Card(page) => {
            frame.render_widget(Clear, area);
            card::draw(app, page, frame, area);
        }
        Layer::Payments { selected } => {
            frame.render_widget(Clear, area);
            payments::draw(app, *selected, frame, area);
        }
        Layer::Attention { selected } => {
            frame.render_widget(Clear, area);
            attention::draw(app, *selected, frame, area);
        }
        Layer::Task(task) => task::draw(app, task, frame, area),
        Layer::Manager(ask) => login::manager(app, ask, frame, area),
        Layer::GuestPin(ask) => guest_pin::draw(app, ask, frame, area),
        Layer::Help { scroll } => {
            frame.render_widget(Clear, area);
            help::draw(app, *scroll, frame, area);
        }
        Layer::About { scroll } => {
            frame.render_widget(Clear, area);
            about::draw(app, *scroll, frame, area);
        }
    }
}
