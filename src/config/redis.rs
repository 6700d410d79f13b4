//! The address of Redis by way of its sentinels, who know which server is the one to write to.
//!
//! It asks nobody; it only reads the address.

use super::address::percent_decoded;
use zeroize::Zeroizing;

/// The port of a sentinel that names none (Redis documentation, "High availability with Redis Sentinel").
const SENTINEL_PORT: u16 = 26379;

/// `redis+sentinel://[USER:PASSWORD@]HOST[:PORT][,HOST…]/SERVICE[/DATABASE][?sentinel_user=…&sentinel_password=…]`;
/// `rediss+sentinel` speaks TLS with the sentinels and with the servers.
pub struct Sentinels {
    /// Where they are: host and port, at least one.
    pub hosts: Vec<(String, u16)>,
    /// The name under which they watch the servers.
    pub service: String,
    /// The database on the server.
    pub database: i64,
    /// Whether all is spoken over TLS.
    pub is_tls: bool,
    /// Who we are to the servers.
    pub at_server: Login,
    /// Who we are to the sentinels.
    pub at_sentinel: Login,
}

/// A name and a password, each if there is one.
#[derive(Default)]
pub struct Login {
    /// The name.
    pub user: Option<String>,
    /// The password.
    pub password: Option<Zeroizing<String>>,
}

impl Sentinels {
    /// What the address says; nothing when it is that of a server.
    ///
    /// # Errors
    /// What is wrong with it, without its text, which may hold a password.
    pub(super) fn parse(url: &str) -> Result<Option<Self>, String> {
        let (is_tls, rest) = match url.split_once("://") {
            Some(("redis+sentinel", rest)) => (false, rest),
            Some(("rediss+sentinel", rest)) => (true, rest),
            _ => return Ok(None),
        };
        let (place, parameters) = rest.split_once('?').unwrap_or((rest, ""));
        let (login, place) = match place.rsplit_once('@') {
            Some((login, place)) => (Login::of(login), place),
            None => (Login::default(), place),
        };
        let (hosts, path) = place.split_once('/').unwrap_or((place, ""));
        let (service, database) = path.split_once('/').unwrap_or((path, "0"));
        if service.is_empty() {
            return Err("names no service after the sentinels (…/SERVICE)".to_owned());
        }
        let hosts = hosts.split(',').map(host).collect::<Option<Vec<_>>>();
        let mut at_sentinel = Login::default();
        for pair in parameters.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let value = percent_decoded(value);
            match name {
                "sentinel_user" => at_sentinel.user = Some(value),
                "sentinel_password" => at_sentinel.password = Some(value.into()),
                _ => {
                    return Err(
                        "has a parameter other than sentinel_user and sentinel_password".to_owned(),
                    );
                }
            }
        }
        Ok(Some(Self {
            hosts: hosts.ok_or("names a sentinel that is no host[:port]")?,
            service: percent_decoded(service),
            database: database
                .parse()
                .map_err(|_| "names a database that is no number")?,
            is_tls,
            at_server: login,
            at_sentinel,
        }))
    }
}

impl Login {
    fn of(text: &str) -> Self {
        let (user, password) = text.split_once(':').unwrap_or((text, ""));
        let filled = |text: &str| Some(percent_decoded(text)).filter(|text| !text.is_empty());
        Self {
            user: filled(user),
            password: filled(password).map(Zeroizing::new),
        }
    }
}

fn host(text: &str) -> Option<(String, u16)> {
    let bracketed = text.strip_prefix('[').and_then(|rest| rest.split_once(']'));
    let (name, port) = match bracketed {
        Some((name, "")) => (name, None),
        Some((name, rest)) => (name, Some(rest.strip_prefix(':')?)),
        None => match text.split_once(':') {
            Some((name, port)) => (name, Some(port)),
            None => (text, None),
        },
    };
    let port = port.map_or(Some(SENTINEL_PORT), |port| port.parse().ok())?;
    (!name.is_empty()).then(|| (name.to_owned(), port))
}

#[cfg(test)]
mod tests {
    use super::Sentinels;

    fn read(url: &str) -> Sentinels {
        Sentinels::parse(url).unwrap().unwrap()
    }

    #[test]
    fn an_address_names_the_sentinels_the_service_and_who_we_are() {
        let all = read(
            "rediss+sentinel://app:p%40ss@one,two:7000,[::1]:7001/clinic/2?sentinel_user=eye&sentinel_password=a%26b",
        );
        let hosts = all.hosts.iter().map(|(name, port)| (name.as_str(), *port));
        assert_eq!(
            hosts.collect::<Vec<_>>(),
            [("one", 26379), ("two", 7000), ("::1", 7001)]
        );
        assert_eq!((all.service.as_str(), all.database), ("clinic", 2));
        assert!(all.is_tls);
        assert_eq!(all.at_server.user.as_deref(), Some("app"));
        assert_eq!(all.at_server.password.unwrap().as_str(), "p@ss");
        assert_eq!(all.at_sentinel.user.as_deref(), Some("eye"));
        assert_eq!(all.at_sentinel.password.unwrap().as_str(), "a&b");
        let least = read("redis+sentinel://:secret@one/clinic");
        assert_eq!((least.at_server.user, least.database), (None, 0));
        assert_eq!(least.at_server.password.unwrap().as_str(), "secret");
        assert!(!least.is_tls);
    }

    #[test]
    fn what_is_no_address_of_sentinels_is_refused_with_what_is_wrong() {
        for (url, wrong) in [
            ("redis+sentinel://one", "names no service"),
            ("redis+sentinel:///clinic", "no host[:port]"),
            ("redis+sentinel://one,/clinic", "no host[:port]"),
            ("redis+sentinel://one:x/clinic", "no host[:port]"),
            ("redis+sentinel://[::1]7000/clinic", "no host[:port]"),
            ("redis+sentinel://one/clinic/first", "no number"),
            (
                "redis+sentinel://one/clinic?password=x",
                "a parameter other",
            ),
        ] {
            let said = Sentinels::parse(url).err().unwrap();
            assert!(said.contains(wrong), "{url}: {said}");
        }
        assert!(Sentinels::parse("redis://one/0").unwrap().is_none());
    }
}
