//! Several master keys: given or kept in the folder, one of them current, none lost on the way.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::super::Config;
use super::{Case, INDEX, MASTER, TOKEN, base64, only};

/// Another master key, of bytes that look random.
const LATER: &str = "0K0YiBI8CK+31sndmchbtq/ad3b5ykgoC3TWMfoAxTk=";

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn chmod(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn further_master_keys_are_read_from_a_list_or_a_file_and_shown_nowhere() {
    let other = base64(&{
        let bytes: [u8; 32] =
            std::array::from_fn(|at| u8::try_from(at).unwrap().wrapping_mul(73) ^ 0x3c);
        bytes
    });
    let given = Case::production().with(
        "PATIENT_TRACKER_KEYS_MASTER_OTHERS",
        format!("{other}, {LATER}"),
    );
    let kept = Case::production();
    let file = kept.write("others", &format!("{other}\n{LATER}\n"));
    let kept = kept.with(
        "PATIENT_TRACKER_KEYS_MASTER_OTHERS_FILE",
        file.to_str().unwrap(),
    );
    for case in [given, kept] {
        let (config, keys) = Config::load_with_keys(&case.inputs()).unwrap();
        let others: Vec<_> = keys
            .other_masters
            .iter()
            .map(|key| base64(key.expose()))
            .collect();
        assert_eq!(others, [other.as_str(), LATER]);
        let printed = config.print();
        assert!(printed.contains("master_others"));
        assert!(!printed.contains(LATER) && !format!("{config:?}{keys:?}").contains(LATER));
        assert!(!config.keeps_masters());
    }
    let weak = Case::production().with(
        "PATIENT_TRACKER_KEYS_MASTER_OTHERS",
        format!("{LATER},AAAA"),
    );
    assert!(only(&weak.faults()).contains("has 3 bytes where 32 are needed"));
    assert!(!only(&weak.faults()).contains(LATER));
}

#[test]
fn a_master_key_that_is_current_and_not_or_serves_another_purpose_is_refused() {
    for (others, fault) in [
        (MASTER, "keys.master is among keys.master_others too"),
        (TOKEN, "keys.token is the same key as a master key"),
        (INDEX, "keys.index is the same key as a master key"),
    ] {
        let case = Case::production().with("PATIENT_TRACKER_KEYS_MASTER_OTHERS", others);
        assert!(
            only(&case.faults()).starts_with(fault),
            "{:?}",
            case.faults()
        );
    }
}

#[test]
fn a_rotation_keeps_the_key_before_for_its_owner_only_and_a_key_is_forgotten_by_its_content() {
    let case = Case::embedded();
    let (config, first) = Config::load_with_keys(&case.inputs()).unwrap();
    assert!(config.keeps_masters() && first.other_masters.is_empty());
    let stamp = config.keys_stamp();
    config.make_master("first").unwrap();
    assert_ne!(config.keys_stamp(), stamp);
    let second = config.keys_again().unwrap();
    assert_ne!(second.master.expose(), first.master.expose());
    assert_eq!(second.other_masters[0].expose(), first.master.expose());
    for name in ["master.key", "master-first.key"] {
        assert_eq!(mode(&case.data().join("keys").join(name)), 0o600);
    }
    config.make_master("second").unwrap();
    let third = config.keys_again().unwrap();
    assert_eq!(third.other_masters.len(), 2);
    // Whatever is asked for, the current one stays.
    assert_eq!(
        config.forget_masters(|key| key.expose() == third.master.expose()),
        Ok(0)
    );
    assert_eq!(
        config.forget_masters(|key| key.expose() == first.master.expose()),
        Ok(1)
    );
    let left = config.keys_again().unwrap();
    assert_eq!(left.other_masters[0].expose(), second.master.expose());
    assert_eq!(left.other_masters.len(), 1);
}

#[test]
fn a_rotation_that_was_cut_short_loses_no_key_and_is_done_again() {
    let case = Case::embedded();
    let (config, before) = Config::load_with_keys(&case.inputs()).unwrap();
    let folder = case.data().join("keys");
    std::fs::hard_link(folder.join("master.key"), folder.join("master-first.key")).unwrap();
    std::fs::write(folder.join("master.key.new"), "abc").unwrap();
    let (_, cut) = Config::load_with_keys(&case.inputs()).unwrap();
    assert_eq!(cut.master.expose(), before.master.expose());
    config.make_master("first").unwrap();
    let after = config.keys_again().unwrap();
    assert_ne!(after.master.expose(), before.master.expose());
    assert_eq!(after.other_masters[0].expose(), before.master.expose());
    // Another key under that name is not written over.
    assert!(
        config
            .make_master("first")
            .unwrap_err()
            .contains("another key than its name says")
    );
    chmod(&folder.join("master-first.key"), 0o644);
    assert!(only(&case.faults()).contains("master-first.key is open to others"));
}

#[test]
fn given_master_keys_are_neither_made_nor_forgotten() {
    let case = Case::embedded().with("PATIENT_TRACKER_KEYS_MASTER", MASTER);
    let (config, _) = Config::load_with_keys(&case.inputs()).unwrap();
    assert!(!config.keeps_masters() && config.keys_stamp().is_none());
    assert!(config.make_master("x").is_err());
    assert!(config.forget_masters(|_| true).is_err());
}
