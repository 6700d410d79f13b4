//! Addresses of other parties: databases and Redis with their passwords, browser origins, networks of trusted proxies.
//!
//! It opens no connection and resolves no name.

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;

use zeroize::Zeroizing;

use super::redis::Sentinels;
use super::table::Secrecy;
use super::value::Value;

/// Parameters of a URL that are known to hold no secret; from any other on, the rest is masked.
const HARMLESS: &[&str] = &[
    "application_name",
    "cache",
    "db",
    "mode",
    "protocol",
    "sslmode",
];

/// A URL that may hold a password, which shows in no format string.
#[derive(Clone, PartialEq, Eq)]
struct Guarded(Zeroizing<String>);

impl Guarded {
    /// The URL without its password and without what follows its harmless parameters.
    ///
    /// A general URL parser lost: it rejects, and so cannot mask, the password that somebody forgot to escape.
    fn masked(&self) -> String {
        let (scheme, rest) = match self.0.split_once("://") {
            Some((scheme, rest)) => (format!("{scheme}://"), rest),
            None => (String::new(), self.0.as_str()),
        };
        let (place, parameters) = match rest.split_once('?') {
            // An `@` after the `?`: either the password holds the one or a parameter the other. Both may be secret.
            Some((_, after)) if after.contains('@') => return format!("{scheme}***"),
            Some((place, parameters)) => (place, Some(parameters)),
            None => (rest, None),
        };
        let mut shown = scheme;
        match place.rsplit_once('@') {
            Some((credentials, host)) => match credentials.split_once(':') {
                Some((user, _)) => shown.push_str(&format!("{user}:***@{host}")),
                None => shown.push_str(place),
            },
            None => shown.push_str(place),
        }
        let pairs = parameters.into_iter().flat_map(|all| all.split('&'));
        for (index, pair) in pairs.enumerate() {
            shown.push(if index == 0 { '?' } else { '&' });
            let harmless = |(name, _): (&str, &str)| HARMLESS.contains(&name);
            if !pair.split_once('=').is_some_and(harmless) {
                // What follows may be the rest of a secret that holds an unescaped `&`.
                shown.push_str("***");
                break;
            }
            shown.push_str(pair);
        }
        shown
    }
}

/// The kinds of database the server runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DatabaseKind {
    /// One file beside the server.
    Sqlite,
    /// A PostgreSQL server.
    Postgres,
}

/// Where the database is; formatting it masks the password.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrl(Guarded);

impl DatabaseUrl {
    /// The whole URL with its password, for the driver alone.
    pub fn expose(&self) -> &str {
        &self.0.0
    }

    /// Which kind of database it names.
    pub fn kind(&self) -> DatabaseKind {
        if self.expose().starts_with("postgres") {
            DatabaseKind::Postgres
        } else {
            DatabaseKind::Sqlite
        }
    }

    /// The file of a SQLite database; nothing for PostgreSQL and for a database in memory.
    pub fn sqlite_file(&self) -> Option<PathBuf> {
        let rest = self.expose().strip_prefix("sqlite:")?;
        let rest = rest.strip_prefix("//").unwrap_or(rest);
        let (path, parameters) = rest.split_once('?').unwrap_or((rest, ""));
        let in_memory = path.is_empty()
            || path == ":memory:"
            || parameters.split('&').any(|one| one == "mode=memory");
        (!in_memory).then(|| PathBuf::from(percent_decoded(path)))
    }
}

/// Where Redis is; formatting it masks the password.
#[derive(Clone, PartialEq, Eq)]
pub struct RedisUrl(Guarded);

impl RedisUrl {
    /// The whole URL with its password, for the client alone.
    pub fn expose(&self) -> &str {
        &self.0.0
    }

    /// The sentinels who know where it is, when the URL names such.
    pub fn sentinels(&self) -> Option<Sentinels> {
        // What cannot be read was refused when it was set.
        Sentinels::parse(self.expose()).ok().flatten()
    }
}

