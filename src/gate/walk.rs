//! Follows an operation through the schema, fragments written out, and notes what it touches and how often. Comes after
//! the [expansion](super::expansion), which has made sure that there is little to write out.
//!
//! It is no validator: what the schema does not have is passed by, with everything below it, for the validator will
//! refuse the whole document. It decides nothing either; the caller holds the coordinates against its policy.

use super::cost::{Cost, GroupId};
use super::schema_map::{FieldId, SchemaMap, TypeId};
use async_graphql::parser::types::{
    ExecutableDocument, Field, OperationDefinition, Selection, SelectionSet,
};
use async_graphql::{Name, Pos};
use std::borrow::Cow;

/// A field of a type, as policy knows it: `Patient.name`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Coordinate {
    /// Object, interface or union.
    pub type_name: Name,
    /// One of its fields, or `__schema` and `__type` of the query root; never `__typename`.
    pub field_name: Name,
}

/// One occurrence of a field at the root of an operation, fragments written out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RootField {
    /// The key of its answer: the alias, or else the name; keys may repeat.
    pub key: Name,
    /// The name the schema has for it; may be `__typename`.
    pub name: Name,
    /// Where it stands in the text.
    pub at: Pos,
}

/// What one operation touches.
pub(super) struct Findings {
    pub(super) roots: Vec<RootField>,
    pub(super) coordinates: Vec<Coordinate>,
    pub(super) cost: Cost,
}

/// What a selection set may be applied to.
struct Scope<'a> {
    /// The type it is written for.
    ty: TypeId,
    /// The objects it can meet there, in rising order: those every condition around it lets through.
    concrete: Cow<'a, [TypeId]>,
    is_root: bool,
}

struct Walk<'a> {
    schema: &'a SchemaMap,
    document: &'a ExecutableDocument,
    operation: &'a OperationDefinition,
    roots: Vec<RootField>,
    touched: Vec<(TypeId, FieldId)>,
    cost: Cost,
}

/// Follows one operation of a document that has been measured.
pub(super) fn walk(
    schema: &SchemaMap,
    document: &ExecutableDocument,
    operation: &OperationDefinition,
) -> Findings {
    let mut walk = Walk {
        schema,
        document,
        operation,
        roots: Vec::new(),
        touched: Vec::new(),
        cost: Cost::new(),
    };
    if let Some(root) = schema.root(operation.ty) {
        let scope = Scope {
            is_root: true,
            ..Scope::of(schema, root)
        };
        walk.set(&operation.selection_set.node, &scope, Cost::ROOT);
    }
    walk.touched.sort_unstable();
    walk.touched.dedup();
    let coordinate = |&(ty, field): &(TypeId, FieldId)| {
        let composite = schema.composite(ty);
        Coordinate {
            type_name: composite.name.clone(),
            field_name: composite.fields[field].name.clone(),
        }
    };
    Findings {
        roots: walk.roots,
        coordinates: walk.touched.iter().map(coordinate).collect(),
        cost: walk.cost,
    }
}

impl<'a> Walk<'a> {
    fn set(&mut self, set: &'a SelectionSet, scope: &Scope<'a>, group: GroupId) {
        let document = self.document;
        for selection in &set.items {
            match &selection.node {
                Selection::Field(field) => self.field(&field.node, field.pos, scope, group),
                Selection::InlineFragment(fragment) => {
                    let inner = &fragment.node.selection_set.node;
                    match &fragment.node.type_condition {
                        None => self.set(inner, scope, group),
                        Some(on) => self.narrowed(inner, scope, &on.node.on.node, group),
                    }
                }
                Selection::FragmentSpread(spread) => {
                    if let Some(fragment) = document.fragments.get(&spread.node.fragment_name.node)
                    {
                        let inner = &fragment.node.selection_set.node;
                        let on = &fragment.node.type_condition.node.on.node;
                        self.narrowed(inner, scope, on, group);
                    }
                }
            }
        }
    }

    fn narrowed(&mut self, set: &'a SelectionSet, scope: &Scope<'a>, on: &str, group: GroupId) {
        if let Some(scope) = scope.narrowed(self.schema, on) {
            self.set(set, &scope, group);
        }
    }

    fn field(&mut self, field: &'a Field, at: Pos, scope: &Scope<'a>, group: GroupId) {
        self.cost.count(group);
        let name = &field.name.node;
        if scope.is_root {
            self.roots.push(RootField {
                key: field.response_key().node.clone(),
                name: name.clone(),
                at,
            });
        }
        let schema = self.schema;
        let Some(id) = schema.composite(scope.ty).field(name) else {
            return;
        };
        self.touch(name, scope);
        let known = &schema.composite(scope.ty).fields[id];
        if let Some(ty) = known.leads_to {
            let group = self.cost.below(group, field, &known.extent, self.operation);
            self.set(&field.selection_set.node, &Scope::of(schema, ty), group);
        }
    }

    /// Notes the field for the type it is written for and for every object it can be asked of: a rule on the object
    /// must hold however the object is reached.
    fn touch(&mut self, field: &str, scope: &Scope<'a>) {
        let types = scope.concrete.iter().copied().chain([scope.ty]);
        for ty in types {
            if let Some(id) = self.schema.composite(ty).field(field) {
                self.touched.push((ty, id));
            }
        }
    }
}

impl<'a> Scope<'a> {
    /// Everything a field of this type can return.
    fn of(schema: &'a SchemaMap, ty: TypeId) -> Self {
        Self {
            ty,
            concrete: Cow::Borrowed(&schema.composite(ty).concrete),
            is_root: false,
        }
    }

    /// What is left of this scope under a type condition; nothing if the schema has no such type.
    fn narrowed(&self, schema: &'a SchemaMap, on: &str) -> Option<Self> {
        let ty = schema.id(on)?;
        let mut narrow = self.concrete.clone();
        if ty != self.ty {
            let allowed = &schema.composite(ty).concrete;
            narrow
                .to_mut()
                .retain(|object| allowed.binary_search(object).is_ok());
        }
        Some(Self {
            ty,
            concrete: narrow,
            is_root: self.is_root,
        })
    }
}
