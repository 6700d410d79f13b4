//! Combinations that are refused.

use super::{Case, only};

#[test]
fn production_listens_in_the_clear_on_loopback_only() {
    for listen in [
        "0.0.0.0:8080",
        "[::]:8080",
        "192.0.2.7:8080",
        "[::ffff:192.0.2.7]:8080",
    ] {
        let faults = Case::production()
            .with("PATIENT_TRACKER_HTTP_LISTEN", listen)
            .faults();
        assert!(only(&faults).contains("in the clear"));
    }
    for listen in [
        "127.0.0.1:8080",
        "127.8.9.10:80",
        "[::1]:8080",
        "[::ffff:127.0.0.1]:8080",
    ] {
        let faults = Case::production()
            .with("PATIENT_TRACKER_HTTP_LISTEN", listen)
            .faults();
        assert_eq!(faults, Vec::<String>::new());
    }
}

#[test]
fn behind_a_tls_proxy_production_may_listen_anywhere() {
    let case = Case::production()
        .with("PATIENT_TRACKER_HTTP_LISTEN", "0.0.0.0:8080")
        .with("PATIENT_TRACKER_HTTP_BEHIND_TLS_PROXY", "true")
        .with("PATIENT_TRACKER_HTTP_TRUSTED_PROXIES", "10.0.0.0/8");
    assert_eq!(case.faults(), Vec::<String>::new());
}

#[test]
fn an_embedded_server_may_listen_anywhere() {
    let case = Case::embedded().with("PATIENT_TRACKER_HTTP_LISTEN", "0.0.0.0:8080");
    assert_eq!(case.faults(), Vec::<String>::new());
}

#[test]
fn a_tls_proxy_must_be_named_and_its_public_url_be_https() {
    let faults = Case::production()
        .with("PATIENT_TRACKER_HTTP_BEHIND_TLS_PROXY", "true")
        .with("PATIENT_TRACKER_HTTP_PUBLIC_URL", "http://clinic.example")
        .faults();
    assert_eq!(faults.len(), 2);
    assert!(faults[0].starts_with("http.public_url must begin with https://"));
    assert!(faults[1].starts_with("http.trusted_proxies must name the proxy"));
}

#[test]
fn a_database_in_memory_is_refused() {
    for url in [
        "sqlite::memory:",
        "sqlite://:memory:",
        "sqlite://x.db?cache=shared&mode=memory",
        "sqlite:",
        "sqlite://",
    ] {
        let faults = Case::embedded().with("DATABASE_URL", url).faults();
        assert!(only(&faults).contains("forgets every patient"), "{url}");
    }
}

#[test]
fn a_part_may_not_exceed_its_whole() {
    for (variable, value, fault) in [
        (
            "HTTP_MAX_CONNECTIONS_PER_ADDRESS",
            "3000",
            "http.max_connections_per_address is above http.max_connections",
        ),
        (
            "SOCKET_MAX_PER_USER",
            "1001",
            "socket.max_per_user is above socket.max_total",
        ),
        (
            "SOCKET_MAX_TOTAL",
            "2001",
            "socket.max_total is above http.max_connections",
        ),
        (
            "LIMITS_QUERY_BYTES",
            "70000",
            "limits.query_bytes is above http.body_limit",
        ),
        (
            "DATABASE_STATEMENT_TIMEOUT",
            "11s",
            "database.statement_timeout is above http.request_timeout",
        ),
        (
            "IDENTITY_ACCESS_TOKEN",
            "16min",
            "identity.access_token is above identity.staff_idle",
        ),
        (
            "IDENTITY_PATIENT_IDLE",
            "13h",
            "identity.patient_idle is above identity.session",
        ),
    ] {
        let faults = Case::embedded()
            .with(&format!("PATIENT_TRACKER_{variable}"), value)
            .faults();
        assert_eq!(only(&faults), fault);
    }
}

#[test]
fn a_list_of_trusted_documents_must_be_readable() {
    let case = Case::embedded().with(
        "PATIENT_TRACKER_HTTP_TRUSTED_DOCUMENTS",
        "/nonexistent/documents.json",
    );
    assert!(
        only(&case.faults())
            .starts_with("http.trusted_documents: /nonexistent/documents.json cannot be read")
    );
    let list = case.write("documents.json", "{}");
    let case = case.with(
        "PATIENT_TRACKER_HTTP_TRUSTED_DOCUMENTS",
        list.to_str().unwrap(),
    );
    assert_eq!(case.faults(), Vec::<String>::new());
}

#[test]
fn production_says_how_mail_leaves_and_sends_no_link_in_the_clear() {
    let with = |url: &str| {
        Case::production()
            .with("PATIENT_TRACKER_MAIL_URL", url)
            .with("PATIENT_TRACKER_MAIL_FROM", "clinic@clinic.example")
    };
    let faults = Case::production()
        .without("PATIENT_TRACKER_MAIL_URL")
        .faults();
    assert!(only(&faults).contains("mail.url must name"));
    for plain in ["smtp://mail.example", "smtp://app:hunter2@mail.example:587"] {
        let faults = with(plain).faults();
        assert!(only(&faults).contains("in the clear"), "{faults:?}");
        assert!(!only(&faults).contains("hunter2"));
    }
    for good in [
        "smtps://app:hunter2@mail.example",
        "smtp://mail.example?tls=required",
        "smtp://localhost:25",
        "file",
    ] {
        assert_eq!(with(good).faults(), Vec::<String>::new(), "{good}");
    }
    let faults = with("off").faults();
    assert!(only(&faults).contains("identity.require_verified_email"));
    let off = with("off").with("PATIENT_TRACKER_IDENTITY_REQUIRE_VERIFIED_EMAIL", "false");
    assert_eq!(off.faults(), Vec::<String>::new());
    let nobody = with("smtps://mail.example").without("PATIENT_TRACKER_MAIL_FROM");
    assert!(only(&nobody.faults()).contains("mail.from"));
}
