//! Random documents: what is selected of a thing, as a tree that is both written out and answered by the oracle.

use super::shape::{Lead, NODES, fields};
use crate::support::Random;
use serde_json::{Map, Value};
use std::collections::HashSet;
use std::fmt::Write as _;

/// A field of a selection.
pub struct Pick {
    /// The name in the answer.
    pub key: String,
    pub name: &'static str,
    pub lead: Lead,
    pub below: Vec<Node>,
    /// Of a page: so many.
    pub first: usize,
    /// Of a page: the last, rather than the first.
    pub from_the_end: bool,
    /// Of a page: by edges, rather than by nodes.
    pub edges: bool,
}

impl Pick {
    /// How much of a page is asked for, written out.
    pub fn some(&self) -> String {
        match self.from_the_end {
            true => format!("last: {}", self.first),
            false => format!("first: {}", self.first),
        }
    }
}

/// A part of a selection.
pub enum Node {
    Pick(Pick),
    /// A fragment without a name.
    Inline(Option<&'static str>, Vec<Node>),
    /// A fragment with a name, by its place in the document.
    Spread(usize),
}

/// What is written once for all roots of a document.
#[derive(Default)]
pub struct Document {
    /// The named fragments: on which type, and what they select.
    pub fragments: Vec<(&'static str, Vec<Node>)>,
    names: usize,
}

impl Document {
    /// A name that no other part of the document has.
    pub fn name(&mut self) -> String {
        self.names += 1;
        format!("x{}", self.names)
    }

    /// A random selection of a type, at most so many things deep.
    pub fn select(&mut self, random: &mut Random, kind: &'static str, depth: u64) -> Vec<Node> {
        self.part(random, kind, depth, &mut HashSet::new(), false)
    }

    fn part(
        &mut self,
        random: &mut Random,
        kind: &'static str,
        depth: u64,
        used: &mut HashSet<&'static str>,
        in_fragment: bool,
    ) -> Vec<Node> {
        let mut nodes = Vec::new();
        for _ in 0..1 + random.below(4) {
            let (name, lead) = *random.pick(fields(kind));
            let below = match lead {
                Lead::Leaf => Vec::new(),
                Lead::Plain(kind) => self.plain(random, kind),
                Lead::One(_) | Lead::Page(_) if depth == 0 => continue,
                Lead::One(kind) | Lead::Page(kind) => self.select(random, kind, depth - 1),
            };
            // Two of one name must select the same: what has fields bears its own name once a selection at most.
            let own = match lead {
                Lead::Leaf => random.below(3) > 0,
                _ => !in_fragment && used.insert(name) && random.below(2) > 0,
            };
            let key = if own { name.to_owned() } else { self.name() };
            nodes.push(Node::Pick(Pick {
                key,
                name,
                lead,
                below,
                first: 1 + usize::try_from(random.below(3)).unwrap(),
                from_the_end: random.below(4) == 0,
                edges: random.below(2) == 0,
            }));
        }
        if random.below(6) == 0 {
            nodes.push(typename());
        }
        if random.below(5) == 0 {
            nodes.push(self.fragment(random, kind, depth, used, in_fragment));
        }
        if nodes.is_empty() {
            nodes.push(typename());
        }
        nodes
    }

    fn fragment(
        &mut self,
        random: &mut Random,
        kind: &'static str,
        depth: u64,
        used: &mut HashSet<&'static str>,
        in_fragment: bool,
    ) -> Node {
        let known = self.fragments.iter().position(|(on, _)| *on == kind);
        match (random.below(4), known) {
            (0, _) => Node::Inline(None, self.part(random, kind, depth, used, in_fragment)),
            (1, _) if NODES.contains(&kind) => Node::Inline(Some("Node"), vec![id()]),
            (2, Some(known)) => Node::Spread(known),
            (2 | 3, _) => {
                let nodes = self.part(random, kind, depth.min(1), &mut HashSet::new(), true);
                self.fragments.push((kind, nodes));
                Node::Spread(self.fragments.len() - 1)
            }
            _ => Node::Inline(
                Some(kind),
                self.part(random, kind, depth, used, in_fragment),
            ),
        }
    }

    fn plain(&mut self, random: &mut Random, kind: &'static str) -> Vec<Node> {
        let mut nodes = vec![typename()];
        for (name, lead) in fields(kind) {
            if random.below(3) > 0 {
                let below = match lead {
                    Lead::Plain(kind) => self.plain(random, kind),
                    _ => Vec::new(),
                };
                nodes.push(Node::Pick(Pick {
                    key: (*name).to_owned(),
                    name,
                    lead: *lead,
                    below,
                    first: 0,
                    from_the_end: false,
                    edges: false,
                }));
            }
        }
        nodes
    }

