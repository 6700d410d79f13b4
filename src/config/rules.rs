//! What settings mean to each other: combinations that are each fine alone and wrong together.
//!
//! Pure but for one look whether a named file can be read; keys have their own rules in `keys`.

use super::{Config, MailUrl, Mode};

/// Every rule that these settings break, as sentences that say what to do.
pub(super) fn broken(config: &Config) -> Vec<String> {
    let rules = [
        plain_listener,
        plain_public_url,
        unknown_proxy,
        database_in_memory,
        connections,
        sockets,
        document_fits_body,
        statement_fits_request,
        unreadable_documents,
        unreadable_roots,
        silent_mail,
        plain_mail,
        nobodys_mail,
        unverifiable,
        unrecorded_looks,
        unsigned_bucket,
    ];
    let mut faults: Vec<_> = rules.iter().filter_map(|rule| rule(config)).collect();
    faults.extend(lifetimes(config));
    faults
}

fn plain_listener(config: &Config) -> Option<String> {
    let http = &config.http;
    let exposed = !http.listen.ip().to_canonical().is_loopback();
    (config.mode == Mode::Production && exposed && !http.behind_tls_proxy).then(|| {
        format!(
            "http.listen: {} would take passwords in the clear from the network; listen on 127.0.0.1, \
             or set http.behind_tls_proxy = true when a proxy in front speaks TLS",
            http.listen
        )
    })
}

fn plain_public_url(config: &Config) -> Option<String> {
    let plain = config
        .http
        .public_url
        .as_ref()
        .is_some_and(|url| !url.is_secure());
    (config.http.behind_tls_proxy && plain).then(|| {
        "http.public_url must begin with https:// when http.behind_tls_proxy = true".to_owned()
    })
}

/// Without it every client has the proxy's address, and the limits by address would treat them all as one.
fn unknown_proxy(config: &Config) -> Option<String> {
    (config.http.behind_tls_proxy && config.http.trusted_proxies.is_empty()).then(|| {
        "http.trusted_proxies must name the proxy when http.behind_tls_proxy = true".to_owned()
    })
}

fn database_in_memory(config: &Config) -> Option<String> {
    let url = &config.database.url;
    (url.kind() == super::DatabaseKind::Sqlite && url.sqlite_file().is_none()).then(|| {
        "database.url: a database in memory forgets every patient at the next start; name a file".to_owned()
    })
}

fn connections(config: &Config) -> Option<String> {
    let http = &config.http;
    (http.max_connections_per_address > http.max_connections)
        .then(|| "http.max_connections_per_address is above http.max_connections".to_owned())
}

fn sockets(config: &Config) -> Option<String> {
    let socket = &config.socket;
    if socket.max_per_user > socket.max_total {
        return Some("socket.max_per_user is above socket.max_total".to_owned());
    }
    (socket.max_total > config.http.max_connections)
        .then(|| "socket.max_total is above http.max_connections".to_owned())
}

fn document_fits_body(config: &Config) -> Option<String> {
    (config.limits.query_bytes > config.http.body_limit)
        .then(|| "limits.query_bytes is above http.body_limit".to_owned())
}

fn statement_fits_request(config: &Config) -> Option<String> {
    (config.database.statement_timeout > config.http.request_timeout)
        .then(|| "database.statement_timeout is above http.request_timeout".to_owned())
}

fn unreadable_documents(config: &Config) -> Option<String> {
    let path = config.http.trusted_documents.as_ref()?;
    let cause = std::fs::File::open(path).err()?;
    Some(format!(
        "http.trusted_documents: {} cannot be read: {cause}",
        path.display()
    ))
}

fn unreadable_roots(config: &Config) -> Option<String> {
    let path = config.redis.roots.as_ref()?;
    let cause = std::fs::File::open(path).err()?;
    Some(format!(
        "redis.roots: {} cannot be read: {cause}",
        path.display()
    ))
}

fn silent_mail(config: &Config) -> Option<String> {
    (config.mode == Mode::Production && config.mail.url.is_none()).then(|| {
        "mail.url must name a mail server, or be off when passwords are never to be reset by mail"
            .to_owned()
    })
}

/// A link to choose another password with is as good as the password.
fn plain_mail(config: &Config) -> Option<String> {
    match &config.mail.url {
        Some(MailUrl::Smtp(url)) if url.is_plain() => Some(
            "mail.url would send links in the clear; use smtps://, or add ?tls=required".to_owned(),
        ),
        _ => None,
    }
}

fn nobodys_mail(config: &Config) -> Option<String> {
    let sends = matches!(config.mail.url, Some(MailUrl::Smtp(_)));
    (sends && config.mail.from.contains("@localhost"))
        .then(|| "mail.from must be an address of yours when mail.url names a server".to_owned())
}

fn unverifiable(config: &Config) -> Option<String> {
    let off = matches!(config.mail.url, Some(MailUrl::Off));
    (off && config.identity.require_verified_email).then(|| {
        "identity.require_verified_email must be false when mail.url is off: nobody who registers could ever sign in"
            .to_owned()
    })
}

fn unrecorded_looks(config: &Config) -> Option<String> {
    let off = config.audit.reads == super::AuditReads::Off;
    (config.mode == Mode::Production && off).then(|| {
        "audit.reads = off is for measuring, and production is none: leave it durable".to_owned()
    })
}

fn unsigned_bucket(config: &Config) -> Option<String> {
    let documents = &config.documents;
    let is_signed = documents.s3_key_id.is_some() && documents.s3_secret.is_some();
    (documents.bucket.is_some() && !is_signed).then(|| {
        "documents.bucket needs documents.s3_key_id and documents.s3_secret, which its requests are signed with".to_owned()
    })
}

/// A token that outlives the idle time would keep an idle session usable; an idle time beyond the session's end never comes.
fn lifetimes(config: &Config) -> Vec<String> {
    let identity = &config.identity;
    let idle = [
        ("patient_idle", identity.patient_idle),
        ("staff_idle", identity.staff_idle),
    ];
    let mut faults = Vec::new();
    for (name, time) in idle {
        if identity.access_token > time {
            faults.push(format!("identity.access_token is above identity.{name}"));
        }
        if time > identity.session {
            faults.push(format!("identity.{name} is above identity.session"));
        }
    }
    faults
}