/// The guarded addresses differ in the schemes they take, and in what else is asked of them.
macro_rules! guarded {
    ($kind:ident, [$($scheme:literal),+], $form:literal) => {
        guarded!($kind, [$($scheme),+], $form, |_| Ok(()));
    };
    ($kind:ident, [$($scheme:literal),+], $form:literal, $check:expr) => {
        impl fmt::Debug for $kind {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str(&self.0.masked())
            }
        }

        impl Value for $kind {
            const SECRECY: Secrecy = Secrecy::Password;
            fn form() -> String {
                $form.to_owned()
            }
            fn parse(text: &str) -> Result<Self, String> {
                if [$($scheme),+].iter().any(|scheme| text.starts_with(scheme)) {
                    let check: fn(&str) -> Result<(), String> = $check;
                    check(text)?;
                    return Ok(Self(Guarded(Zeroizing::new(text.to_owned()))));
                }
                Err(format!("does not begin with {}", [$($scheme),+].join(" or ")))
            }
            fn text(&self) -> String {
                self.0.masked()
            }
        }
    };
}
guarded!(
    DatabaseUrl,
    ["sqlite:", "postgres://", "postgresql://"],
    "`sqlite://FILE` or `postgres://…`"
);
guarded!(
    RedisUrl,
    [
        "redis://",
        "rediss://",
        "redis+unix://",
        "unix://",
        "redis+sentinel://",
        "rediss+sentinel://"
    ],
    "`redis://…`, `rediss://…` or `redis+sentinel://HOST,HOST…/SERVICE`",
    |text| Sentinels::parse(text).map(drop)
);

/// Where mail is handed over; formatting it masks the password.
#[derive(Clone, PartialEq, Eq)]
pub struct SmtpUrl(Guarded);

impl SmtpUrl {
    /// The whole URL with its password, for the client alone.
    pub fn expose(&self) -> &str {
        &self.0.0
    }

    /// Whether what is sent can be read on the way: neither TLS from the start nor demanded after the greeting, and not to this
    /// very machine.
    pub fn is_plain(&self) -> bool {
        let url = self.expose();
        let place = url.split_once("://").map_or(url, |(_, place)| place);
        let host = place.rsplit_once('@').map_or(place, |(_, host)| host);
        let near = ["localhost", "127.", "[::1]"];
        url.starts_with("smtp://")
            && !url.contains("tls=required")
            && !near.iter().any(|name| host.starts_with(name))
    }
}

guarded!(
    SmtpUrl,
    ["smtp://", "smtps://"],
    "`smtps://USER:PASSWORD@HOST`"
);

/// How mail leaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MailUrl {
    /// Over a mail server.
    Smtp(SmtpUrl),
    /// As files in a folder.
    File,
    /// Not at all.
    Off,
}

impl Value for MailUrl {
    const SECRECY: Secrecy = Secrecy::Password;
    fn form() -> String {
        "`smtps://USER:PASSWORD@HOST`, `smtp://…?tls=required`, `file` or `off`".to_owned()
    }
    fn parse(text: &str) -> Result<Self, String> {
        match text {
            "file" => Ok(Self::File),
            "off" => Ok(Self::Off),
            url => SmtpUrl::parse(url).map(Self::Smtp).map_err(|_| {
                "does not begin with smtp:// or smtps://, and is neither file nor off".to_owned()
            }),
        }
    }
    fn text(&self) -> String {
        match self {
            Self::Smtp(url) => url.text(),
            Self::File => "file".to_owned(),
            Self::Off => "off".to_owned(),
        }
    }
}

/// A scanner: clamd, at a host and a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScannerUrl(String);

impl ScannerUrl {
    /// The host and the port.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.0
    }
}

impl Value for ScannerUrl {
    fn form() -> String {
        "`clamd://HOST:PORT`".to_owned()
    }
    fn parse(text: &str) -> Result<Self, String> {
        let wrong = || "is not a scanner such as clamd://127.0.0.1:3310".to_owned();
        let address = text.strip_prefix("clamd://").ok_or_else(wrong)?;
        let address = address.trim_end_matches('/');
        let (host, port) = address.rsplit_once(':').ok_or_else(wrong)?;
        let is_host = !host.is_empty() && !host.contains(['/', '@', '?', '#', ' ']);
        match is_host && port.parse::<u16>().is_ok_and(|port| port > 0) {
            true => Ok(Self(address.to_owned())),
            false => Err(wrong()),
        }
    }
    fn text(&self) -> String {
        format!("clamd://{}", self.0)
    }
}

