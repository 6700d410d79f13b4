//! What can be written as a value.

use std::time::Duration;

use proptest::prelude::*;

use super::super::value::Value;
use super::super::{Introspection, LogFormat, SocketOperations};
use super::{Case, only};

#[test]
fn a_duration_needs_its_unit() {
    let case = Case::embedded().with("PATIENT_TRACKER_HTTP_REQUEST_TIMEOUT", "10");
    let faults = case.faults();
    assert!(only(&faults).contains("not a duration with its unit"));
}

#[test]
fn a_duration_is_read_in_every_unit() {
    for (text, millis) in [
        ("500ms", 500),
        ("10s", 10_000),
        ("30min", 1_800_000),
        ("12 h", 43_200_000),
        ("7d", 604_800_000),
    ] {
        assert_eq!(Duration::parse(text), Ok(Duration::from_millis(millis)));
    }
}

#[test]
fn a_duration_beyond_counting_is_refused() {
    for text in [
        "99999999999999999999d",
        "18446744073709551615d",
        "-1s",
        "1.5h",
        "s",
        "",
        "1m",
    ] {
        assert!(Duration::parse(text).is_err(), "{text}");
    }
}

proptest! {
    #[test]
    fn a_duration_survives_writing_and_reading(millis in 0_u64..10_000_000_000) {
        let time = Duration::from_millis(millis);
        prop_assert_eq!(Duration::parse(&time.text()), Ok(time));
    }

    #[test]
    fn no_text_makes_a_reader_panic(text in ".{0,80}") {
        let _ = Duration::parse(&text);
        let _ = super::super::Network::parse(&text);
        let _ = super::super::Origin::parse(&text);
        let _ = super::super::Secret::parse(&text);
        let _ = super::super::DatabaseUrl::parse(&format!("sqlite:{text}")).map(|url| url.sqlite_file());
    }
}

#[test]
fn a_list_is_split_at_commas_in_a_variable_and_written_as_an_array_in_the_file() {
    let variable = Case::embedded()
        .with(
            "PATIENT_TRACKER_HTTP_ALLOWED_ORIGINS",
            "https://a.example, https://b.example,",
        )
        .config();
    let file = Case::embedded()
        .file("[http]\nallowed_origins = ['https://a.example', 'https://b.example']")
        .config();
    assert_eq!(variable.http.allowed_origins.len(), 2);
    assert_eq!(variable.http.allowed_origins, file.http.allowed_origins);
}

#[test]
fn a_list_where_one_value_belongs_is_refused() {
    let faults = Case::embedded()
        .file("[http]\nbody_limit = [1, 2]")
        .faults();
    assert!(only(&faults).contains("http.body_limit (from the configuration file)"));
    assert!(only(&faults).contains("is a list"));
}

#[test]
fn a_table_or_a_fraction_is_no_value() {
    let faults = Case::embedded()
        .file("[limits]\ncost = 1.5\ndepth = { a = 1 }")
        .faults();
    assert_eq!(faults.len(), 2);
    assert!(faults[0].contains("limits.cost") && faults[0].contains("float"));
    assert!(faults[1].contains("limits.depth") && faults[1].contains("table"));
}

#[test]
fn a_number_outside_its_range_is_refused_with_the_range() {
    let faults = Case::embedded()
        .with("PATIENT_TRACKER_LIMITS_NESTING", "5000")
        .faults();
    assert_eq!(
        only(&faults),
        "limits.nesting (from PATIENT_TRACKER_LIMITS_NESTING): \"5000\" is outside 4 to 200"
    );
}

#[test]
fn a_password_hash_below_the_advised_cost_is_refused() {
    let case = Case::embedded()
        .with("PATIENT_TRACKER_IDENTITY_HASH_MEMORY", "1024")
        .with("PATIENT_TRACKER_IDENTITY_HASH_ITERATIONS", "1");
    assert_eq!(case.faults().len(), 2);
}

#[test]
fn a_switch_is_true_or_false_and_nothing_else() {
    let faults = Case::embedded()
        .with("PATIENT_TRACKER_HTTP_GRAPHIQL", "yes")
        .faults();
    assert!(only(&faults).ends_with("\"yes\" is neither true nor false"));
}

#[test]
fn a_host_name_is_no_listening_address() {
    let faults = Case::embedded()
        .with("PATIENT_TRACKER_HTTP_LISTEN", "localhost:8080")
        .faults();
    assert!(only(&faults).contains("numeric address and port"));
}

#[test]
fn every_word_is_read() {
    let config = Case::embedded()
        .file("[http]\nintrospection = 'off'\n[socket]\noperations = 'all'\n[log]\nformat = 'json'")
        .config();
    assert_eq!(config.http.introspection, Introspection::Off);
    assert_eq!(config.socket.operations, SocketOperations::All);
    assert_eq!(config.log.format, LogFormat::Json);
}

#[test]
fn an_unknown_word_is_refused_with_the_known_ones() {
    let faults = Case::embedded()
        .with("PATIENT_TRACKER_HTTP_INTROSPECTION", "sometimes")
        .faults();
    assert!(only(&faults).ends_with("\"sometimes\" is not on or token or off"));
}

#[test]
fn a_long_value_is_cut_in_its_fault() {
    let faults = Case::embedded()
        .with("PATIENT_TRACKER_LOG_FORMAT", "x".repeat(5_000))
        .faults();
    assert!(only(&faults).len() < 200);
}
