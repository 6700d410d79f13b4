//! Random documents over a small schema, and what they come to when they are written out in full: slowly, plainly, and
//! without a line of the gate's own code.

use proptest::prelude::*;
use std::collections::BTreeSet;
use std::fmt::Write;

/// The schema the documents are drawn over; [`leads_to`] and [`is_a`] say the same again.
pub(super) const SCHEMA: &str = "
    interface Thing { id: ID link: Thing }
    interface Named implements Thing { id: ID link: Thing name: String many(first: Int = 3, last: Int): [A] }
    type A implements Named & Thing { id: ID link: Thing name: String many(first: Int = 3, last: Int): [A] b: B }
    type B implements Thing { id: ID link: Thing any: Any list: [B] }
    union Any = A | B
    type Query { a: A b: B thing: Thing named(first: Int, last: Int): Named any: Any }
";

const OBJECTS: [&str; 3] = ["A", "B", "Query"];
const TYPES: [&str; 7] = ["A", "B", "Query", "Thing", "Named", "Any", "Nothing"];
const FIELDS: [&str; 12] = [
    "id",
    "link",
    "name",
    "many",
    "b",
    "any",
    "list",
    "a",
    "thing",
    "named",
    "__typename",
    "nothing",
];
const FRAGMENTS: usize = 4;

fn is_a(object: &str, ty: &str) -> bool {
    match ty {
        "Thing" | "Any" => matches!(object, "A" | "B"),
        "Named" => object == "A",
        _ => object == ty,
    }
}

/// Where a field leads, and how many times; leaves lead nowhere.
fn leads_to(ty: &str, field: &str) -> Option<(Option<&'static str>, u64)> {
    Some(match (ty, field) {
        ("Thing" | "Named" | "A" | "B", "id") | ("Named" | "A", "name") => (None, 1),
        ("Thing" | "Named" | "A" | "B", "link") | ("Query", "thing") => (Some("Thing"), 1),
        ("Named" | "A", "many") => (Some("A"), 3),
        ("A" | "Query", "b") => (Some("B"), 1),
        ("B" | "Query", "any") => (Some("Any"), 1),
        ("B", "list") => (Some("B"), 20),
        ("Query", "a") => (Some("A"), 1),
        ("Query", "named") => (Some("Named"), 20),
        _ => return None,
    })
}

