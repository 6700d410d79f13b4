//! What a message says, read where it lies: a parser of JSON would cost a client more than the server spends on sending.

use memchr::memmem;

/// A message of the protocol, as far as a subscriber cares.
#[derive(Debug, PartialEq, Eq)]
pub enum Message<'a> {
    /// The socket is accepted.
    Acknowledged,
    /// The server asks, in the protocol's own way, whether we are there.
    Ping,
    /// A change.
    Change(Change<'a>),
    /// The past has been delivered; go on from here.
    CaughtUp(&'a str),
    /// The subscription is over, or never began.
    Over,
    /// Anything else.
    Other,
}

/// A change of an appointment.
#[derive(Debug, PartialEq, Eq)]
pub struct Change<'a> {
    /// Of which appointment, as a number.
    pub id: u128,
    /// Whether it was called off.
    pub cancelled: bool,
    /// When it happened, as it is written; empty when the server does not say.
    pub occurred_at: &'a str,
    /// The place in the stream; empty when the server has none.
    pub cursor: &'a str,
}

/// Reads a message.
#[must_use]
pub fn read(text: &[u8]) -> Message<'_> {
    let Some(at) = memmem::find(text, b"\"appointmentChanged\":{") else {
        return other(text);
    };
    let data = &text[at + 21..];
    match field(data, b"\"__typename\":\"") {
        "CaughtUp" => return Message::CaughtUp(field(data, b"\"cursor\":\"")),
        "ResyncRequired" | "AccessEnded" => return Message::Over,
        _ => {}
    }
    Message::Change(Change {
        id: number(field(data, b"\"id\":\"")),
        cancelled: field(data, b"\"kind\":\"") == "CANCELLED",
        occurred_at: field(data, b"\"occurredAt\":\""),
        cursor: field(data, b"\"cursor\":\""),
    })
}

fn other(text: &[u8]) -> Message<'_> {
    match field(text, b"\"type\":\"") {
        "connection_ack" => Message::Acknowledged,
        "ping" => Message::Ping,
        "error" | "complete" | "next" => Message::Over,
        _ => Message::Other,
    }
}

/// The text after this name up to the next quote; empty when it is not there.
fn field<'a>(text: &'a [u8], name: &[u8]) -> &'a str {
    let value = memmem::find(text, name).map_or(&[][..], |at| &text[at + name.len()..]);
    let end = memchr::memchr(b'"', value).unwrap_or(0);
    std::str::from_utf8(&value[..end]).unwrap_or_default()
}

/// An id as a number: the hexadecimal digits after its prefix, with dashes or without.
#[must_use]
pub fn number(id: &str) -> u128 {
    let digits = id.rsplit('_').next().unwrap_or_default();
    digits
        .chars()
        .filter_map(|digit| digit.to_digit(16))
        .fold(0, |number, digit| (number << 4) | u128::from(digit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ours_and_theirs_are_read_alike() {
        let ours = br#"{"id":"1","type":"next","payload":{"data":{"appointmentChanged":{"__typename":"AppointmentChange","cursor":"AAB","kind":"CANCELLED","occurredAt":"2026-01-01T00:00:00Z","appointment":{"id":"app_00000000000000000000000000000a1f","status":"BOOKED"}}}}}"#;
        let change = Change {
            id: 0xa1f,
            cancelled: true,
            occurred_at: "2026-01-01T00:00:00Z",
            cursor: "AAB",
        };
        assert_eq!(read(ours), Message::Change(change));
        let theirs = br#"{"type":"next","id":"1","payload":{"data":{"appointmentChanged":{"id":"00000000-0000-0000-0000-000000000a1f","status":"SCHEDULED"}}}}"#;
        assert!(matches!(
            read(theirs),
            Message::Change(Change { id: 0xa1f, .. })
        ));
    }

    #[test]
    fn control_messages_are_known() {
        let caught = br#"{"id":"1","type":"next","payload":{"data":{"appointmentChanged":{"__typename":"CaughtUp","cursor":"AAC"}}}}"#;
        assert_eq!(read(caught), Message::CaughtUp("AAC"));
        assert_eq!(read(br#"{"type":"connection_ack"}"#), Message::Acknowledged);
        let refused = br#"{"id":"1","type":"error","payload":[{"message":"no"}]}"#;
        assert_eq!(read(refused), Message::Over);
    }
}
