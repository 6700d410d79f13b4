//! The house as it was drawn: arrows point down only, faces alone know GraphQL, history does not follow the present, files
//! stay short enough to be read, and the contract is the one that was exported.
#![expect(
    clippy::unwrap_used,
    reason = "where something that must be there is not, the test has failed"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

const LINES: usize = 400;

/// The floors of `src`, from the ground up. What stands on one may use its own floor and those before it.
const FLOORS: &[&[&str]] = &[
    &[
        "error",
        "clock",
        "config",
        "batch",
        "recent",
        "vault",
        "mail",
        "depot",
        "scan",
        "meter",
        "sample",
        "interaction",
        "wake",
    ],
    &["db"],
    &["event"],
    &[
        "access",
        "audit",
        "auth",
        "idempotency",
        "keyring",
        "loaders",
        "state",
    ],
    &[
        "account",
        "patient",
        "doctor",
        "care",
        "schedule",
        "appointment",
        "waitlist",
        "chart",
        "proposal",
        "document",
        "export",
        "feed",
        "notification",
        "oversight",
        "graphql",
        "fhir",
    ],
    &["intake"],
    &["schema"],
    &["gate"],
    &["http"],
    &["app"],
    &["demo", "import", "cli"],
    &["main"],
];

/// The rooms, earlier ones first. Services and stores call earlier rooms only; faces may see each other.
const ROOMS: &[&str] = &[
    "account",
    "patient",
    "doctor",
    "care",
    "schedule",
    "appointment",
    "waitlist",
    "chart",
    "proposal",
    "document",
    "export",
    "feed",
    "notification",
    "oversight",
];