#[derive(Clone, Debug)]
pub(super) enum Selected {
    Field(&'static str, Option<u64>, Vec<Selected>),
    Inline(Option<&'static str>, Vec<Selected>),
    /// One fragment more than there are: some spreads lead nowhere.
    Spread(usize),
}

#[derive(Clone, Debug)]
pub(super) struct Random {
    pub(super) root: Vec<Selected>,
    /// Each with the type it is on.
    pub(super) fragments: Vec<(&'static str, Vec<Selected>)>,
}

/// Four in five have no cycle: there, a fragment spreads only those after it.
pub(super) fn document() -> impl Strategy<Value = Random> {
    let fragment = || (prop::sample::select(&TYPES[..]), selections());
    let fragments = prop::collection::vec(fragment(), FRAGMENTS);
    (selections(), fragments, prop::bool::weighted(0.2)).prop_map(
        |(root, mut fragments, as_drawn)| {
            if !as_drawn {
                for (n, (_, set)) in fragments.iter_mut().enumerate() {
                    spread_only_after(n, set);
                }
            }
            Random { root, fragments }
        },
    )
}

fn spread_only_after(fragment: usize, set: &mut [Selected]) {
    for selected in set {
        match selected {
            Selected::Field(_, _, inner) | Selected::Inline(_, inner) => {
                spread_only_after(fragment, inner);
            }
            Selected::Spread(n) => *n = fragment + 1 + *n % (FRAGMENTS - fragment),
        }
    }
}

fn selections() -> impl Strategy<Value = Vec<Selected>> {
    let field = || prop::sample::select(&FIELDS[..]);
    let first = || prop::option::weighted(0.3, 0..9_u64);
    let leaf = prop_oneof![
        3 => (field(), first()).prop_map(|(name, first)| Selected::Field(name, first, Vec::new())),
        1 => (0..=FRAGMENTS).prop_map(Selected::Spread),
    ];
    let one = leaf.prop_recursive(4, 24, 4, move |inner| {
        let several = prop::collection::vec(inner, 1..4);
        prop_oneof![
            4 => (field(), first(), several.clone())
                .prop_map(|(name, first, below)| Selected::Field(name, first, below)),
            1 => (prop::option::of(prop::sample::select(&TYPES[..])), several)
                .prop_map(|(on, inner)| Selected::Inline(on, inner)),
        ]
    });
    prop::collection::vec(one, 1..5)
}

impl Random {
    pub(super) fn source(&self) -> String {
        let mut source = String::new();
        write_set(&mut source, &self.root);
        for (n, (on, set)) in self.fragments.iter().enumerate() {
            let _ = write!(source, " fragment F{n} on {on} ");
            write_set(&mut source, set);
        }
        source
    }

    /// Whether any fragment comes back to itself.
    pub(super) fn is_cyclic(&self) -> bool {
        (0..FRAGMENTS).any(|start| {
            let mut reached = BTreeSet::new();
            let mut next = spreads(&self.fragments[start].1);
            while let Some(fragment) = next.pop() {
                if fragment < FRAGMENTS && reached.insert(fragment) {
                    next.extend(spreads(&self.fragments[fragment].1));
                }
            }
            reached.contains(&start)
        })
    }

    /// The document with every spread replaced by an inline fragment; a spread that leads nowhere by a field.
    pub(super) fn written_out(&self) -> Vec<Selected> {
        self.inlined(&self.root)
    }

    fn inlined(&self, set: &[Selected]) -> Vec<Selected> {
        let one = |selected: &Selected| match selected {
            Selected::Field(name, first, below) => {
                Selected::Field(name, *first, self.inlined(below))
            }
            Selected::Inline(on, inner) => Selected::Inline(*on, self.inlined(inner)),
            Selected::Spread(n) => match self.fragments.get(*n) {
                Some((on, set)) => Selected::Inline(Some(on), self.inlined(set)),
                None => Selected::Inline(
                    Some("Nothing"),
                    vec![Selected::Field("lost", None, Vec::new())],
                ),
            },
        };
        set.iter().map(one).collect()
    }
}

fn spreads(set: &[Selected]) -> Vec<usize> {
    let of_one = |selected: &Selected| match selected {
        Selected::Field(_, _, below) => spreads(below),
        Selected::Inline(_, inner) => spreads(inner),
        Selected::Spread(n) => vec![*n],
    };
    set.iter().flat_map(of_one).collect()
}

fn write_set(source: &mut String, set: &[Selected]) {
    source.push_str("{ ");
    for selected in set {
        match selected {
            Selected::Field(name, first, below) => {
                source.push_str(name);
                if let Some(first) = first {
                    let end = if first % 2 == 0 { "first" } else { "last" };
                    let _ = write!(source, "({end}: {first})");
                }
                source.push(' ');
                if !below.is_empty() {
                    write_set(source, below);
                }
            }
            Selected::Inline(on, inner) => {
                source.push_str("... ");
                if let Some(on) = on {
                    let _ = write!(source, "on {on} ");
                }
                write_set(source, inner);
            }
            Selected::Spread(n) => {
                let _ = write!(source, "...F{n} ");
            }
        }
    }
    source.push_str("} ");
}

/// Fields of a selection that is written out, and the longest way down.
pub(super) fn size(set: &[Selected]) -> (u32, u32) {
    set.iter().fold((0, 0), |(fields, depth), selected| {
        let (more, deeper) = match selected {
            Selected::Field(_, _, below) => {
                let (fields, depth) = size(below);
                (fields + 1, depth + 1)
            }
            Selected::Inline(_, inner) => size(inner),
            Selected::Spread(_) => unreachable!("written out"),
        };
        (fields + more, depth.max(deeper))
    })
}

/// What a selection that is written out touches and costs, from the root of queries.
pub(super) fn touches_and_costs(set: &[Selected]) -> (BTreeSet<String>, u64) {
    let mut touched = BTreeSet::new();
    let cost = follow(set, &["Query"], &mut touched);
    (touched, cost)
}

/// `conditions` are the type the selections stand on and every type condition around them, the innermost last.
fn follow(set: &[Selected], conditions: &[&'static str], touched: &mut BTreeSet<String>) -> u64 {
    let here = conditions[conditions.len() - 1];
    let cost_of_one = |selected: &Selected| match selected {
        Selected::Field(name, first, below) => {
            for object in OBJECTS {
                let possible = conditions.iter().all(|condition| is_a(object, condition));
                if possible && leads_to(object, name).is_some() && leads_to(here, name).is_some() {
                    touched.insert(format!("{object}.{name}"));
                }
            }
            match leads_to(here, name) {
                None => 1,
                Some((to, times)) => {
                    touched.insert(format!("{here}.{name}"));
                    let sized = matches!(*name, "many" | "named");
                    let times = first.filter(|_| sized).map_or(times, |first| first.max(1));
                    1 + to.map_or(0, |to| times * follow(below, &[to], touched))
                }
            }
        }
        Selected::Inline(None, inner) => follow(inner, conditions, touched),
        Selected::Inline(Some("Nothing"), _) => 0,
        Selected::Inline(Some(on), inner) => {
            let narrower: Vec<_> = conditions.iter().copied().chain([*on]).collect();
            follow(inner, &narrower, touched)
        }
        Selected::Spread(_) => unreachable!("written out"),
    };
    set.iter().map(cost_of_one).sum()
}
