//! From the config to everything that works by it.

use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use jiff::tz::TimeZone;
use secrecy::SecretString;

use crate::config::Loaded;
use crate::config::settings::{self, Config, LimeKind};
use crate::config::value::parse_bytes;
use crate::domain::{DishRule, SpendRules};
use crate::http::{ChannelError, ChannelSettings, TlsProfile};
use crate::i18n::Texts;
use crate::lime::holds::{self, Holds};
use crate::lime::{self, Lime};
use crate::payment::driver::Patience;
use crate::payment::ports::{Clock as _, Wallet};
use crate::readers::codec::settings::{DigitRadix, Framing, Track, TrackSettings};
use crate::readers::transport::LineSettings;
use crate::readers::{CodecSettings, DeviceMatch, Family, ReaderConfig, Technology, WedgeSettings};
use crate::rkeeper::{self, CommandForm, Rkeeper};

use super::clock::SystemClock;
use super::licence::{self, SealedToken};
use super::logins::SealedRefusals;
use super::payments::Means;

/// Why the config's servers or readers cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// r_keeper's part.
    #[error("[rkeeper] {0}")]
    Rkeeper(ChannelError),
    /// Lime's part.
    #[error("[lime] {0}")]
    Lime(ChannelError),
    /// A reader's family is not known.
    #[error("[[readers]] `{name}`: {why}")]
    Reader {
        /// Its name in the config.
        name: String,
        /// What is wrong.
        why: String,
    },
}

/// The client of r_keeper. `keeps`: it may keep the licence's token in the state folder.
pub fn rkeeper(loaded: &Loaded, keeps: bool) -> Result<Rkeeper, ConnectError> {
    let own = &loaded.config.rkeeper;
    let folder = loaded.state_dir().ok();
    let store = SealedToken {
        writes: keeps && folder.is_some(),
        folder: folder.unwrap_or_default(),
    };
    let connect_timeout = Duration::from_secs(own.connect_timeout_s);
    let code = |code: &str| (!code.is_empty()).then(|| code.to_owned());
    Rkeeper::new(rkeeper::Settings {
        channel: rkeeper_channel(own),
        path: own.path.clone(),
        user: own.user.clone(),
        password: secret(&own.password),
        station_code: own.station_code.clone(),
        cashier_code: own.cashier_code.clone(),
        part_payments: own.part_payments,
        prepay_reason: code(&own.prepay_reason),
        currencies: rkeeper::Currencies {
            money: code(&own.currencies.money),
            bonus: code(&own.currencies.bonus),
            credit: code(&own.currencies.credit),
        },
        read_menu: loaded
            .config
            .lime
            .account_types
            .iter()
            .any(settings::AccountType::asks_for_categories),
        lock_for: Duration::from_secs(own.lock_s),
        two_step_part_payments: own.two_step_part_payments,
        intent_receipts: own.intent_receipts == settings::IntentReceipts::Yes,
        intent_void_reason: code(&own.intent_void_reason),
        take_back: rkeeper::TakeBack {
            undo_receipt: own.undo_receipt,
            remove_prepayments: own.remove_prepayments,
            manager_code: code(&own.manager_code),
            manager_password: secret(&own.manager_password),
            undo_reason: code(&own.undo_reason),
        },
        lock_with_station: own.lock_with_station,
        pay_without_lock: own.pay_without_lock,
        // The config's own rules let no other word through.
        command_form: CommandForm::named(&own.command_form).unwrap_or_default(),
        licence: licence::kind(&own.licence, connect_timeout, store),
        read_timeout: Duration::from_secs(own.read_timeout_s),
        pay_timeout: Duration::from_secs(own.pay_timeout_s),
    })
    .map_err(ConnectError::Rkeeper)
}

/// The way to r_keeper.
pub(super) fn rkeeper_channel(own: &settings::Rkeeper) -> ChannelSettings {
    ChannelSettings {
        base: own.url.clone(),
        allow_plain_http: own.allow_plain_http,
        pins: own.pins.iter().map(|pin| pin.0).collect(),
        proxy: (!own.proxy.is_empty()).then(|| own.proxy.clone()),
        connect_timeout: Duration::from_secs(own.connect_timeout_s),
        tls: match own.tls {
            settings::Tls::Modern => TlsProfile::Modern,
            settings::Tls::OpensslTls12 => TlsProfile::OpensslTls12,
            settings::Tls::OpensslTls10 => TlsProfile::OpensslTls10,
        },
    }
}