/// What of the floors and rooms is not as drawn, and why that is right.
const EXCEPTIONS: &[(&str, &str, &str)] = &[];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every Rust file below, but for what is built.
fn files(below: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![below.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() && name != "target" && !name.starts_with('.') {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// A file of `src`: its path from there, its first segment, and its text without tests and comments.
struct Source {
    path: String,
    floor: String,
    text: String,
}

fn sources() -> Vec<Source> {
    let src = root().join("src");
    let mut sources = Vec::new();
    for path in files(&src) {
        let relative = path
            .strip_prefix(&src)
            .unwrap()
            .to_string_lossy()
            .into_owned();
        let is_test = relative
            .split(['/', '.'])
            .any(|part| part == "tests" || part.ends_with("_tests"));
        if is_test || relative == "lib.rs" {
            continue;
        }
        let floor = relative.split(['/', '.']).next().unwrap().to_owned();
        let text = fs::read_to_string(&path).unwrap();
        // Tests stand at a file's end, or in files of their own.
        let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
        let code = |line: &&str| !line.trim_start().starts_with("//");
        sources.push(Source {
            path: relative,
            floor,
            text: text.lines().filter(code).collect::<Vec<_>>().join("\n"),
        });
    }
    sources
}

/// The modules of this crate that a text names: `crate::a::b` as `[a, b]`, groups taken apart at their first level.
fn named(text: &str) -> BTreeSet<(String, String)> {
    let word = |text: &str| -> String {
        text.chars()
            .take_while(|c| c.is_alphanumeric() || *c == '_')
            .collect()
    };
    let mut found = BTreeSet::new();
    for (at, _) in text.match_indices("crate::") {
        let before = text[..at].chars().next_back();
        if before.is_some_and(|c| c == '$' || c.is_alphanumeric() || c == '_') {
            continue;
        }
        let rest = &text[at + "crate::".len()..];
        if let Some(group) = rest.strip_prefix('{') {
            let mut depth = 0;
            let mut item = String::new();
            for c in group.chars() {
                match c {
                    '{' => depth += 1,
                    '}' if depth == 0 => break,
                    '}' => depth -= 1,
                    ',' if depth == 0 => {
                        found.insert(pair(&item, word));
                        item.clear();
                        continue;
                    }
                    _ => {}
                }
                item.push(c);
            }
            found.insert(pair(&item, word));
        } else {
            found.insert(pair(rest, word));
        }
    }
    found.retain(|(first, _)| !first.is_empty());
    found
}

fn pair(item: &str, word: impl Fn(&str) -> String) -> (String, String) {
    let item = item.trim_start();
    let first = word(item);
    let second = item[first.len()..]
        .strip_prefix("::")
        .map(word)
        .unwrap_or_default();
    (first, second)
}

fn height(floor: &str) -> Option<usize> {
    FLOORS.iter().position(|rooms| rooms.contains(&floor))
}

fn is_excepted(path: &str, target: &str) -> bool {
    EXCEPTIONS
        .iter()
        .any(|(from, to, _)| path.starts_with(from) && target == *to)
}

#[test]
fn every_module_stands_on_a_floor() {
    let lost: BTreeSet<_> = sources()
        .into_iter()
        .filter(|source| height(&source.floor).is_none())
        .map(|source| source.floor)
        .collect();
    assert_eq!(lost, BTreeSet::new());
}

#[test]
fn arrows_point_down_only() {
    let mut wrong = Vec::new();
    for source in sources() {
        let Some(own) = height(&source.floor) else {
            continue;
        };
        for (target, _) in named(&source.text) {
            let Some(other) = height(&target) else {
                continue;
            };
            if other > own && !is_excepted(&source.path, &target) {
                wrong.push(format!("{} uses {target}", source.path));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn rooms_call_earlier_rooms_only() {
    let place = |room: &str| ROOMS.iter().position(|one| *one == room);
    let mut wrong = Vec::new();
    for source in sources() {
        let Some(own) = place(&source.floor) else {
            continue;
        };
        if source.path.contains("/graphql") {
            continue;
        }
        for (target, _) in named(&source.text) {
            let later = place(&target).is_some_and(|other| other > own);
            if later && !is_excepted(&source.path, &target) {
                wrong.push(format!("{} uses {target}", source.path));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn nothing_below_a_face_knows_graphql() {
    let mut wrong = Vec::new();
    for source in sources() {
        let may = source.path.contains("graphql")
            || ["schema", "gate", "http", "app", "cli", "main"].contains(&&*source.floor);
        if may {
            continue;
        }
        let knows = source.text.contains("async_graphql")
            || named(&source.text).iter().any(|(first, second)| {
                first == "graphql" || first == "schema" || second == "graphql"
            });
        if knows && !is_excepted(&source.path, "graphql") {
            wrong.push(source.path);
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn history_does_not_follow_the_present() {
    for (folder, foreign) in [("migration", "entity"), ("entity", "migration")] {
        let manifest = fs::read_to_string(root().join(folder).join("Cargo.toml")).unwrap();
        for package in [foreign, "patient-tracker"] {
            let depends = manifest
                .lines()
                .any(|line| line.trim_start().starts_with(package));
            assert!(!depends, "{folder} depends on {package}");
        }
        for path in files(&root().join(folder)) {
            let text = fs::read_to_string(&path).unwrap();
            let names =
                text.contains(&format!("{foreign}::")) || text.contains("patient_tracker::");
            assert!(!names, "{} knows {foreign}", path.display());
        }
    }
    let entity = fs::read_to_string(root().join("entity/Cargo.toml")).unwrap();
    assert!(!entity.contains("async-graphql"), "entity knows GraphQL");
}

#[test]
fn files_can_be_read_in_one_sitting() {
    let mut long = Vec::new();
    for path in files(&root()) {
        let lines = fs::read_to_string(&path).unwrap().lines().count();
        if lines > LINES {
            long.push(format!("{} has {lines} lines", path.display()));
        }
    }
    assert_eq!(long, Vec::<String>::new());
}

#[test]
fn every_module_says_what_it_is_for() {
    let mut silent = Vec::new();
    for path in files(&root()) {
        // A module of tests is told of where it is declared.
        let is_test = path
            .components()
            .any(|part| part.as_os_str().to_string_lossy().starts_with("tests"));
        let is_test = is_test && path.starts_with(root().join("src"));
        if !is_test && !fs::read_to_string(&path).unwrap().starts_with("//!") {
            silent.push(path.display().to_string());
        }
    }
    assert_eq!(silent, Vec::<String>::new());
}

/// What the oracle says must not come from the policy that it is held against.
#[test]
fn the_oracle_does_not_know_the_policy() {
    let folder = root().join("tests/it/oracle");
    let knowing: Vec<_> = files(&folder)
        .into_iter()
        .filter(|path| fs::read_to_string(path).unwrap().contains("access::"))
        .collect();
    assert!(!files(&folder).is_empty());
    assert_eq!(knowing, Vec::<PathBuf>::new());
}

#[test]
fn the_exported_contract_is_the_schema() {
    let exported = fs::read_to_string(root().join("schema.graphql")).unwrap_or_default();
    assert!(
        exported == patient_tracker::schema::sdl(),
        "schema.graphql is stale: run `cargo run -- schema > schema.graphql`"
    );
}
