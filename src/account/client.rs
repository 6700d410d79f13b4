//! What the wire knows of whoever sends a request, before anybody is signed in.

use std::net::IpAddr;
use std::sync::Arc;

/// Characters that a device's name keeps.
const LONGEST: usize = 100;

/// Where a request comes from.
#[derive(Clone, Debug, Default)]
pub struct Client {
    /// The address, as the outermost proxy that we trust saw it.
    pub address: Option<IpAddr>,
    /// What the client calls itself, for instance its `User-Agent`.
    pub device: String,
    /// The request, as its answer and the log name it.
    pub request_id: Arc<str>,
}

impl Client {
    /// A name for the device: the one given, else what the client calls itself, made fit to be shown in a list.
    #[must_use]
    pub fn device_name(&self, given: Option<&str>) -> String {
        let fit = |name: &str| -> String {
            let visible = name.chars().filter(|c| !c.is_control()).take(LONGEST);
            visible.collect::<String>().trim().to_owned()
        };
        [given.unwrap_or_default(), &self.device]
            .into_iter()
            .map(fit)
            .find(|name| !name.is_empty())
            .unwrap_or_else(|| "Unknown device".to_owned())
    }

    /// What of the address is counted together: one IPv4 address, or one IPv6 network of the size a household gets.
    #[must_use]
    pub(super) fn origin(&self) -> Option<Vec<u8>> {
        Some(match self.address?.to_canonical() {
            IpAddr::V4(address) => address.octets().to_vec(),
            IpAddr::V6(address) => address.octets()[..8].to_vec(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Client;

    fn at(address: &str, device: &str) -> Client {
        Client {
            address: address.parse().ok(),
            device: device.to_owned(),
            request_id: "".into(),
        }
    }

    #[test]
    fn a_device_has_a_name_that_can_be_shown() {
        let client = at("", " curl/8\u{7}\n ");
        assert_eq!(client.device_name(None), "curl/8");
        assert_eq!(client.device_name(Some("  ")), "curl/8");
        assert_eq!(client.device_name(Some("Ana’s phone")), "Ana’s phone");
        assert_eq!(Client::default().device_name(None), "Unknown device");
        let long = at("", &"x".repeat(1000));
        assert_eq!(long.device_name(None).len(), 100);
    }

    #[test]
    fn a_household_is_counted_as_one_origin() {
        let origin = |address: &str| at(address, "").origin();
        assert_eq!(origin("2001:db8::1"), origin("2001:db8::ffff:2"));
        assert_ne!(origin("2001:db8::1"), origin("2001:db8:0:1::1"));
        assert_eq!(origin("::ffff:10.0.0.1"), origin("10.0.0.1"));
        assert_ne!(origin("10.0.0.2"), origin("10.0.0.1"));
        assert_eq!(origin("nowhere"), None);
    }
}
