//! How large a document is with its fragments written out, found without writing them out: each fragment is measured
//! once, so that one which spreads the next ten times costs ten additions and not ten copies. Knows names, no schema.
//!
//! Directives do not make a field absent: what `@skip` leaves out today, the next set of variables asks for.

use super::{Limits, Reason, Refused};
use async_graphql::Pos;
use async_graphql::parser::types::{ExecutableDocument, Field, Selection, SelectionSet};
use std::collections::HashMap;

/// Selections and fragments within one another: what bounds the recursion of everything that walks a document. No
/// limit of its own, because no honest query comes near it.
const NESTING: u32 = 64;

/// How many items one list of the introspection schema is taken to have.
const INTROSPECTION_ITEMS: u64 = 10;

/// The size of a selection with its fragments written out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Expansion {
    /// Fields, those below `__schema` and `__type` left aside; an unknown fragment counts as one.
    pub(super) fields: u32,
    /// Fields on the longest way down, to `__schema` and `__type` at most.
    pub(super) depth: u32,
    /// Fields below `__schema` and `__type`.
    pub(super) introspection_fields: u32,
    /// Fields on the longest way down from `__schema` or `__type`.
    pub(super) introspection_depth: u32,
    /// Fields below `__schema` and `__type`, each as often as the lists above it have items.
    pub(super) introspection_cost: u64,
    /// Selection sets within one another; none for a leaf.
    nesting: u32,
}

/// On which side of `__schema` or `__type` a selection stands.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Side {
    /// The schema's own fields.
    Data,
    /// Below `__schema` or `__type`.
    Introspection,
}

/// What is known of a fragment.
enum Measured {
    /// It is being measured: whoever asks now is inside it.
    Open,
    Done(Expansion),
}

/// Measures the selections of one document, each fragment at most once on either side.
pub(super) struct Surveyor<'a> {
    document: &'a ExecutableDocument,
    limits: &'a Limits,
    fragments: HashMap<(&'a str, Side), Measured>,
}

impl<'a> Surveyor<'a> {
    pub(super) fn new(document: &'a ExecutableDocument, limits: &'a Limits) -> Self {
        Self {
            document,
            limits,
            fragments: HashMap::new(),
        }
    }

    /// The size of an operation's selections; refused at the first place where it passes a limit.
    pub(super) fn operation(&mut self, set: &'a SelectionSet) -> Result<Expansion, Refused> {
        self.set(set, Side::Data, 1)
    }

    /// Measures the fragments that no operation has reached. The validator will refuse them, but walks them first. They
    /// are held to the wider limits, those of introspection.
    pub(super) fn left_over(&mut self) -> Result<(), Refused> {
        let reached = |name: &str| {
            let on = |side| self.fragments.contains_key(&(name, side));
            on(Side::Data) || on(Side::Introspection)
        };
        let mut left: Vec<_> = self.document.fragments.iter().collect();
        left.retain(|(name, _)| !reached(name));
        left.sort_unstable_by_key(|(_, fragment)| fragment.pos);
        for (name, fragment) in left {
            self.fragment(name, Side::Introspection, 1, fragment.pos)?;
        }
        Ok(())
    }

    fn set(&mut self, set: &'a SelectionSet, side: Side, level: u32) -> Result<Expansion, Refused> {
        let mut total = Expansion::default();
        for selection in &set.items {
            if level > NESTING {
                return Err(Reason::Nesting(NESTING).at(selection.pos));
            }
            let part = match &selection.node {
                Selection::Field(field) => self.field(&field.node, side, level)?,
                Selection::InlineFragment(fragment) => {
                    self.set(&fragment.node.selection_set.node, side, level + 1)?
                }
                Selection::FragmentSpread(spread) => {
                    let name = &spread.node.fragment_name.node;
                    self.fragment(name, side, level + 1, selection.pos)?
                }
            };
            total = total.beside(part);
            self.hold(total, selection.pos)?;
        }
        Ok(total)
    }

    fn field(&mut self, field: &'a Field, side: Side, level: u32) -> Result<Expansion, Refused> {
        let name = field.name.node.as_str();
        let below = match name {
            "__schema" | "__type" => Side::Introspection,
            _ => side,
        };
        let inner = self.set(&field.selection_set.node, below, level + 1)?;
        Ok(inner.under(name, side))
    }

    fn fragment(
        &mut self,
        name: &'a str,
        side: Side,
        level: u32,
        place: Pos,
    ) -> Result<Expansion, Refused> {
        let document = self.document;
        let Some(fragment) = document.fragments.get(name) else {
            return Ok(Expansion::default().under(name, side));
        };
        match self.fragments.get(&(name, side)) {
            Some(Measured::Open) => return Err(Reason::FragmentCycle.at(place)),
            Some(Measured::Done(known)) if level + known.nesting > NESTING + 1 => {
                return Err(Reason::Nesting(NESTING).at(place));
            }
            Some(Measured::Done(known)) => return Ok(*known),
            None => {}
        }
        self.fragments.insert((name, side), Measured::Open);
        let found = self.set(&fragment.node.selection_set.node, side, level)?;
        self.fragments.insert((name, side), Measured::Done(found));
        Ok(found)
    }

    fn hold(&self, found: Expansion, place: Pos) -> Result<(), Refused> {
        let limits = self.limits;
        let reason = if found.fields > limits.fields {
            Reason::Fields(limits.fields)
        } else if found.depth > limits.depth {
            Reason::Depth(limits.depth)
        } else if found.introspection_fields > limits.introspection_fields {
            Reason::IntrospectionFields(limits.introspection_fields)
        } else if found.introspection_depth > limits.introspection_depth {
            Reason::IntrospectionDepth(limits.introspection_depth)
        } else if found.introspection_cost > limits.introspection_cost {
            Reason::IntrospectionCost
        } else {
            return Ok(());
        };
        Err(reason.at(place))
    }
}

impl Expansion {
    /// Both, one after the other in the same selection set.
    fn beside(self, other: Self) -> Self {
        Self {
            fields: self.fields.saturating_add(other.fields),
            depth: self.depth.max(other.depth),
            introspection_fields: self
                .introspection_fields
                .saturating_add(other.introspection_fields),
            introspection_depth: self.introspection_depth.max(other.introspection_depth),
            introspection_cost: self
                .introspection_cost
                .saturating_add(other.introspection_cost),
            nesting: self.nesting.max(other.nesting + 1),
        }
    }

    /// A field of this name, standing on this side, with all this below it.
    fn under(mut self, name: &str, side: Side) -> Self {
        match side {
            Side::Data => {
                self.fields = self.fields.saturating_add(1);
                self.depth += 1;
            }
            Side::Introspection => {
                self.introspection_fields = self.introspection_fields.saturating_add(1);
                self.introspection_depth += 1;
                self.introspection_cost = self
                    .introspection_cost
                    .saturating_mul(introspection_items(name))
                    .saturating_add(1);
            }
        }
        self
    }
}

fn introspection_items(field: &str) -> u64 {
    match field {
        "types" | "directives" | "fields" | "args" | "inputFields" | "enumValues"
        | "interfaces" | "possibleTypes" => INTROSPECTION_ITEMS,
        _ => 1,
    }
}
