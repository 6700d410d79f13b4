//! Addresses: what they match, and that their passwords stay hidden.

use std::net::IpAddr;

use proptest::prelude::*;

use super::super::value::Value;
use super::super::{DatabaseKind, DatabaseUrl, Network, Origin, RedisUrl};
use super::{Case, only};

#[test]
fn the_password_of_a_url_is_masked_and_the_rest_is_shown() {
    for (url, shown) in [
        (
            "postgres://app:hunter2@db:5432/clinic",
            "postgres://app:***@db:5432/clinic",
        ),
        (
            "postgres://app@db/clinic?sslmode=require",
            "postgres://app@db/clinic?sslmode=require",
        ),
        (
            "postgres://db/clinic?password=hunter2&sslmode=prefer",
            "postgres://db/clinic?***",
        ),
        (
            "postgres://app:hun/ter2@db/clinic",
            "postgres://app:***@db/clinic",
        ),
        (
            "postgres://app:hun@ter2@db/clinic",
            "postgres://app:***@db/clinic",
        ),
        ("postgres://app:hun?ter2@db/clinic", "postgres://***"),
        ("postgres://db/clinic?password=hun@ter2", "postgres://***"),
        ("postgres://db/clinic?hunter2", "postgres://db/clinic?***"),
        (
            "sqlite://data/clinic.db?mode=rwc",
            "sqlite://data/clinic.db?mode=rwc",
        ),
    ] {
        assert_eq!(DatabaseUrl::parse(url).unwrap().text(), shown);
    }
    let redis = RedisUrl::parse("redis://:hunter2@cache:6379/0").unwrap();
    assert_eq!(format!("{redis:?}"), "redis://:***@cache:6379/0");
}

proptest! {
    #[test]
    fn no_password_shows_wherever_it_stands(password in "[!-~]{4,24}") {
        for url in [
            format!("postgres://app:§{password}§@db/clinic"),
            format!("postgres://app:§{password}§@db/clinic?sslmode=require"),
            format!("postgres://db/clinic?password=§{password}§"),
            format!("postgres://app@db/clinic?user=x&sslpassword=§{password}§&sslmode=require"),
        ] {
            let parts: Vec<_> = url.split('§').collect();
            let url = parts.concat();
            let shown = format!("{:?}", DatabaseUrl::parse(&url).unwrap());
            // Only what the rest of the URL does not itself contain can tell a leak.
            let rest = format!("{}{}***", parts[0], parts[parts.len() - 1]);
            if !rest.contains(password.as_str()) {
                prop_assert!(!shown.contains(password.as_str()), "{url} shows as {shown}");
            }
        }
    }
}

#[test]
fn an_address_of_another_kind_of_database_is_refused_without_its_text() {
    let faults = Case::embedded()
        .with("DATABASE_URL", "mysql://app:hunter2@db/clinic")
        .faults();
    assert_eq!(
        only(&faults),
        "database.url (from DATABASE_URL): the value does not begin with sqlite: or postgres:// or postgresql://"
    );
}

#[test]
fn the_kind_and_file_of_a_database_follow_from_its_url() {
    let url = |text: &str| DatabaseUrl::parse(text).unwrap();
    assert_eq!(url("postgresql://db/clinic").kind(), DatabaseKind::Postgres);
    assert_eq!(url("postgresql://db/clinic").sqlite_file(), None);
    assert_eq!(url("sqlite:clinic.db").kind(), DatabaseKind::Sqlite);
    for (text, file) in [
        ("sqlite:clinic.db", "clinic.db"),
        ("sqlite://a/b%20c.db?mode=rwc", "a/b c.db"),
        ("sqlite:///var/x%3F.db", "/var/x?.db"),
        ("sqlite:odd%zz%4.db", "odd%zz%4.db"),
    ] {
        assert_eq!(url(text).sqlite_file(), Some(file.into()));
    }
}

#[test]
fn a_folder_with_any_name_can_hold_the_default_database() {
    let case = Case::embedded();
    let odd = case.folder.path().join("100% why? #1");
    let case = case.with("PATIENT_TRACKER_DATA_FOLDER", odd.to_str().unwrap());
    let file = case.config().database.url.sqlite_file();
    assert_eq!(file, Some(odd.join("patient-tracker.db")));
}

