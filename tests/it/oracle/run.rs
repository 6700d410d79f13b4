//! Asking and comparing.

use super::answer::Reader;
use super::ask::Document;
use super::roots::{Probe, Root, Told};
use super::world::World;
use crate::support::{App, Random};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use std::collections::HashSet;

/// What was asked, of what the oracle and the server say different things.
pub struct Mismatches {
    seed: u64,
    found: Vec<(String, String)>,
}

/// So many are shown, of each way to differ one.
const SHOWN: usize = 12;

impl Mismatches {
    pub fn of(seed: u64) -> Self {
        let found = Vec::new();
        Self { seed, found }
    }

    pub fn count(&self) -> usize {
        self.found.len()
    }

    /// Notes one.
    pub fn note(&mut self, who: &str, document: &str, expected: &str, got: &str) {
        // Which thing of a list it was makes no other way to differ.
        let way = |text: &str| {
            text.chars()
                .filter(|c| !c.is_ascii_digit())
                .take(40)
                .collect::<String>()
        };
        let told = format!(
            "seed {}, {who}\n  asks {document}\n  expected {expected}\n  got      {got}",
            self.seed
        );
        self.found.push((way(expected) + &way(got), told));
    }

    /// That there are none.
    pub fn are_none(&self) {
        let mut ways = HashSet::new();
        let shown = self.found.iter().filter(|(way, _)| ways.insert(way));
        let shown: Vec<_> = shown.take(SHOWN).map(|(_, told)| told.as_str()).collect();
        assert!(
            self.found.is_empty(),
            "{} mismatches:\n{}",
            self.found.len(),
            shown.join("\n")
        );
    }
}

/// Moments in one spelling.
pub fn normal(value: Value) -> Value {
    match value {
        Value::String(text) => match DateTime::parse_from_rfc3339(&text) {
            Ok(at) => super::answer::moment(at.with_timezone(&Utc)),
            Err(_) => Value::String(text),
        },
        Value::Array(items) => items.into_iter().map(normal).collect(),
        Value::Object(fields) => {
            let fields = fields.into_iter();
            Value::Object(fields.map(|(key, value)| (key, normal(value))).collect())
        }
        other => other,
    }
}

/// The codes of the errors below this key, or of all without one.
pub fn codes_at(answer: &Value, key: Option<&str>) -> Vec<String> {
    let errors = answer["errors"].as_array().into_iter().flatten();
    errors
        .filter(|error| key.is_none_or(|key| error["path"][0] == key))
        .map(|error| {
            error["extensions"]["code"]
                .as_str()
                .unwrap_or_default()
                .to_owned()
        })
        .collect()
}

/// What stands for anything where the oracle cannot know.
pub fn either() -> Value {
    json!({ "either": true })
}

/// Where two answers part ways, and what stands there.
fn difference(expected: &Value, got: &Value, path: &str) -> Option<(String, Value, Value)> {
    match (expected, got) {
        // What the clock or somebody else may have changed in between.
        (expected, _) if *expected == either() => None,
        (Value::Object(one), Value::Object(other)) => {
            let keys = one.keys().chain(other.keys());
            let mut keys = keys.collect::<Vec<_>>().into_iter();
            keys.find_map(|key| difference(&expected[key], &got[key], &format!("{path}.{key}")))
        }
        (Value::Array(one), Value::Array(other)) if one.len() == other.len() => {
            let mut pairs = one.iter().zip(other).enumerate();
            pairs.find_map(|(at, (one, other))| difference(one, other, &format!("{path}[{at}]")))
        }
        _ => (expected != got).then(|| (path.to_owned(), expected.clone(), got.clone())),
    }
}

/// Runs a document as this account.
pub async fn answer(world: &World, who: Option<usize>, document: &str) -> Value {
    let person = match who {
        Some(who) => &world.accounts[who].person,
        None => &world.accounts[0].person,
    };
    let token = who.and(person.token.as_deref());
    person.copy.run(token, document, json!({})).await
}

/// Who it is, for people.
pub fn described(world: &World, who: Option<usize>) -> String {
    let Some(who) = who else {
        return "nobody in particular".to_owned();
    };
    let one = &world.accounts[who];
    format!(
        "{} ({:?}, {:?}, cleared for {:?}, record {:?}, entry {:?})",
        one.name, one.status, one.roles, one.clearance, one.patient, one.doctor
    )
}