/// The wallet of the config's kind.
fn wallet(loaded: &Loaded, clock: &Arc<SystemClock>) -> Result<Arc<dyn Wallet>, ConnectError> {
    Ok(match loaded.config.lime.kind {
        LimeKind::Rpc => Arc::new(lime(loaded, clock, true)?),
        LimeKind::Holds => Arc::new(holds(&loaded.config)?),
    })
}

/// The client of a server of holds.
pub fn holds(config: &Config) -> Result<Holds, ConnectError> {
    let own = &config.lime;
    Holds::new(holds::Settings {
        channel: lime_channel(own),
        path: own.holds.path.clone(),
        auth_header: own.auth_header.clone(),
        auth_value: secret(&own.auth_value),
        capture: own.holds.capture,
        ttl: Duration::from_secs(own.holds.ttl_s),
        station: config.rkeeper.station_code.clone(),
        operator: own.operator.clone(),
        account_types: own.account_types.iter().map(account_type).collect(),
        show_holder: own.show_holder,
        keyed_cards: own.keyed_cards,
        uid: own.uid.notation(),
        time_zone: site_zone(own).unwrap_or_else(TimeZone::system),
        read_timeout: Duration::from_secs(own.read_timeout_s),
        write_timeout: Duration::from_secs(own.write_timeout_s),
    })
    .map_err(ConnectError::Lime)
}

/// The client of Lime's own calls. `keeps`: it may note in the state folder that its login was refused.
pub fn lime(loaded: &Loaded, clock: &Arc<SystemClock>, keeps: bool) -> Result<Lime, ConnectError> {
    let own = &loaded.config.lime;
    let assumed = &own.assumed;
    let clock = Arc::clone(clock);
    let settings = lime::Settings {
        channel: lime_channel(own),
        path: own.path.clone(),
        auth: lime_auth(own, || SealedRefusals::of(loaded, keeps)),
        installation_id: own.installation_id,
        cashdesk_id: own.cashdesk_id,
        user_id: own.user_id,
        shift: match own.shift {
            settings::ShiftWord::Required => lime::ShiftRule::Required,
            settings::ShiftWord::Open => lime::ShiftRule::Opened,
            settings::ShiftWord::Unchecked => lime::ShiftRule::Unchecked,
        },
        account_types: own.account_types.iter().map(account_type).collect(),
        uid: own.uid.notation(),
        transaction_reference: assumed.transaction_reference.clone(),
        sale_check_type: assumed.sale_check_type,
        return_check_type: assumed.return_check_type,
        return_check_field: assumed.return_check_field.clone(),
        read_check: assumed.read_check.clone(),
        list_checks: assumed.list_checks.clone(),
        card_by_number: assumed.card_by_number.clone(),
        check_pin: assumed.check_pin.clone(),
        repeat_same_check: assumed.repeat_same_check,
        service_good_type_id: (own.service_good_type_id != 0).then_some(own.service_good_type_id),
        blocked_field: assumed.blocked_field.clone(),
        lost_field: assumed.lost_field.clone(),
        valid_to_field: assumed.valid_to_field.clone(),
        held_field: assumed.held_field.clone(),
        refusals: assumed
            .refusals
            .iter()
            .map(|(code, why)| (code.clone(), *why))
            .collect(),
        show_holder: own.show_holder,
        keyed_cards: own.keyed_cards,
        read_timeout: Duration::from_secs(own.read_timeout_s),
        write_timeout: Duration::from_secs(own.write_timeout_s),
    };
    Lime::new(settings, Box::new(move || clock.local())).map_err(ConnectError::Lime)
}

/// The login where somebody logs in, else the key.
fn lime_auth(own: &settings::Lime, refusals: impl Fn() -> SealedRefusals) -> lime::Auth {
    if own.login.is_used() {
        lime::Auth::Login(lime::Login {
            path: own.login.path.clone(),
            client_id: own.login.client_id.clone(),
            scope: own.login.scope.clone(),
            user: own.login.user.clone(),
            password: secret(&own.login.password),
            refusals: Arc::new(refusals()),
        })
    } else {
        lime::Auth::Header {
            name: own.auth_header.clone(),
            value: secret(&own.auth_value),
        }
    }
}

/// The zone of the site: Lime writes in it until when accounts are valid, and its midnight parts the
/// days of reports. `None`: this computer's. The config's own checks have seen that there is such a
/// zone.
pub fn site_zone(own: &settings::Lime) -> Option<TimeZone> {
    if own.time_zone.is_empty() {
        return None;
    }
    TimeZone::get(&own.time_zone)
        .inspect_err(|error| tracing::warn!(%error, "lime.time_zone"))
        .ok()
}

