//! The keys: refused when weak, made once when embedded, never replaced.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::super::Config;
use super::{Case, INDEX, MASTER, TOKEN, base64, only};

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn chmod(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

fn master_fault(key: &str) -> String {
    let faults = Case::production()
        .with("PATIENT_TRACKER_KEYS_MASTER", key)
        .faults();
    only(&faults).to_owned()
}

#[test]
fn a_missing_key_refuses_production() {
    for name in ["MASTER", "TOKEN", "INDEX"] {
        let variable = format!("PATIENT_TRACKER_KEYS_{name}");
        let faults = Case::production().without(&variable).faults();
        assert!(only(&faults).contains("is missing") && only(&faults).contains(&variable));
    }
    let case = Case::embedded()
        .with("REDIS_URL", "redis://127.0.0.1")
        .with("PATIENT_TRACKER_MAIL_URL", "file");
    assert_eq!(case.faults().len(), 3);
    assert!(
        !case.data().exists(),
        "a refused start leaves nothing behind"
    );
}

#[test]
fn a_short_or_long_key_is_refused() {
    let bytes: Vec<u8> = (0..48)
        .map(|index: u8| index.wrapping_mul(167) ^ 0xa5)
        .collect();
    assert!(master_fault(&base64(&bytes[..31])).contains("has 31 bytes where 32 are needed"));
    assert!(master_fault(&base64(&bytes)).contains("has 48 bytes where 32 are needed"));
    assert!(master_fault("changeme!").contains("is not base64"));
}

#[test]
fn a_key_that_was_chosen_rather_than_drawn_is_refused() {
    let counting: Vec<u8> = (0..32).collect();
    let stepping: Vec<u8> = (0..32).map(|index: u8| index.wrapping_mul(200)).collect();
    let half: Vec<u8> = (0..16)
        .map(|index: u8| index.wrapping_mul(167) ^ 0xa5)
        .collect();
    for (key, why) in [
        (vec![0; 32], "too few different bytes"),
        (vec![0xff; 32], "too few different bytes"),
        (
            [0xde, 0xad, 0xbe, 0xef].repeat(8),
            "too few different bytes",
        ),
        (half.repeat(2), "it repeats itself"),
        (counting, "it counts up or down"),
        (stepping, "it counts up or down"),
        (
            b"change-me, this is a sample key!".to_vec(),
            "readable text",
        ),
        (
            b"0123456789abcdefghijklmnopqrstuv".to_vec(),
            "readable text",
        ),
    ] {
        assert!(master_fault(&base64(&key)).contains(why), "{key:?}");
    }
}

#[test]
fn a_key_is_read_in_either_alphabet_with_or_without_padding() {
    let mut bytes: Vec<u8> = (0..32)
        .map(|index: u8| index.wrapping_mul(167) ^ 0x5a)
        .collect();
    bytes[..3].copy_from_slice(&[0xfb, 0xff, 0xbf]);
    let standard = base64(&bytes);
    let url = standard.replace('+', "-").replace('/', "_");
    assert_ne!(url, standard);
    for text in [standard.as_str(), url.as_str(), url.trim_end_matches('=')] {
        let case = Case::production().with("PATIENT_TRACKER_KEYS_MASTER", text);
        let (_, keys) = Config::load_with_keys(&case.inputs()).unwrap();
        assert_eq!(keys.master.expose().as_slice(), bytes);
    }
}

#[test]
fn one_key_for_two_purposes_is_refused() {
    let faults = Case::production()
        .with("PATIENT_TRACKER_KEYS_TOKEN", MASTER)
        .faults();
    assert_eq!(
        only(&faults),
        "keys.master and keys.token are the same key; each needs its own"
    );
}

#[test]
fn an_embedded_server_makes_its_keys_once_for_its_owner_only() {
    let case = Case::embedded();
    let (_, first) = Config::load_with_keys(&case.inputs()).unwrap();
    let folder = case.data().join("keys");
    assert_eq!(mode(&folder), 0o700);
    let mut names: Vec<_> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    names.sort();
    assert_eq!(names, ["index.key", "master.key", "token.key"]);
    for name in &names {
        assert_eq!(mode(&folder.join(name)), 0o600);
    }
    let (_, second) = Config::load_with_keys(&case.inputs()).unwrap();
    assert_eq!(first.master.expose(), second.master.expose());
    assert_eq!(first.token.expose(), second.token.expose());
    assert_eq!(first.index.expose(), second.index.expose());
    let (_, other) = Config::load_with_keys(&Case::embedded().inputs()).unwrap();
    assert_ne!(first.master.expose(), other.master.expose());
}

#[test]
fn many_first_starts_at_once_agree_on_the_keys() {
    let case = Case::embedded();
    let inputs = case.inputs();
    let load = || *Config::load_with_keys(&inputs).unwrap().1.master.expose();
    let all: Vec<_> = std::thread::scope(|scope| {
        let starts: Vec<_> = (0..16).map(|_| scope.spawn(load)).collect();
        starts
            .into_iter()
            .map(|start| start.join().unwrap())
            .collect()
    });
    assert!(all.iter().all(|key| *key == all[0]));
}

#[test]
fn a_key_half_made_by_a_crash_is_made_anew() {
    let case = Case::embedded();
    Config::load_with_keys(&case.inputs()).unwrap();
    let token = case.data().join("keys/token.key");
    std::fs::remove_file(&token).unwrap();
    std::fs::write(case.data().join("keys/token.key.new"), "abc").unwrap();
    assert_eq!(case.faults(), Vec::<String>::new());
    assert_eq!(mode(&token), 0o600);
    assert!(!case.data().join("keys/token.key.new").exists());
}

#[test]
fn a_key_or_folder_open_to_others_is_refused() {
    let case = Case::embedded();
    Config::load_with_keys(&case.inputs()).unwrap();
    let folder = case.data().join("keys");
    chmod(&folder.join("index.key"), 0o640);
    let faults = case.faults();
    assert!(only(&faults).contains("index.key is open to others (mode 640): chmod 600"));
    chmod(&folder.join("index.key"), 0o400);
    assert_eq!(case.faults(), Vec::<String>::new());
    chmod(&folder, 0o755);
    let faults = case.faults();
    assert!(only(&faults).contains("keys is open to others (mode 755): chmod 700"));
}

#[test]
fn a_damaged_key_is_refused_and_kept() {
    let case = Case::embedded();
    Config::load_with_keys(&case.inputs()).unwrap();
    let master = case.data().join("keys/master.key");
    std::fs::write(&master, "AAAA\n").unwrap();
    let faults = case.faults();
    assert!(only(&faults).contains("master.key has 3 bytes where 32 are needed"));
    assert_eq!(std::fs::read_to_string(master).unwrap(), "AAAA\n");
}

#[test]
fn no_new_key_is_made_beside_data_that_only_the_lost_one_reads() {
    let case = Case::embedded();
    Config::load_with_keys(&case.inputs()).unwrap();
    std::fs::write(case.data().join("patient-tracker.db"), "SQLite format 3").unwrap();
    for (name, refused) in [("master", true), ("index", true), ("token", false)] {
        let path = case.data().join(format!("keys/{name}.key"));
        let content = std::fs::read(&path).unwrap();
        std::fs::remove_file(&path).unwrap();
        let faults = case.faults();
        assert_eq!(faults.len(), usize::from(refused), "{faults:?}");
        assert_eq!(path.exists(), !refused);
        std::fs::write(&path, content).unwrap();
        chmod(&path, 0o600);
    }
}

#[test]
fn given_keys_are_used_embedded_too_and_then_none_is_made() {
    let case = Case::embedded()
        .with("PATIENT_TRACKER_KEYS_MASTER", MASTER)
        .with("PATIENT_TRACKER_KEYS_TOKEN", TOKEN);
    let (_, keys) = Config::load_with_keys(&case.inputs()).unwrap();
    assert_eq!(base64(keys.master.expose()), MASTER);
    assert_eq!(base64(keys.token.expose()), TOKEN);
    assert!(!case.data().join("keys/master.key").exists());
    assert!(case.data().join("keys/index.key").exists());
}

#[test]
fn the_data_folder_stands_even_when_every_key_is_given() {
    let case = Case::embedded()
        .with("PATIENT_TRACKER_KEYS_MASTER", MASTER)
        .with("PATIENT_TRACKER_KEYS_TOKEN", TOKEN)
        .with("PATIENT_TRACKER_KEYS_INDEX", INDEX);
    assert_eq!(case.faults(), Vec::<String>::new());
    assert_eq!(mode(&case.data()), 0o700);
    assert!(!case.data().join("keys").exists());
    let production = Case::production();
    assert_eq!(production.faults(), Vec::<String>::new());
    assert!(!production.data().exists());
}

#[test]
fn looking_makes_nothing() {
    let case = Case::embedded();
    case.config();
    assert!(!case.data().exists());
}

#[test]
fn a_start_refused_for_another_reason_makes_no_key() {
    let case = Case::embedded();
    let refused = || {
        let depth = ("PATIENT_TRACKER_LIMITS_DEPTH".to_owned(), "0".to_owned());
        let faults = Config::load_with_keys(&case.inputs().variables([depth])).unwrap_err();
        assert_eq!(faults.sentences().len(), 1);
    };
    refused();
    assert!(!case.data().exists());
    Config::load_with_keys(&case.inputs()).unwrap();
    let token = case.data().join("keys/token.key");
    std::fs::remove_file(&token).unwrap();
    refused();
    assert!(!token.exists());
}

#[test]
fn a_folder_that_cannot_be_made_is_told_once() {
    let case = Case::embedded();
    let blocked = case.write("blocked", "");
    let case = case.with("PATIENT_TRACKER_DATA_FOLDER", blocked.to_str().unwrap());
    assert!(only(&case.faults()).starts_with("the key folder"));
}
