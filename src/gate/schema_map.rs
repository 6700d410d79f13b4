//! The shape of the schema, as far as a selection can follow it: which type a field leads to, whether it leads to many,
//! and which objects stand behind an interface or a union. Knows no resolvers, no inputs and no scalars.

use super::cost::{SIZES, items};
use crate::graphql::page::unsaid;
use async_graphql::Name;
use async_graphql::parser::types::{
    BaseType, FieldDefinition, ObjectType, OperationType, Type, TypeKind, TypeSystemDefinition,
};
use async_graphql::parser::{self, parse_schema};
use std::collections::HashMap;

/// A type's place in the map.
pub(super) type TypeId = usize;

/// A field's place in its type.
pub(super) type FieldId = usize;

/// The schema's objects, interfaces and unions, and the way from one to the next.
#[derive(Debug)]
pub struct SchemaMap {
    types: Vec<Composite>,
    ids: HashMap<Name, TypeId>,
    query: Option<TypeId>,
    mutation: Option<TypeId>,
    subscription: Option<TypeId>,
}

/// An object, an interface or a union.
#[derive(Debug)]
pub(super) struct Composite {
    pub(super) name: Name,
    pub(super) fields: Vec<Field>,
    field_ids: HashMap<Name, FieldId>,
    /// The objects a value of this type can be, in rising order; for an object, itself.
    pub(super) concrete: Vec<TypeId>,
}

/// What following a field leads to.
#[derive(Debug)]
pub(super) struct Field {
    pub(super) name: Name,
    /// Nothing for a leaf, where no selection can follow.
    pub(super) leads_to: Option<TypeId>,
    pub(super) extent: Extent,
}

/// How many objects stand behind one occurrence of a field.
#[derive(Debug)]
pub(super) enum Extent {
    /// One, or the `nodes` and `edges` of a connection, which the field above has counted already.
    One,
    /// A list or connection whose length nobody can ask for.
    Many,
    /// As many as `first` or `last` says, and so many if neither says anything.
    Page(u64),
}

impl SchemaMap {
    /// Reads the schema language, as the library prints it or as a file holds it.
    ///
    /// # Errors
    ///
    /// The parser's own, if the text is not a schema.
    pub fn from_sdl(sdl: &str) -> Result<Self, parser::Error> {
        let mut draft = Draft::default();
        for definition in parse_schema(sdl)?.definitions {
            draft.take(definition);
        }
        Ok(draft.finish())
    }

    /// The type an operation of this kind starts from, if the schema has any.
    pub(super) fn root(&self, kind: OperationType) -> Option<TypeId> {
        match kind {
            OperationType::Query => self.query,
            OperationType::Mutation => self.mutation,
            OperationType::Subscription => self.subscription,
        }
    }

    pub(super) fn id(&self, name: &str) -> Option<TypeId> {
        self.ids.get(name).copied()
    }

    pub(super) fn composite(&self, id: TypeId) -> &Composite {
        &self.types[id]
    }
}

impl Composite {
    pub(super) fn field(&self, name: &str) -> Option<FieldId> {
        self.field_ids.get(name).copied()
    }

    fn add(&mut self, field: Field) {
        self.field_ids.insert(field.name.clone(), self.fields.len());
        self.fields.push(field);
    }
}

/// The definitions as read, before names are resolved: a schema may use a type before it defines it.
#[derive(Default)]
struct Draft {
    types: Vec<DraftType>,
    ids: HashMap<Name, TypeId>,
    query: Option<Name>,
    mutation: Option<Name>,
    subscription: Option<Name>,
}

struct DraftType {
    name: Name,
    is_object: bool,
    fields: Vec<FieldDefinition>,
    /// What a value of this type can be: implementors of an interface, members of a union.
    narrower: Vec<Name>,
}

impl Draft {
    fn take(&mut self, definition: TypeSystemDefinition) {
        match definition {
            TypeSystemDefinition::Schema(schema) => {
                let schema = schema.node;
                let roots = [
                    (&mut self.query, schema.query),
                    (&mut self.mutation, schema.mutation),
                    (&mut self.subscription, schema.subscription),
                ];
                for (root, given) in roots {
                    *root = given.map(|name| name.node).or(root.take());
                }
            }
            TypeSystemDefinition::Type(ty) => {
                let name = ty.node.name.node;
                match ty.node.kind {
                    TypeKind::Object(object) => {
                        self.entry(&name).is_object = true;
                        self.take_fields(&name, object);
                    }
                    TypeKind::Interface(interface) => self.take_fields(
                        &name,
                        ObjectType {
                            implements: interface.implements,
                            fields: interface.fields,
                        },
                    ),
                    TypeKind::Union(union) => {
                        let members = union.members.into_iter().map(|member| member.node);
                        self.entry(&name).narrower.extend(members);
                    }
                    TypeKind::Scalar | TypeKind::Enum(_) | TypeKind::InputObject(_) => {}
                }
            }
            TypeSystemDefinition::Directive(_) => {}
        }
    }