/// The clock of the site.
pub(super) fn clock(config: &Config) -> Arc<SystemClock> {
    Arc::new(SystemClock::in_zone(site_zone(&config.lime)))
}

/// The way to Lime.
pub(super) fn lime_channel(own: &settings::Lime) -> ChannelSettings {
    ChannelSettings {
        base: own.url.clone(),
        allow_plain_http: own.allow_plain_http,
        pins: own.pins.iter().map(|pin| pin.0).collect(),
        proxy: (!own.proxy.is_empty()).then(|| own.proxy.clone()),
        connect_timeout: Duration::from_secs(own.connect_timeout_s),
        tls: TlsProfile::Modern,
    }
}

/// Both servers, the clock, and how patient a payment is.
pub fn means(loaded: &Loaded) -> Result<Means, ConnectError> {
    let config = &loaded.config;
    let clock = clock(config);
    let own = &config.payment;
    let pos = Arc::new(rkeeper(loaded, true)?);
    let licensed = Arc::clone(&pos);
    Ok(Means {
        wallet: wallet(loaded, &clock)?,
        pos,
        licence: Arc::new(move || licensed.licence()),
        clock,
        patience: Patience {
            front: Duration::from_secs(own.front_s),
            pauses: own
                .retry_s
                .iter()
                .copied()
                .map(Duration::from_secs)
                .collect(),
            locked: Duration::from_secs(config.rkeeper.locked_retry_s),
            tries: own.tries,
            manager_after: Duration::from_secs(own.manager_after_s),
            sum_max: own.sum_max,
        },
        sweeps: own
            .sweep_s
            .iter()
            .copied()
            .map(Duration::from_secs)
            .collect(),
        look_back: (own.lookback_h > 0).then(|| Duration::from_hours(own.lookback_h)),
        low_disk_mib: config.journal.low_disk_mb,
        clock_limit: SignedDuration::from_secs(config.lime.clock_limit_s),
        counts_spent: config
            .lime
            .account_types
            .iter()
            .any(|own| own.per_day_max.is_some() || own.bill_share_percent < 100),
        texts: Texts::of(config.lang),
    })
}

/// Readers with a device of their own.
pub fn readers(config: &Config) -> Result<Vec<ReaderConfig>, ConnectError> {
    config.readers.iter().map(reader).collect()
}

/// One reader of the config, as its thread is told.
pub fn reader(own: &settings::Reader) -> Result<ReaderConfig, ConnectError> {
    let wrong = |why: String| ConnectError::Reader {
        name: own.name.clone(),
        why,
    };
    let family: Family = own.family.parse().map_err(|why| wrong(format!("{why}")))?;
    Ok(ReaderConfig {
        family,
        codec: codec(own),
        device: device(own).map_err(wrong)?,
        line: LineSettings {
            baud: own.baud,
            dtr: own.dtr,
        },
        name: own.name.clone(),
    })
}

/// The device, which the config's own checks have seen to be named once.
fn device(own: &settings::Reader) -> Result<DeviceMatch, String> {
    match (&own.port, &own.usb) {
        (Some(port), _) => Ok(DeviceMatch::Port(port.clone())),
        (None, Some(usb)) => Ok(DeviceMatch::Usb {
            id: usb.parse().map_err(|why| format!("{why}"))?,
            serial: own.serial.clone(),
            path: own.usb_path.clone(),
        }),
        (None, None) => Err("port or usb?".to_owned()),
    }
}

fn codec(own: &settings::Reader) -> CodecSettings {
    CodecSettings {
        technology: own.technology.as_deref().and_then(Technology::from_name),
        reversed: own.reversed,
        digits: own.digits,
        bits: own.bits,
        radix: own.radix.as_deref().map(|radix| match radix {
            "decimal" => DigitRadix::Decimal,
            _ => DigitRadix::Hex,
        }),
        framing: framing(own),
        inverted: own.inverted,
        track: TrackSettings {
            number: match own.track {
                Some(1) => Track::One,
                Some(3) => Track::Three,
                Some(_) | None => Track::Two,
            },
            field: own.track_field.unwrap_or_default(),
            lrc: own.track_lrc,
        },
        same_card: own.same_card_ms.map(Duration::from_millis),
    }
}

