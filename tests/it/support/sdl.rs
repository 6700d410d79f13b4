//! The contract as data: its types and fields, and the smallest document that asks for a root field.

use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{
    BaseType, FieldDefinition, InputValueDefinition, OperationType, Type, TypeKind,
    TypeSystemDefinition,
};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// A field with its arguments.
#[derive(Clone)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// The named type that it leads to.
    pub leads_to: String,
    /// What it says of itself.
    pub description: String,
    arguments: Vec<(String, Type)>,
}

/// The schema, read back.
pub struct Contract {
    composites: BTreeMap<String, Vec<Field>>,
    abstracts: Vec<String>,
    inputs: BTreeMap<String, Vec<(String, Type)>>,
    enums: BTreeMap<String, String>,
}

fn base(kind: &BaseType) -> &str {
    match kind {
        BaseType::Named(name) => name,
        BaseType::List(item) => base(&item.base),
    }
}

fn is_required(argument: &InputValueDefinition) -> bool {
    !argument.ty.node.nullable && argument.default_value.is_none()
}

fn required<'a>(arguments: impl Iterator<Item = &'a InputValueDefinition>) -> Vec<(String, Type)> {
    arguments
        .filter(|argument| is_required(argument))
        .map(|argument| (argument.name.node.to_string(), argument.ty.node.clone()))
        .collect()
}

fn field(definition: &FieldDefinition) -> Field {
    Field {
        name: definition.name.node.to_string(),
        leads_to: base(&definition.ty.node.base).to_owned(),
        description: definition
            .description
            .as_ref()
            .map(|text| text.node.clone())
            .unwrap_or_default(),
        arguments: required(definition.arguments.iter().map(|argument| &argument.node)),
    }
}

impl Contract {
    /// Reads the schema that the code serves.
    pub fn read() -> Self {
        let document = parse_schema(patient_tracker::schema::sdl()).unwrap();
        let mut contract = Self {
            composites: BTreeMap::new(),
            abstracts: Vec::new(),
            inputs: BTreeMap::new(),
            enums: BTreeMap::new(),
        };
        for definition in document.definitions {
            let TypeSystemDefinition::Type(definition) = definition else {
                continue;
            };
            let name = definition.node.name.node.to_string();
            let mut directives = definition.node.directives.iter();
            let is_oneof = directives.any(|one| one.node.name.node == "oneOf");
            match definition.node.kind {
                TypeKind::Object(object) => {
                    let fields = object.fields.iter().map(|one| field(&one.node)).collect();
                    contract.composites.insert(name, fields);
                }
                TypeKind::Interface(interface) => {
                    let fields = interface
                        .fields
                        .iter()
                        .map(|one| field(&one.node))
                        .collect();
                    contract.abstracts.push(name.clone());
                    contract.composites.insert(name, fields);
                }
                TypeKind::Union(_) => {
                    contract.abstracts.push(name.clone());
                    contract.composites.insert(name, Vec::new());
                }
                TypeKind::InputObject(input) => {
                    let mut fields = required(input.fields.iter().map(|one| &one.node));
                    if is_oneof && let Some(first) = input.fields.first() {
                        let first = &first.node;
                        fields.push((first.name.node.to_string(), first.ty.node.clone()));
                    }
                    contract.inputs.insert(name, fields);
                }
                TypeKind::Enum(values) => {
                    let first = values
                        .values
                        .first()
                        .map(|value| value.node.value.node.to_string());
                    contract.enums.insert(name, first.unwrap_or_default());
                }
                TypeKind::Scalar => {}
            }
        }
        contract
    }

    /// The root types that there are.
    pub fn roots(&self) -> Vec<(OperationType, &'static str)> {
        vec![
            (OperationType::Query, "Query"),
            (OperationType::Mutation, "Mutation"),
            (OperationType::Subscription, "Subscription"),
        ]
    }

    /// The fields of a type.
    pub fn fields(&self, name: &str) -> Vec<Field> {
        self.composites[name].clone()
    }

    /// Every field of every object and interface, as `(type, field)`.
    pub fn coordinates(&self) -> Vec<(String, String)> {
        let all = self.composites.iter();
        all.flat_map(|(name, fields)| {
            fields
                .iter()
                .map(move |field| (name.clone(), field.name.clone()))
        })
        .collect()
    }

    /// The smallest document that asks for this root field; `id` gives an id for the place where one is wanted.
    pub fn smallest(
        &self,
        kind: OperationType,
        field: &Field,
        id: &dyn Fn(&str) -> String,
    ) -> String {
        let place = if field.name == "node" {
            "appointment"
        } else {
            &field.name
        };
        let mut arguments = String::new();
        for (name, kind) in &field.arguments {
            let value = self.value(kind, &format!("{place}.{name}"), id);
            write!(arguments, "{name}: {value} ").unwrap();
        }
        if !arguments.is_empty() {
            arguments = format!("({})", arguments.trim_end());
        }
        let selection = self.selection(&field.leads_to);
        format!("{kind} {{ {}{arguments}{selection} }}", field.name)
    }

    fn selection(&self, name: &str) -> String {
        let Some(fields) = self.composites.get(name) else {
            return String::new();
        };
        let has = |wanted: &str| fields.iter().any(|field| field.name == wanted);
        let mut selection = " { __typename".to_owned();
        if has("userErrors") {
            selection += " userErrors { code }";
        }
        if has("nodes") {
            selection += " nodes { __typename }";
        }
        selection + " }"
    }

    /// A value of this type; ids are asked for by the nearest name that says of what.
    fn value(&self, kind: &Type, place: &str, id: &dyn Fn(&str) -> String) -> String {
        match &kind.base {
            BaseType::List(item) => format!("[{}]", self.value(item, place, id)),
            BaseType::Named(name) => match name.as_str() {
                "ID" => {
                    let (before, last) = place.rsplit_once('.').unwrap_or(("", place));
                    let named = if last == "id" { before } else { last };
                    format!("\"{}\"", id(named))
                }
                "Int" => "1".to_owned(),
                "Boolean" => "true".to_owned(),
                "DateTime" => "\"2031-01-02T10:00:00Z\"".to_owned(),
                "NaiveDate" | "Date" => "\"2001-02-03\"".to_owned(),
                "NaiveTime" => "\"09:00:00\"".to_owned(),
                "String" => "\"something\"".to_owned(),
                name => match (self.inputs.get(name), self.enums.get(name)) {
                    (Some(fields), _) => {
                        let fields: Vec<String> = fields
                            .iter()
                            .map(|(field, kind)| {
                                let value = self.value(kind, &format!("{place}.{field}"), id);
                                format!("{field}: {value}")
                            })
                            .collect();
                        format!("{{ {} }}", fields.join(", "))
                    }
                    (None, Some(first)) => first.clone(),
                    (None, None) => panic!("no value is known for {name}"),
                },
            },
        }
    }
}