    fn take_fields(&mut self, name: &Name, definition: ObjectType) {
        let fields = definition.fields.into_iter().map(|field| field.node);
        self.entry(name).fields.extend(fields);
        for interface in definition.implements {
            self.entry(&interface.node).narrower.push(name.clone());
        }
    }

    fn entry(&mut self, name: &Name) -> &mut DraftType {
        let id = *self.ids.entry(name.clone()).or_insert_with(|| {
            self.types.push(DraftType {
                name: name.clone(),
                is_object: false,
                fields: Vec::new(),
                narrower: Vec::new(),
            });
            self.types.len() - 1
        });
        &mut self.types[id]
    }

    fn finish(self) -> SchemaMap {
        let root = |given: &Option<Name>, usual: &str| {
            self.ids.get(given.as_deref().unwrap_or(usual)).copied()
        };
        let query = root(&self.query, "Query");
        let mut types: Vec<_> = (0..self.types.len()).map(|id| self.composite(id)).collect();
        if let Some(id) = query {
            for introspection in ["__schema", "__type"] {
                types[id].add(Field {
                    name: Name::new(introspection),
                    leads_to: None,
                    extent: Extent::One,
                });
            }
        }
        SchemaMap {
            types,
            query,
            mutation: root(&self.mutation, "Mutation"),
            subscription: root(&self.subscription, "Subscription"),
            ids: self.ids,
        }
    }

    fn composite(&self, id: TypeId) -> Composite {
        let draft = &self.types[id];
        let mut concrete = Vec::new();
        self.gather_concrete(id, &mut Vec::new(), &mut concrete);
        concrete.sort_unstable();
        let mut composite = Composite {
            name: draft.name.clone(),
            fields: Vec::new(),
            field_ids: HashMap::new(),
            concrete,
        };
        for field in &draft.fields {
            composite.add(Field {
                name: field.name.node.clone(),
                leads_to: self.ids.get(named(&field.ty.node)).copied(),
                extent: self.extent(draft, field),
            });
        }
        composite
    }

    /// Objects below an interface below an interface count too, whether or not they name both.
    fn gather_concrete(&self, id: TypeId, seen: &mut Vec<TypeId>, concrete: &mut Vec<TypeId>) {
        if seen.contains(&id) {
            return;
        }
        seen.push(id);
        if self.types[id].is_object {
            concrete.push(id);
        }
        for name in &self.types[id].narrower {
            if let Some(&narrower) = self.ids.get(name) {
                self.gather_concrete(narrower, seen, concrete);
            }
        }
    }

    fn extent(&self, parent: &DraftType, field: &FieldDefinition) -> Extent {
        let mut sizes = field
            .arguments
            .iter()
            .map(|argument| &argument.node)
            .filter(|argument| SIZES.contains(&&*argument.name.node))
            .peekable();
        if sizes.peek().is_some() {
            let default = sizes
                .filter_map(|size| items(&size.default_value.as_ref()?.node))
                .max();
            return Extent::Page(default.unwrap_or_else(|| unsaid(&field.name.node)));
        }
        let counted_above =
            is_connection(parent) && matches!(field.name.node.as_str(), "nodes" | "edges");
        let leads_to_connection = self
            .ids
            .get(named(&field.ty.node))
            .is_some_and(|&id| is_connection(&self.types[id]));
        if !counted_above && (is_list(&field.ty.node) || leads_to_connection) {
            Extent::Many
        } else {
            Extent::One
        }
    }
}

/// A connection is told by its shape, for a name proves nothing.
fn is_connection(ty: &DraftType) -> bool {
    let has = |name: &str| ty.fields.iter().any(|field| field.name.node == name);
    has("pageInfo") && (has("nodes") || has("edges"))
}

fn is_list(ty: &Type) -> bool {
    matches!(ty.base, BaseType::List(_))
}

fn named(ty: &Type) -> &str {
    match &ty.base {
        BaseType::Named(name) => name,
        BaseType::List(item) => named(item),
    }
}
