//! `reader list`: what is plugged in, what we think it is, may we open it, and why not.

use serde_json::{Value as Json, json};

use crate::cli::exit::ExitCode;
use crate::cli::io::Io;
use crate::i18n::Texts;
use crate::readers::device::{Access, Hazard, Link, Nature, Surveyed, UsbDevice};

use super::words;

/// A device of the list, with the readers of the config that mean it.
pub struct Listed {
    /// The device.
    pub found: Surveyed,
    /// Their names.
    pub configured: Vec<String>,
}

/// Writes the list.
pub fn list(devices: &[Listed], as_json: bool, io: &mut Io<'_>) -> ExitCode {
    let texts = io.texts;
    if as_json {
        let lines: String = devices
            .iter()
            .map(|device| format!("{}\n", json_line(device, texts)))
            .collect();
        return io.print(&lines);
    }
    if devices.is_empty() {
        let nothing = texts.get("reader.list.nothing");
        return io.print(&format!("{nothing}\n"));
    }
    let text: String = devices
        .iter()
        .map(|device| paragraph(device, texts))
        .collect();
    io.print(&text)
}

fn json_line(listed: &Listed, texts: Texts) -> Json {
    let Surveyed {
        device,
        usb,
        known,
        access,
    } = &listed.found;
    let usb = usb.as_ref();
    json!({
        "link": device.as_ref().map(|device| link_word(device.link)),
        "node": device.as_ref().map(|device| &device.node),
        "usb": usb.map(|usb| usb.id.to_string()),
        "serial": usb.and_then(|usb| usb.serial.as_ref()),
        "usb_path": usb.and_then(|usb| usb.path.as_ref()),
        "maker": usb.and_then(|usb| usb.maker.as_ref()),
        "product": usb.and_then(|usb| usb.product.as_ref()),
        "what": known.map(|known| known.name),
        "nature": known.map(|known| known.nature.word()),
        "families": known.map_or(&[][..], |known| known.families),
        "access": access.word(),
        "todo": words::todo_about_access(access, texts),
        "hazard": known.and_then(|known| known.hazard).map(Hazard::word),
        "readers": listed.configured,
    })
}

const fn link_word(link: Link) -> &'static str {
    match link {
        Link::Serial => "serial",
        Link::Hid => "hid",
        Link::PcSc => "pcsc",
    }
}

fn paragraph(listed: &Listed, texts: Texts) -> String {
    format!("{}\n", words(listed, texts).join("\n    "))
}

/// What the list says of a device, line by line; the first one names it.
pub fn words(listed: &Listed, texts: Texts) -> Vec<String> {
    let found = &listed.found;
    let node = found.device.as_ref().map_or("–", |device| &device.node);
    let mut head = vec![node.to_owned()];
    head.extend(found.usb.as_ref().map(|usb| usb_words(usb, texts)));
    let mut lines = vec![head.join("  ")];
    lines.extend(what_words(found, texts));
    lines.push(words::access(&found.access, texts));
    if let Some(hazard) = found.known.and_then(|known| known.hazard)
        && !matches!(found.access, Access::NoDriver | Access::Taken { .. })
    {
        lines.push(
            texts
                .get(&format!("reader.hazard.{}", hazard.word()))
                .to_owned(),
        );
    }
    if !listed.configured.is_empty() {
        let names = listed.configured.join(", ");
        lines.push(texts.fill("reader.list.configured", &[("names", &names)]));
    }
    lines
}

fn usb_words(usb: &UsbDevice, texts: Texts) -> String {
    let mut words = usb.id.to_string();
    for (key, value) in [
        ("reader.list.serial", &usb.serial),
        ("reader.list.path", &usb.path),
    ] {
        if let Some(value) = value {
            words.push_str(&texts.fill(key, &[("value", value)]));
        }
    }
    words
}

fn what_words(found: &Surveyed, texts: Texts) -> Vec<String> {
    let own = found.usb.as_ref().map(|usb| {
        let names: Vec<&str> = [&usb.maker, &usb.product]
            .into_iter()
            .flatten()
            .map(String::as_str)
            .collect();
        names.join(" ")
    });
    let own = own.filter(|own| !own.is_empty());
    let Some(known) = found.known else {
        return vec![own.unwrap_or_else(|| texts.get("reader.list.unknown").to_owned())];
    };
    let mut words = known.name.to_owned();
    if let Some(own) = own {
        words = format!("{words} ({own})");
    }
    let nature = match known.nature {
        Nature::Reader if !known.families.is_empty() => {
            let families = known.families.join(", ");
            texts.fill("reader.list.families", &[("families", &families)])
        }
        Nature::Reader | Nature::Bridge | Nature::Other => texts
            .get(&format!("reader.nature.{}", known.nature.word()))
            .to_owned(),
    };
    vec![words, nature]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::Lang;
    use crate::readers::UsbId;
    use crate::readers::device::{Device, Holder, known};

    fn usb(id: &str, serial: Option<&str>) -> UsbDevice {
        UsbDevice {
            id: id.parse::<UsbId>().unwrap(),
            serial: serial.map(str::to_owned),
            path: Some("1-2".to_owned()),
            maker: Some("ILogic".to_owned()),
            product: None,
        }
    }

    fn listed(node: Option<&str>, usb: Option<UsbDevice>, access: Access) -> Listed {
        Listed {
            found: Surveyed {
                device: node.map(|node| Device {
                    link: Link::Serial,
                    node: node.to_owned(),
                    usb: usb.clone(),
                }),
                known: usb.as_ref().and_then(|usb| known(usb.id)),
                usb,
                access,
            },
            configured: vec![],
        }
    }

    fn sample() -> Vec<Listed> {
        let busy = Access::Busy {
            by: vec![Holder {
                name: "rk7cash".to_owned(),
                pid: 812,
            }],
        };
        let no_permission = Access::NoPermission {
            group: Some("dialout".to_owned()),
        };
        let mut ours = listed(
            Some("/dev/ttyUSB0"),
            Some(usb("0403:1234", Some("IL03E3BH"))),
            Access::Open,
        );
        ours.configured.push("Касса".to_owned());
        vec![
            ours,
            listed(None, Some(usb("0403:1234", None)), Access::NoDriver),
            listed(
                Some("/dev/ttyUSB1"),
                Some(usb("1a86:7523", None)),
                no_permission,
            ),
            listed(Some("/dev/ttyS0"), None, busy),
        ]
    }

    fn written(lang: Lang, devices: &[Listed], as_json: bool) -> String {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let mut io = Io {
            out: &mut out,
            err: &mut err,
            texts: Texts::of(lang),
        };
        assert_eq!(list(devices, as_json, &mut io), ExitCode::Done);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn what_is_there_what_it_is_and_what_to_do() {
        insta::assert_snapshot!("list_ru", written(Lang::Ru, &sample(), false));
        insta::assert_snapshot!("list_en", written(Lang::En, &sample(), false));
        assert!(written(Lang::Ru, &[], false).contains("Ничего не подключено"));
    }

    #[test]
    fn the_list_as_json() {
        let text = written(Lang::En, &sample(), true);
        let lines: Vec<Json> = text
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert_eq!(lines.len(), 4);
        assert_eq!(lines[0]["families"], json!(["ironlogic"]));
        assert_eq!(lines[0]["readers"], json!(["Касса"]));
        assert_eq!(lines[1]["access"], "no_driver");
        assert_eq!(lines[1]["node"], Json::Null);
        assert_eq!(lines[2]["nature"], "bridge");
        assert_eq!(lines[3]["todo"], "held by rk7cash (812)");
        assert_eq!(written(Lang::En, &[], true), "");
    }
}
