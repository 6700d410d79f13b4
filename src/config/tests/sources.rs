//! Who said what, who outranks whom, and that every fault is told in one go.

use super::super::settings::SETTINGS;
use super::super::table::Secrecy;
use super::super::{Config, FILE_VARIABLE, Inputs, Introspection, LogFormat, Mode};
use super::{Case, MASTER, only};

#[test]
fn without_any_input_the_server_is_embedded_on_loopback() {
    let config = Config::load(&Inputs::default()).unwrap();
    assert_eq!(config.mode, Mode::Embedded);
    assert_eq!(config.http.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(
        config.database.url.expose(),
        "sqlite://./data/patient-tracker.db?mode=rwc"
    );
    assert_eq!(config.redis.url, None);
    assert!(config.http.graphiql);
    assert_eq!(config.http.introspection, Introspection::On);
    assert_eq!(config.log.format, LogFormat::Text);
    assert_eq!(config.http.max_connections, 2_000);
    assert_eq!(config.limits.query_bytes, 16_384);
}

#[test]
fn a_postgres_database_makes_it_production() {
    for url in ["postgres://db/clinic", "postgresql://db/clinic"] {
        let config = Case::production().with("DATABASE_URL", url).config();
        assert_eq!(config.mode, Mode::Production);
        assert!(!config.http.graphiql);
        assert_eq!(config.http.introspection, Introspection::Token);
        assert_eq!(config.log.format, LogFormat::Json);
    }
}

#[test]
fn redis_makes_it_production() {
    let config = Case::embedded()
        .with("REDIS_URL", "redis://127.0.0.1")
        .with("PATIENT_TRACKER_MAIL_URL", "file")
        .config();
    assert_eq!(config.mode, Mode::Production);
}

#[test]
fn what_production_turns_off_can_be_turned_on() {
    let config = Case::production()
        .with("PATIENT_TRACKER_HTTP_GRAPHIQL", "true")
        .config();
    assert!(config.http.graphiql);
}

#[test]
fn the_command_line_outranks_the_environment_which_outranks_the_file() {
    let file = Case::embedded().file("[limits]\ndepth = 9\ncost = 900\nfields = 90");
    let both = file
        .with("PATIENT_TRACKER_LIMITS_COST", "800")
        .with("PATIENT_TRACKER_LIMITS_FIELDS", "80");
    let config = Config::load(&both.inputs().set("limits.fields", "70")).unwrap();
    assert_eq!(
        (
            config.limits.depth,
            config.limits.cost,
            config.limits.fields
        ),
        (9, 800, 70)
    );
}

#[test]
fn a_variable_names_the_file_when_the_command_line_does_not() {
    let case = Case::embedded();
    let named = case.write("named.toml", "[limits]\ndepth = 7");
    let flagged = case.write("flagged.toml", "[limits]\ndepth = 8");
    let variable = || [(FILE_VARIABLE.to_owned(), named.to_str().unwrap().to_owned())];
    let depth = |inputs: Inputs| Config::load(&inputs).unwrap().limits.depth;
    assert_eq!(depth(Inputs::default().variables(variable())), 7);
    assert_eq!(
        depth(Inputs::default().variables(variable()).file(Some(&flagged))),
        8
    );
    assert_eq!(
        depth(Inputs::default().file(Some(&flagged)).variables(variable())),
        8
    );
}

#[test]
fn an_empty_variable_says_nothing() {
    let config = Case::embedded()
        .with("REDIS_URL", "")
        .with("DATABASE_URL", " ")
        .config();
    assert_eq!(config.mode, Mode::Embedded);
}

#[test]
fn all_faults_are_told_at_once() {
    let faults = Case::production()
        .file(
            "[http]\nlisten = '0.0.0.0:80'\nbody_limit = 'much'\nlimit = 3\n[sockets]\nping = '1s'",
        )
        .with("PATIENT_TRACKER_LIMITS_DEPTH", "x")
        .with("PATIENT_TRACKER_LIMIT_COST", "5")
        .without("PATIENT_TRACKER_KEYS_MASTER")
        .with("PATIENT_TRACKER_KEYS_TOKEN", "short")
        .faults();
    for part in [
        "http.limit is no setting",
        "sockets.ping is no setting; did you mean socket.ping?",
        "the variable PATIENT_TRACKER_LIMIT_COST is no setting; did you mean PATIENT_TRACKER_LIMITS_COST?",
        "http.body_limit (from the configuration file): \"much\" is not a whole number",
        "limits.depth (from PATIENT_TRACKER_LIMITS_DEPTH): \"x\"",
        "keys.token (from PATIENT_TRACKER_KEYS_TOKEN): the value",
        "http.listen: 0.0.0.0:80 would take passwords in the clear",
        "keys.master is missing",
    ] {
        assert!(
            faults.iter().any(|fault| fault.starts_with(part)),
            "{part}: {faults:#?}"
        );
    }
    assert_eq!(faults.len(), 8, "{faults:#?}");
}

#[test]
fn an_unknown_key_is_refused_with_the_nearest_one() {
    let faults = Case::embedded()
        .file("[http]\nlisten_on = '127.0.0.1:1'")
        .faults();
    assert_eq!(
        only(&faults),
        "http.listen_on is no setting; did you mean http.listen?"
    );
    let faults = Case::embedded()
        .file("[weather]\nforecast = 'rain'")
        .faults();
    assert_eq!(only(&faults), "weather.forecast is no setting");
    let faults = Case::embedded().file("listen = 1").faults();
    assert!(only(&faults).starts_with("listen is no setting"));
}

#[test]
fn an_unknown_variable_of_ours_is_refused_and_others_are_not_looked_at() {
    let case = Case::embedded()
        .with("PATH", "/bin")
        .with("PT_WHATEVER", "1")
        .with("REDIS_URLS", "1");
    assert_eq!(case.faults(), Vec::<String>::new());
    let faults = case
        .with("PATIENT_TRACKER_DATABASE_URL", "postgres://db")
        .faults();
    assert!(only(&faults).ends_with("did you mean DATABASE_URL?"));
    let faults = Case::embedded().with("PATIENT_TRACKER_FOO", "1").faults();
    assert_eq!(
        only(&faults),
        "the variable PATIENT_TRACKER_FOO is no setting"
    );
}

#[test]
fn variables_that_kubernetes_makes_for_a_service_are_no_settings() {
    let case = Case::embedded()
        .with("PATIENT_TRACKER_SERVICE_HOST", "10.96.0.7")
        .with("PATIENT_TRACKER_SERVICE_PORT", "8080")
        .with("PATIENT_TRACKER_SERVICE_PORT_HTTP", "8080")
        .with("PATIENT_TRACKER_PORT", "tcp://10.96.0.7:8080")
        .with("PATIENT_TRACKER_PORT_8080_TCP_ADDR", "10.96.0.7")
        .with("PATIENT_TRACKER_WEB_PORT_8080_TCP", "tcp://10.96.0.7:8080");
    assert_eq!(case.faults(), Vec::<String>::new());
    assert_eq!(
        case.with("PATIENT_TRACKER_HTTP_PORT", "9000")
            .faults()
            .len(),
        1
    );
}

#[test]
fn a_file_that_is_missing_or_no_toml_is_a_fault_without_its_text() {
    let gone = std::path::Path::new("/nonexistent/settings.toml");
    let faults = Config::load(&Inputs::default().file(Some(gone))).unwrap_err();
    assert!(
        only(faults.sentences())
            .starts_with("the configuration file /nonexistent/settings.toml cannot be read")
    );
    let faults = Case::embedded()
        .file("[database]\n\nurl = 'postgres://app:hunter2@db\n")
        .faults();
    assert!(only(&faults).contains(", line 3: "), "{faults:?}");
    assert!(!only(&faults).contains("hunter2"));
}

#[test]
fn a_secret_can_stand_in_a_file_of_its_own() {
    let case = Case::production()
        .without("PATIENT_TRACKER_KEYS_MASTER")
        .without("DATABASE_URL");
    let master = case.write("master", &format!("\n  {MASTER}\n"));
    let url = case.write("url", "postgres://app:hunter2@db/clinic\n");
    let case = case
        .with("PATIENT_TRACKER_KEYS_MASTER_FILE", master.to_str().unwrap())
        .with("DATABASE_URL_FILE", url.to_str().unwrap());
    let (config, keys) = Config::load_with_keys(&case.inputs()).unwrap();
    assert_eq!(config.mode, Mode::Production);
    assert_eq!(
        config.database.url.expose(),
        "postgres://app:hunter2@db/clinic"
    );
    assert_eq!(super::base64(keys.master.expose()), MASTER);
}

#[test]
fn a_secret_file_can_be_named_in_the_configuration_file() {
    let case = Case::embedded();
    let master = case.write("master", MASTER);
    let case = case.file(&format!("[keys]\nmaster_file = '{}'", master.display()));
    assert!(case.config().keys.master.is_some());
}

#[test]
fn a_secret_given_twice_is_a_fault_but_a_higher_rank_wins() {
    let case = Case::production();
    let master = case.write("master", MASTER);
    let path = master.to_str().unwrap().to_owned();
    let twice = case.with("PATIENT_TRACKER_KEYS_MASTER_FILE", path.clone());
    assert_eq!(
        only(&twice.faults()),
        "keys.master and keys.master_file are both given; give one"
    );
    let ranked = Case::production().file(&format!("[keys]\nmaster_file = '{path}'"));
    assert_eq!(ranked.faults(), Vec::<String>::new());
}

#[test]
fn a_secret_file_that_is_missing_empty_or_huge_is_one_fault_that_repeats_nothing() {
    let case = Case::production().without("PATIENT_TRACKER_KEYS_MASTER");
    let empty = case.write("empty", "\n");
    let huge = case.write("huge", &"A".repeat(10_000));
    for path in [MASTER, empty.to_str().unwrap(), huge.to_str().unwrap(), "/"] {
        let variables = [(
            "PATIENT_TRACKER_KEYS_MASTER_FILE".to_owned(),
            path.to_owned(),
        )];
        let faults = Config::load_with_keys(&case.inputs().variables(variables)).unwrap_err();
        let fault = only(faults.sentences());
        assert!(
            fault.starts_with("keys.master_file (from PATIENT_TRACKER_KEYS_MASTER_FILE): "),
            "{fault}"
        );
        assert!(!fault.contains(MASTER));
    }
}

#[test]
fn a_key_has_no_place_in_the_configuration_file() {
    let faults = Case::embedded()
        .file(&format!("[keys]\nmaster = '{MASTER}'"))
        .faults();
    assert!(only(&faults).starts_with("keys.master: a key has no place in the configuration file"));
    assert!(!only(&faults).contains(MASTER));
}

#[test]
fn every_setting_is_documented_and_every_default_is_valid() {
    for setting in SETTINGS {
        assert!(
            setting.doc.ends_with('.') && setting.about.ends_with('.'),
            "{}",
            setting.key()
        );
        assert!(!(setting.form)().is_empty());
        assert!(
            !setting.name.ends_with("_file"),
            "`_file` is kept for files that hold a secret"
        );
    }
    // Were a default invalid, there would be no configuration at all.
    assert!(Config::load(&Inputs::default()).is_ok());
    assert!(Case::production().load().is_ok());
    let keys = SETTINGS
        .iter()
        .filter(|one| one.secrecy == Secrecy::Key)
        .count();
    assert_eq!(keys, 4);
}

#[test]
fn no_two_settings_share_a_key_or_a_variable() {
    let mut names: Vec<_> = SETTINGS
        .iter()
        .flat_map(|one| [one.key(), one.variable()])
        .collect();
    let count = names.len();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), count);
}