#[test]
fn an_origin_is_compared_as_browsers_write_it() {
    for (text, origin) in [
        ("https://Clinic.example/", "https://clinic.example"),
        ("https://clinic.example:443", "https://clinic.example"),
        ("http://127.0.0.1:80", "http://127.0.0.1"),
        ("http://[::1]:3000", "http://[::1]:3000"),
    ] {
        assert_eq!(Origin::parse(text).unwrap().as_str(), origin);
    }
}

#[test]
fn an_origin_with_a_path_or_a_wildcard_is_refused() {
    for text in [
        "*",
        "https://*.example",
        "https://a.example/app",
        "ftp://a",
        "a.example",
        "https://",
        "null",
    ] {
        assert!(Origin::parse(text).is_err(), "{text}");
    }
}

#[test]
fn pages_of_the_public_url_and_of_the_listed_origins_may_call() {
    let config = Case::embedded()
        .with("PATIENT_TRACKER_HTTP_PUBLIC_URL", "https://clinic.example")
        .with(
            "PATIENT_TRACKER_HTTP_ALLOWED_ORIGINS",
            "http://localhost:3000",
        )
        .config();
    assert!(config.allows_origin("https://clinic.example"));
    assert!(config.allows_origin("http://localhost:3000"));
    assert!(!config.allows_origin("https://clinic.example.evil.example"));
    assert!(!config.allows_origin("null"));
}

#[test]
fn a_network_holds_its_addresses_and_no_other() {
    let holds = |network: &str, address: &str| {
        let address: IpAddr = address.parse().unwrap();
        Network::parse(network).unwrap().contains(address)
    };
    assert!(holds("10.0.0.0/8", "10.255.0.1"));
    assert!(holds("10.0.0.0/8", "::ffff:10.1.2.3"));
    assert!(!holds("10.0.0.0/8", "11.0.0.1"));
    assert!(holds("192.0.2.7", "192.0.2.7"));
    assert!(!holds("192.0.2.7", "192.0.2.8"));
    assert!(holds("0.0.0.0/0", "203.0.113.9"));
    assert!(!holds("0.0.0.0/0", "2001:db8::1"));
    assert!(holds("2001:db8::/32", "2001:db8:1::1"));
    assert!(holds("::/0", "2001:db8::1"));
    for wrong in [
        "10.0.0.0/33",
        "::/129",
        "10.0.0/8",
        "proxy",
        "10.0.0.0/-1",
        "10.0.0.0/",
    ] {
        assert!(Network::parse(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn a_bucket_is_named_by_its_url_and_needs_what_its_requests_are_signed_with() {
    let bucket = |url: &str| Case::embedded().with("PATIENT_TRACKER_DOCUMENTS_BUCKET", url);
    let signed = |case: Case| {
        case.with("PATIENT_TRACKER_DOCUMENTS_S3_KEY_ID", "harbour")
            .with("PATIENT_TRACKER_DOCUMENTS_S3_SECRET", "swordfish")
    };
    let config = signed(bucket("s3://clinic-1/records/files/")).config();
    let url = config.documents.bucket.as_ref().unwrap();
    assert_eq!((url.bucket(), url.prefix()), ("clinic-1", "records/files"));
    assert_eq!(
        config.documents.s3_secret.as_ref().unwrap().expose(),
        "swordfish"
    );
    assert!(!format!("{config:?} {}", config.print()).contains("swordfish"));
    assert_eq!(
        signed(bucket("s3://abc"))
            .config()
            .documents
            .bucket
            .unwrap()
            .prefix(),
        ""
    );
    for wrong in [
        "clinic",
        "s3://",
        "s3://ab",
        "s3://Clinic",
        "s3://clinic.example",
        "s3://clinic//x",
        "s3://clinic/../x",
        "s3://clinic/a b",
    ] {
        let faults = signed(bucket(wrong)).faults();
        assert!(
            only(&faults).contains("is not a bucket such as"),
            "{wrong}: {faults:?}"
        );
    }
    let faults = bucket("s3://clinic").faults();
    assert!(only(&faults).starts_with("documents.bucket needs documents.s3_key_id"));
}
