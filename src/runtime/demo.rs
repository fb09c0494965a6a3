//! The demo: both stand-ins, a virtual card reader, and the till screen, with nothing to set up.

use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{fs, process};

use serde_json::Value as Json;

use crate::http::{Call, CallMethod, Channel, ChannelSettings, TlsProfile};
use crate::i18n::Texts;
use crate::readers::transport::{LineSettings, VirtualReader};
use crate::readers::{CodecSettings, DeviceMatch, Family, ReaderConfig};
use crate::sim::{SampleCard, Sim, SimError, SimOptions};

use super::cards::ReaderSource;

/// Everything the demo brings along.
pub(super) struct Demo {
    sim: Sim,
    folder: Folder,
    cards: Vec<SampleCard>,
}

/// Removed with all that is in it when the demo ends.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        // A left-over folder in the system's temporary place does no harm.
        let _ = fs::remove_dir_all(&self.0);
    }
}

impl Demo {
    /// Starts the stand-ins on free loopback ports.
    pub(super) fn start() -> Result<Self, SimError> {
        let folder = std::env::temp_dir().join(format!("limekeeper-demo-{}", process::id()));
        let folder = Folder(folder);
        let sim = Sim::start(SimOptions {
            state_dir: folder.0.clone(),
            ..SimOptions::default()
        })?;
        let cards = sim.sample_cards();
        Ok(Self { sim, folder, cards })
    }

    /// The till's config that fits.
    pub(super) fn config(&self) -> &Path {
        self.sim.config_path()
    }

    /// Where the till keeps its journal.
    pub(super) fn state_dir(&self) -> PathBuf {
        self.folder.0.join("till")
    }

    /// Names of the sample cards.
    pub(super) fn labels(&self) -> Vec<String> {
        self.cards.iter().map(|card| card.label.clone()).collect()
    }

    /// The virtual reader as the screen's supervisor opens it.
    pub(super) fn reader_source(reader: &VirtualReader, name: &str) -> ReaderSource {
        let config = ReaderConfig {
            family: Family::Rdm6300,
            codec: CodecSettings::default(),
            device: DeviceMatch::Port(reader.path().to_owned()),
            line: LineSettings::default(),
            name: name.to_owned(),
        };
        ReaderSource {
            config,
            opener: Some(reader.opener()),
        }
    }

    /// What taps the sample card with that number: its bytes travel through the reader's port.
    pub(super) fn tap(&self, mut reader: VirtualReader) -> Box<dyn FnMut(usize) + Send> {
        let cards: Vec<Option<[u8; 5]>> = self
            .cards
            .iter()
            .map(|card| card.bytes.as_slice().try_into().ok())
            .collect();
        Box::new(move |index| {
            if let Some(Some(card)) = cards.get(index)
                && let Err(error) = reader.tap(*card)
            {
                tracing::warn!(%error, "the virtual reader does not take the card");
            }
        })
    }

    /// What Lime's two reports would show, asked of the stand-in: plain lines, no UIDs but those
    /// that Lime itself prints.
    pub(super) fn reports(&self, texts: Texts) -> Option<String> {
        let channel = Channel::new(&ChannelSettings {
            base: self.sim.control_url(),
            allow_plain_http: true,
            pins: vec![],
            proxy: None,
            connect_timeout: Duration::from_secs(2),
            tls: TlsProfile::Modern,
        })
        .ok()?;
        let sales = get(&channel, "/report/sales")?;
        let (installation, desk) = (shown(&sales["installation"]), shown(&sales["cash_desk"]));
        let mut lines = vec![texts.fill(
            "program.demo_sales",
            &[("installation", &installation), ("desk", &desk)],
        )];
        for sale in sales["sales"].as_array()? {
            lines.push(row("  ", sale, &["number", "card_number", "time"]));
            for line in sale["lines"].as_array()? {
                lines.push(row("    ", line, &["name", "base_price", "price", "count"]));
                let payments = line["payments"].as_array()?.iter();
                lines.extend(payments.map(|payment| format!("        {}", shown(payment))));
            }
        }
        for card in &self.cards {
            let history = get(&channel, &format!("/report/card/{}", card.uid))?;
            let rows = history["rows"].as_array()?;
            if !rows.is_empty() {
                let number = shown(&history["card_number"]);
                lines.push(texts.fill("program.demo_card", &[("number", &number)]));
            }
            lines.extend(rows.iter().map(|operation| {
                row(
                    "  ",
                    operation,
                    &["time", "account", "amount", "goods", "service_point"],
                )
            }));
        }
        lines.push(String::new());
        Some(lines.join("\n"))
    }
}

/// The named fields of an object in one line.
fn row(indent: &str, object: &Json, names: &[&str]) -> String {
    let fields: Vec<String> = names.iter().map(|name| shown(&object[*name])).collect();
    format!("{indent}{}", fields.join("  "))
}

fn get(channel: &Channel, path: &str) -> Option<Json> {
    let answer = channel
        .exchange(&Call {
            method: CallMethod::Get,
            path,
            query: &[],
            content_type: "",
            headers: &[],
            body: &[],
            deadline: Duration::from_secs(5),
        })
        .ok()?;
    serde_json::from_slice(&answer.body).ok()
}

fn shown(value: &Json) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}
