//! r_keeper's HTTP notifications: one message for each order that changed, in order, to one address.
//!
//! As the real server is known to do it: events wait in a queue, when it is full new ones are
//! dropped, and the first one after the start has `Situation="1"`.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use super::world::{Order, World};
use super::xml::Element;

/// Events that may wait.
const WAITING_MAX: usize = 256;
/// Longest wait for the other side, for each thing that is waited for.
const PATIENCE: Duration = Duration::from_secs(2);
/// Most of an answer that is read.
const ANSWER_BYTES_MAX: u64 = 4_096;

/// Who is told, if anybody.
#[derive(Default)]
pub(super) struct Notifier {
    subscriber: Mutex<Option<Subscriber>>,
}

struct Subscriber {
    events: SyncSender<Vec<u8>>,
    sent: u64,
}

impl Notifier {
    /// From now on that address is told, or nobody. Numbers begin anew.
    pub fn tell_at(&self, address: Option<SocketAddr>) {
        let subscriber = address.map(|address| {
            let (events, waiting) = sync_channel(WAITING_MAX);
            thread::spawn(move || send_all(address, &waiting));
            Subscriber { events, sent: 0 }
        });
        *self.lock() = subscriber;
    }

    /// Tells of every order that is not as it was.
    pub fn tell(&self, before: &World, after: &World) {
        let mut subscriber = self.lock();
        let Some(subscriber) = &mut *subscriber else {
            return;
        };
        for order in &after.till.orders {
            let old = before.till.orders.iter().find(|old| old.guid == order.guid);
            if old != Some(order) {
                let event = event(after, order, subscriber.sent);
                subscriber.sent += 1;
                // A full queue loses it; the number shows that.
                let _ = subscriber.events.try_send(event);
            }
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Subscriber>> {
        self.subscriber
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

fn event(world: &World, order: &Order, sent: u64) -> Vec<u8> {
    Element::new("a")
        .with("RestCode", &world.till.restaurant_code)
        .with("DateTime", super::front::local_now())
        .with("Situation", if sent == 0 { "1" } else { "0" })
        .with("seqnumber", sent + 1)
        .with("name", "Order Changed")
        .child(
            Element::new("Order")
                .with("visit", order.visit)
                .with("guid", &order.guid)
                .with("orderName", &order.name),
        )
        .document()
        .into_bytes()
}

/// Until nobody has anything to tell any more.
fn send_all(address: SocketAddr, events: &Receiver<Vec<u8>>) {
    for event in events {
        if let Err(error) = send(address, &event) {
            tracing::debug!(%error, "a notification was not taken");
        }
    }
}

fn send(address: SocketAddr, event: &[u8]) -> std::io::Result<()> {
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let length = event.len();
    let head = format!(
        "POST / HTTP/1.1\r\nHost: {address}\r\nContent-Type: text/xml; charset=utf-8\r\n\
         Content-Length: {length}\r\n\r\n"
    );
    stream.write_all(&[head.as_bytes(), event].concat())?;
    stream
        .take(ANSWER_BYTES_MAX)
        .read_to_end(&mut Vec::new())
        .map(drop)
}