/// So many random reads; how many there were of each way of asking.
pub async fn read(
    app: &App,
    world: &World,
    random: &mut Random,
    count: usize,
    wrong: &mut Mismatches,
) {
    let things = world.things();
    let mut done = 0;
    while done < count {
        let mut document = Document::default();
        // Now and then nobody in particular asks.
        let who = match random.below(40) {
            0 => None,
            _ => Some(random.below(world.accounts.len() as u64) as usize),
        };
        let now = app.clock.now();
        let mut probes = Vec::new();
        for _ in 0..1 + random.below(6) {
            let root = Root::random(random, world, who, &things);
            let probe = root.probe(random, world, &mut document);
            // What is refused where null is not allowed takes its neighbours with it, and what a role has no way to at all
            // is told once for the whole document: both are asked alone.
            let alone = match told(world, &document, who, now, &probe) {
                Told::Data(_) => false,
                Told::Refused(code) => code != "NOT_FOUND" || !probe.root.is_nullable(),
            };
            if alone {
                probes = vec![probe];
                break;
            }
            probes.push(probe);
        }
        done += probes.len();
        let texts: Vec<_> = probes.iter().map(|probe| probe.text(world)).collect();
        let used = used_fragments(&document, &texts.join(" "));
        let text = format!("query {{ {} }}{used}", texts.join(" "));
        let got = answer(world, who, &text).await;
        if got["errors"][0]["extensions"]["code"] == "BAD_REQUEST" {
            wrong.note(
                "the door",
                &text,
                "a document that it takes",
                &got["errors"].to_string(),
            );
            continue;
        }
        compare(world, &document, who, now, &probes, &text, got, wrong);
        if wrong.count() > 60 {
            return;
        }
    }
}

/// The fragments that are spread somewhere: the language allows no others.
fn used_fragments(document: &Document, text: &str) -> String {
    let all = document.fragments_text();
    let parts: Vec<_> = all.split(" fragment ").skip(1).collect();
    let mut used = vec![false; parts.len()];
    let mut open = vec![text];
    while let Some(text) = open.pop() {
        for (at, part) in parts.iter().enumerate() {
            let spread = format!("...F{at}");
            let spreads = text.match_indices(&spread).any(|(found, _)| {
                !text[found + spread.len()..].starts_with(|c: char| c.is_ascii_digit())
            });
            if spreads && !used[at] {
                used[at] = true;
                open.push(part);
            }
        }
    }
    let used = parts.iter().zip(used).filter(|(_, used)| *used);
    used.map(|(part, _)| format!(" fragment {part}")).collect()
}

fn told(
    world: &World,
    document: &Document,
    who: Option<usize>,
    now: DateTime<Utc>,
    probe: &Probe,
) -> Told {
    let live = who.filter(|who| world.accounts[*who].comes_in());
    match live {
        None => Told::Refused("UNAUTHENTICATED"),
        Some(who) => {
            let reader = Reader {
                world,
                document,
                who,
                now,
            };
            reader.told(probe)
        }
    }
}

#[expect(
    clippy::too_many_arguments,
    reason = "each is a part of what a mismatch tells"
)]
fn compare(
    world: &World,
    document: &Document,
    who: Option<usize>,
    now: DateTime<Utc>,
    probes: &[Probe],
    text: &str,
    got: Value,
    wrong: &mut Mismatches,
) {
    let name = described(world, who);
    let got = normal(got);
    for probe in probes {
        let key = probe.pick.key.as_str();
        match told(world, document, who, now, probe) {
            Told::Data(expected) => {
                let expected = normal(expected);
                let codes = codes_at(&got, None);
                if let Some((path, one, other)) = difference(&expected, &got["data"][key], key) {
                    let asked = format!("{:?}: {text}", probe.root);
                    wrong.note(
                        &name,
                        &asked,
                        &format!("{path} = {one}"),
                        &format!("{other} {codes:?}"),
                    );
                } else if !codes_at(&got, Some(key)).is_empty() {
                    wrong.note(
                        &name,
                        text,
                        &format!("no errors at {key}"),
                        &format!("{codes:?}"),
                    );
                }
            }
            Told::Refused(code) => {
                let at = codes_at(&got, Some(key));
                let all = codes_at(&got, None);
                let nothing = got["data"].is_null() || got["data"][key].is_null();
                // Whoever is not signed in may be told so once for the whole request.
                let told = at == [code] || (code == "UNAUTHENTICATED" && all == [code]);
                if !(told && nothing) {
                    let asked = format!("{:?}: {text}", probe.root);
                    wrong.note(
                        &name,
                        &asked,
                        &format!("{key}: {code}"),
                        &format!("{all:?} {}", got["data"][key]),
                    );
                }
            }
        }
    }
}
