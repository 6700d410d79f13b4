//! Settings as text, and that no secret is in it.

use super::super::Config;
use super::super::settings::SETTINGS;
use super::{Case, INDEX, MASTER, TOKEN};

fn assert_no_secret(text: &str) {
    for secret in [MASTER, TOKEN, INDEX, "hunter2", "swordfish"] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
}

fn secretive() -> Case {
    Case::production().with("REDIS_URL", "redis://:swordfish@cache")
}

#[test]
fn no_secret_shows_in_any_text_of_the_configuration() {
    let (config, keys) = Config::load_with_keys(&secretive().inputs()).unwrap();
    assert_no_secret(&config.print());
    assert_no_secret(&format!("{config:?} {config:#?} {keys:?} {keys:#?}"));
    assert_eq!(format!("{:?}", keys.master), "***");
}

#[test]
fn no_secret_shows_in_a_fault() {
    let swapped = secretive()
        .with("DATABASE_URL", "psql://app:hunter2@db")
        .with("REDIS_URL", "http://swordfish@cache")
        .with("PATIENT_TRACKER_KEYS_MASTER", format!("{MASTER}AAAA"))
        .with("PATIENT_TRACKER_KEYS_TOKEN", format!("!{TOKEN}"))
        .with("PATIENT_TRACKER_KEYS_INDEX_FILE", INDEX);
    let faults = Config::load_with_keys(&swapped.inputs()).unwrap_err();
    assert!(faults.sentences().len() >= 5, "{faults}");
    assert_no_secret(&format!("{faults} {faults:?}"));
}

#[test]
fn the_print_names_every_setting_with_its_meaning_and_source() {
    let case = secretive()
        .file("[limits]\ndepth = 9")
        .with("PATIENT_TRACKER_LIMITS_COST", "800");
    let text = Config::load(&case.inputs().set("http.listen", "127.0.0.1:9"))
        .unwrap()
        .print();
    for setting in SETTINGS {
        assert!(text.contains(setting.doc), "{}", setting.key());
        assert!(text.contains(&format!("\n[{}]\n", setting.section)));
    }
    for line in [
        "listen = \"127.0.0.1:9\" # from the command line",
        "depth = 9 # from the configuration file",
        "cost = 800 # from PATIENT_TRACKER_LIMITS_COST",
        "fields = 500 # default",
        "# public_url = # not set",
        "# master = \"***\" # from PATIENT_TRACKER_KEYS_MASTER",
        "url = \"postgres://app:***@db.internal/clinic\" # from DATABASE_URL",
    ] {
        assert!(text.lines().any(|other| other == line), "{line}\n{text}");
    }
}

#[test]
fn the_print_is_itself_a_configuration_file_for_the_same_settings() {
    let embedded = Case::embedded()
        .with("PATIENT_TRACKER_HTTP_TRUSTED_PROXIES", "10.0.0.0/8,::1")
        .with("PATIENT_TRACKER_HTTP_PUBLIC_URL", "https://clinic.example")
        .with(
            "PATIENT_TRACKER_IDENTITY_ISSUER",
            "the \"clinic\" \\ ours #1",
        )
        .with("PATIENT_TRACKER_HTTP_REQUEST_TIMEOUT", "90s");
    for case in [embedded, secretive()] {
        let config = case.config();
        let again = Case::embedded()
            .without("PATIENT_TRACKER_DATA_FOLDER")
            .file(&config.print());
        let again = Config::load(&again.inputs()).unwrap();
        assert_eq!(again.mode, config.mode);
        let without_sources = |config: &Config| {
            let lines = config.print();
            let lines = lines
                .lines()
                .filter(|line| !line.starts_with("# ") && !line.is_empty());
            lines
                .map(|line| {
                    line.rsplit_once(" # ")
                        .map_or(line, |(said, _)| said)
                        .to_owned()
                })
                .collect::<Vec<_>>()
        };
        assert_eq!(without_sources(&again), without_sources(&config));
        assert_eq!(again.identity.issuer, config.identity.issuer);
        assert_eq!(again.http.trusted_proxies, config.http.trusted_proxies);
    }
}

#[test]
fn a_secret_in_a_file_prints_as_the_file() {
    let case = Case::production().without("PATIENT_TRACKER_KEYS_MASTER");
    let path = case.write("master", MASTER);
    let case = case.with("PATIENT_TRACKER_KEYS_MASTER_FILE", path.to_str().unwrap());
    let text = case.config().print();
    assert!(text.contains(&format!(
        "master_file = \"{}\" # from PATIENT_TRACKER_KEYS_MASTER_FILE",
        path.display()
    )));
    assert_no_secret(&text);
}

#[test]
fn the_manual_lists_every_setting_once() {
    let manual = Config::reference();
    for setting in SETTINGS {
        let row = format!("| `{}` | `{}`", setting.key(), setting.variable());
        assert_eq!(manual.matches(&row).count(), 1, "{row}");
    }
    assert!(
        manual.contains("| `http.listen` | `PATIENT_TRACKER_HTTP_LISTEN` | `127.0.0.1:8080` |")
    );
    assert!(manual.contains("`DATABASE_URL` or `…_FILE`"));
    // A cell must not hold what ends a cell.
    assert!(
        manual
            .lines()
            .filter(|line| line.starts_with("| `"))
            .all(|line| line.matches('|').count() == 5)
    );
}