    /// What `node` is asked for: a fragment on some of the types that it finds.
    pub fn select_node(&mut self, random: &mut Random, likely: &'static str) -> Vec<Node> {
        let kind = match random.below(4) {
            0 => *random.pick(NODES),
            _ => likely,
        };
        let mut nodes = vec![typename(), id()];
        match random.below(3) {
            0 => {
                let inside = self.part(random, kind, 2, &mut HashSet::new(), true);
                self.fragments.push((kind, inside));
                nodes.push(Node::Spread(self.fragments.len() - 1));
            }
            _ => nodes.push(Node::Inline(Some(kind), self.select(random, kind, 2))),
        }
        nodes
    }

    /// The named fragments, written out.
    pub fn fragments_text(&self) -> String {
        let mut text = String::new();
        for (at, (on, nodes)) in self.fragments.iter().enumerate() {
            write!(text, " fragment F{at} on {on} {}", text_of(nodes)).unwrap();
        }
        text
    }
}

fn typename() -> Node {
    leaf("__typename")
}

fn id() -> Node {
    leaf("id")
}

fn leaf(name: &'static str) -> Node {
    Node::Pick(Pick {
        key: name.to_owned(),
        name,
        lead: Lead::Leaf,
        below: Vec::new(),
        first: 0,
        from_the_end: false,
        edges: false,
    })
}

fn with(name: &'static str, lead: Lead, below: Vec<Node>) -> Node {
    Node::Pick(Pick {
        key: name.to_owned(),
        name,
        lead,
        below,
        first: 0,
        from_the_end: false,
        edges: false,
    })
}

/// What followers of patients select.
pub fn patient_in_short() -> Vec<Node> {
    let contact = with(
        "contact",
        Lead::Plain("PatientContact"),
        vec![leaf("phone")],
    );
    vec![id(), contact, leaf("gender"), leaf("viewerRelationship")]
}

/// What followers of appointments select.
pub fn appointment_in_short() -> Vec<Node> {
    let contact = with(
        "contact",
        Lead::Plain("PatientContact"),
        vec![leaf("phone")],
    );
    let patient = with(
        "patient",
        Lead::One("Patient"),
        vec![id(), leaf("gender"), contact],
    );
    vec![id(), leaf("status"), leaf("reason"), patient]
}

/// A selection, written out.
pub fn text_of(nodes: &[Node]) -> String {
    let mut text = "{".to_owned();
    for node in nodes {
        text.push(' ');
        match node {
            Node::Inline(None, nodes) => write!(text, "... {}", text_of(nodes)),
            Node::Inline(Some(on), nodes) => write!(text, "... on {on} {}", text_of(nodes)),
            Node::Spread(at) => write!(text, "...F{at}"),
            Node::Pick(pick) => {
                if pick.key != pick.name {
                    write!(text, "{}: ", pick.key).unwrap();
                }
                match pick.lead {
                    Lead::Leaf => write!(text, "{}", pick.name),
                    Lead::Plain(_) | Lead::One(_) => {
                        write!(text, "{} {}", pick.name, text_of(&pick.below))
                    }
                    Lead::Page(_) => {
                        write!(text, "{}({}) {}", pick.name, pick.some(), page_of(pick))
                    }
                }
            }
        }
        .unwrap();
    }
    text + " }"
}

/// What is selected of a page, written out.
pub fn page_of(pick: &Pick) -> String {
    let below = text_of(&pick.below);
    match pick.edges {
        true => {
            format!("{{ edges {{ node {below} }} pageInfo {{ hasNextPage hasPreviousPage }} }}")
        }
        false => format!("{{ totalCount nodes {below} }}"),
    }
}

/// What is selected of a plain value.
pub fn project(value: &Value, nodes: &[Node]) -> Value {
    match value {
        Value::Array(items) => items.iter().map(|item| project(item, nodes)).collect(),
        Value::Object(_) => {
            let mut answer = Map::new();
            for node in nodes {
                if let Node::Pick(pick) = node {
                    let below = &value[pick.name];
                    let below = match pick.lead {
                        Lead::Plain(_) => project(below, &pick.below),
                        _ => below.clone(),
                    };
                    answer.insert(pick.key.clone(), below);
                }
            }
            Value::Object(answer)
        }
        other => other.clone(),
    }
}