/// Escapes what has a meaning in a SQLite URL, so that any folder name can stand in the default one.
pub(super) fn percent_encoded(path: &str) -> String {
    path.replace('%', "%25")
        .replace('?', "%3F")
        .replace('#', "%23")
}

/// Undoes escapes as the SQLite driver does; what is no escape stays as it is.
pub(super) fn percent_decoded(path: &str) -> String {
    let bytes = path.as_bytes();
    let mut plain = Vec::with_capacity(bytes.len());
    let mut index = 0;
    while index < bytes.len() {
        let escape = (bytes[index] == b'%')
            .then(|| path.get(index + 1..index + 3))
            .flatten()
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        plain.push(escape.unwrap_or(bytes[index]));
        index += if escape.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&plain).into_owned()
}

/// The origin of a page as browsers send it: scheme, host and port, in lower case, without a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin(String);

impl Origin {
    /// The text to compare with an `Origin` header.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether pages of this origin come over TLS.
    pub fn is_secure(&self) -> bool {
        self.0.starts_with("https://")
    }
}

impl Value for Origin {
    fn form() -> String {
        "such as `https://clinic.example`".to_owned()
    }
    fn parse(text: &str) -> Result<Self, String> {
        let lower = text.to_ascii_lowercase();
        let origin = lower.trim_end_matches('/');
        let (scheme, host) = origin.split_once("://").unwrap_or_default();
        let plain = |sign: char| sign.is_ascii_alphanumeric() || "-._:[]".contains(sign);
        if !matches!(scheme, "http" | "https") || host.is_empty() || !host.chars().all(plain) {
            return Err(
                "is not an exact origin such as https://clinic.example (no path, no *)".to_owned(),
            );
        }
        // Browsers leave the default port out, so an origin written with it would never match.
        let default_port = if scheme == "https" { ":443" } else { ":80" };
        Ok(Self(
            origin
                .strip_suffix(default_port)
                .unwrap_or(origin)
                .to_owned(),
        ))
    }
    fn text(&self) -> String {
        self.0.clone()
    }
}

/// A range of addresses, written `10.0.0.0/8` or as one address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    base: IpAddr,
    prefix: u8,
}

impl Network {
    /// Whether the address lies in the range; an IPv4 address in IPv6 form counts as IPv4.
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.base, address.to_canonical()) {
            (IpAddr::V4(base), IpAddr::V4(other)) => {
                let mask = u32::MAX
                    .checked_shl(32 - u32::from(self.prefix))
                    .unwrap_or(0);
                base.to_bits() & mask == other.to_bits() & mask
            }
            (IpAddr::V6(base), IpAddr::V6(other)) => {
                let mask = u128::MAX
                    .checked_shl(128 - u32::from(self.prefix))
                    .unwrap_or(0);
                base.to_bits() & mask == other.to_bits() & mask
            }
            _ => false,
        }
    }
}

impl Value for Network {
    fn form() -> String {
        "such as `192.0.2.7` or `10.0.0.0/8`".to_owned()
    }
    fn parse(text: &str) -> Result<Self, String> {
        let wrong = || "is not an address or a network such as 10.0.0.0/8".to_owned();
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let base: IpAddr = address.parse().map_err(|_| wrong())?;
        let longest = if base.is_ipv4() { 32 } else { 128 };
        let prefix = match prefix {
            Some(digits) => digits.parse().map_err(|_| wrong())?,
            None => longest,
        };
        if prefix > longest {
            return Err(wrong());
        }
        Ok(Self { base, prefix })
    }
    fn text(&self) -> String {
        format!("{}/{}", self.base, self.prefix)
    }
}
