//! `CheckPin`: whether that is a guest's PIN. Not known of the real server; this one is strict, so that
//! no client gets used to less.

use super::booking::Refused;
use super::json::Object;
use super::lookup;
use crate::sim::world::World;

/// Wrong PINs in a row after which none is taken any more.
const WRONG_MAX: u32 = 3;

/// Checks, and counts what is wrong. A right one forgets the wrong ones before it.
pub(super) fn check(world: &mut World, body: &str) -> Result<String, Refused> {
    let wrong = |text: String| Refused {
        code: "BadRequest",
        text,
    };
    let mut question = Object::parse("CheckPin", body).map_err(wrong)?;
    let uid = question.text("uid").map_err(wrong)?;
    let given = question.integer("installationId").map_err(wrong)?;
    lookup::expect_id("installationId", given, world.site.installation_id)?;
    let pin = question.text("pin").map_err(wrong)?;
    let mut unknown = Vec::new();
    question.finish(&mut unknown);
    if let Some(complaint) = unknown.pop() {
        return Err(wrong(complaint));
    }
    let fits = (4..=12).contains(&pin.len()) && pin.bytes().all(|byte| byte.is_ascii_digit());
    if !fits {
        return Err(wrong("CheckPin: a PIN is four to twelve digits".to_owned()));
    }
    let refused = |code, text: &str| {
        Err(Refused {
            code,
            text: text.to_owned(),
        })
    };
    let client_id = world.resort.card(&uid).map(|card| card.client_id);
    let clients = &mut world.resort.clients;
    let Some(client) = clients.iter_mut().find(|own| Some(own.id) == client_id) else {
        return refused("CardNotFound", "Карта не найдена");
    };
    let Some(own) = &client.pin else {
        return refused("PinNotSet", "PIN не задан");
    };
    if client.wrong_pins >= WRONG_MAX {
        return refused("PinBlocked", "PIN заблокирован");
    }
    if *own == pin {
        client.wrong_pins = 0;
        return Ok("{\"pinIsRight\":true}".to_owned());
    }
    client.wrong_pins += 1;
    if client.wrong_pins >= WRONG_MAX {
        return refused("PinBlocked", "PIN заблокирован");
    }
    Ok("{\"pinIsRight\":false}".to_owned())
}