fn framing(own: &settings::Reader) -> Framing {
    let bytes = |text: &Option<String>| text.as_deref().and_then(parse_bytes);
    let usual = Framing::default();
    Framing {
        prefix: bytes(&own.prefix).unwrap_or(usual.prefix),
        suffix: bytes(&own.suffix).unwrap_or(usual.suffix),
        terminators: bytes(&own.terminators).unwrap_or(usual.terminators),
    }
}

/// Readers that type.
pub fn wedge(config: &Config) -> Option<WedgeSettings> {
    config.wedge.enabled.then(|| WedgeSettings {
        gap: Duration::from_millis(config.wedge.gap_ms),
        min_len: usize::from(config.wedge.min_len),
        ..WedgeSettings::default()
    })
}

fn account_type(own: &settings::AccountType) -> lime::AccountType {
    lime::AccountType {
        good_type_id: own.good_type_id,
        kind: own.kind,
        processing_id: own.processing_id,
        priority: own.priority,
        credit_limit: own.credit_limit,
        name: (!own.name.is_empty()).then(|| own.name.clone()),
        rules: Arc::new(SpendRules {
            bill_share_percent: (own.bill_share_percent < 100).then_some(own.bill_share_percent),
            dishes: if !own.only_categories.is_empty() {
                DishRule::Only(own.only_categories.clone())
            } else if !own.not_categories.is_empty() {
                DishRule::Except(own.not_categories.clone())
            } else {
                DishRule::Any
            },
            per_operation_max: own.per_operation_max,
            per_day_max: own.per_day_max,
            manager_above: own.manager_above,
            pin_above: own.pin_above,
            step: own.round_to,
        }),
    }
}

pub(super) fn secret(own: &crate::config::Secret) -> SecretString {
    SecretString::from(own.reveal().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::schema::{CARD_TECHNOLOGIES, READER_FAMILIES};
    use crate::config::value::BYTES_MAX;

    fn of(text: &str) -> ReaderConfig {
        let config: Config = toml::from_str(&format!("[[readers]]\n{text}")).unwrap();
        readers(&config).unwrap().remove(0)
    }

    #[test]
    fn every_family_and_kind_of_card_can_be_named_in_the_config() {
        assert_eq!(READER_FAMILIES, Family::ALL.map(Family::name));
        for name in READER_FAMILIES {
            let shipped = include_str!("../../config.toml");
            assert!(
                shipped
                    .lines()
                    .any(|line| line.starts_with("# family") && line.contains(name)),
                "{name}"
            );
        }
        for name in CARD_TECHNOLOGIES {
            assert!(Technology::from_name(name).is_some(), "{name}");
        }
        assert_eq!(BYTES_MAX, Framing::BYTES_MAX);
    }

    #[test]
    fn a_reader_of_the_config_with_nothing_but_its_port() {
        let reader = of("name = \"Till\"\nfamily = \"rdm6300\"\nport = 'COM3'");
        assert_eq!(reader.device, DeviceMatch::Port("COM3".to_owned()));
        assert_eq!(reader.codec, CodecSettings::default());
        assert_eq!(reader.line, LineSettings::default());
    }

    #[test]
    fn a_reader_of_the_config_with_everything() {
        let reader = of(
            "name = \"Bar\"\nfamily = \"decimal\"\nusb = \"0403:1234\"\nserial = \"IL1\"\n\
             usb_path = \"1-2\"\nbaud = 19200\ndtr = true\ntechnology = \"mifare\"\nreversed = true\n\
             digits = 10\nbits = 32\nradix = \"decimal\"\nprefix = '\\x02'\nsuffix = '?'\n\
             terminators = '\\r'\ninverted = true\ntrack = 3\ntrack_field = 1\ntrack_lrc = true\n\
             same_card_ms = 700",
        );
        assert_eq!(reader.device.to_string(), "0403:1234 IL1 @1-2");
        let line = LineSettings {
            baud: Some(19200),
            dtr: true,
        };
        assert_eq!(reader.line, line);
        let codec = CodecSettings {
            technology: Some(Technology::Mifare),
            reversed: true,
            digits: Some(10),
            bits: Some(32),
            radix: Some(DigitRadix::Decimal),
            framing: Framing {
                prefix: vec![2],
                suffix: b"?".to_vec(),
                terminators: b"\r".to_vec(),
            },
            inverted: true,
            track: TrackSettings {
                number: Track::Three,
                field: 1,
                lrc: true,
            },
            same_card: Some(Duration::from_millis(700)),
        };
        assert_eq!(reader.codec, codec);
    }
}
