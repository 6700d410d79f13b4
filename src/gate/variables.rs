//! Whether the values a request came with fit the variables that its operation declares: their coercion as the
//! specification describes it, before anything runs. Knows the shapes of inputs and nothing of their meaning.
//!
//! The library looks at variables while it validates a document, which it would do anew for each request. With the
//! values looked at here, a document that was valid once is valid for good.

use super::refused::{Reason, Refused};
use super::times;
use async_graphql::indexmap::IndexMap;
use async_graphql::parser::types::{
    BaseType, ConstDirective, OperationDefinition, Type, TypeKind, TypeSystemDefinition,
};
use async_graphql::parser::{self, parse_schema};
use async_graphql::{Name, Pos, Positioned, Value, Variables};
use std::collections::{HashMap, HashSet};

/// The inputs that a schema has.
#[derive(Debug)]
pub struct Inputs {
    types: HashMap<Name, Input>,
}

#[derive(Debug)]
enum Input {
    Int,
    Float,
    String,
    Boolean,
    Id,
    /// An instant, as the DateTime scalar takes it.
    Instant,
    /// A day, as the NaiveDate scalar takes it.
    Day,
    /// Another scalar of ours: its parser knows.
    Scalar,
    Enum(HashSet<Name>),
    Object {
        fields: HashMap<Name, InputField>,
        one_of: bool,
    },
}

#[derive(Debug)]
struct InputField {
    ty: Type,
    has_default: bool,
}

/// A variable that an operation declares.
#[derive(Debug)]
pub(super) struct Declared {
    name: Name,
    ty: Type,
    has_default: bool,
    at: Pos,
}

impl Declared {
    /// What it is called.
    pub(super) fn name(&self) -> &Name {
        &self.name
    }
}

/// The variables that this operation declares.
pub(super) fn declared(operation: &OperationDefinition) -> Vec<Declared> {
    let definitions = operation.variable_definitions.iter();
    definitions
        .map(|definition| Declared {
            name: definition.node.name.node.clone(),
            ty: definition.node.var_type.node.clone(),
            has_default: definition.node.default_value.is_some(),
            at: definition.pos,
        })
        .collect()
}

impl Inputs {
    /// Reads the inputs of the schema that this text defines.
    ///
    /// # Errors
    /// When the text defines no schema.
    pub fn from_sdl(sdl: &str) -> Result<Self, parser::Error> {
        let mut types: HashMap<Name, Input> = [
            ("Int", Input::Int),
            ("Float", Input::Float),
            ("String", Input::String),
            ("Boolean", Input::Boolean),
            ("ID", Input::Id),
        ]
        .into_iter()
        .map(|(name, input)| (Name::new(name), input))
        .collect();
        for definition in parse_schema(sdl)?.definitions {
            let TypeSystemDefinition::Type(ty) = definition else {
                continue;
            };
            let input = match ty.node.kind {
                TypeKind::Scalar => match ty.node.name.node.as_str() {
                    "DateTime" => Input::Instant,
                    "NaiveDate" => Input::Day,
                    _ => Input::Scalar,
                },
                TypeKind::Enum(values) => {
                    let values = values.values.into_iter();
                    Input::Enum(values.map(|value| value.node.value.node).collect())
                }
                TypeKind::InputObject(object) => Input::Object {
                    fields: object
                        .fields
                        .into_iter()
                        .map(|field| {
                            let has_default = field.node.default_value.is_some();
                            let ty = field.node.ty.node;
                            (field.node.name.node, InputField { ty, has_default })
                        })
                        .collect(),
                    one_of: has_directive(&ty.node.directives, "oneOf"),
                },
                TypeKind::Object(_) | TypeKind::Interface(_) | TypeKind::Union(_) => continue,
            };
            types.entry(ty.node.name.node).or_insert(input);
        }
        Ok(Self { types })
    }

    /// Whether any input has a field of this name.
    pub fn have_field(&self, name: &str) -> bool {
        let has = |input: &Input| matches!(input, Input::Object { fields, .. } if fields.contains_key(name));
        self.types.values().any(has)
    }

    /// Looks at the values of these variables. Variables of types that are no inputs are passed by: validation refuses
    /// them, whatever their values.
    pub(super) fn check(&self, declared: &[Declared], values: &Variables) -> Result<(), Refused> {
        for variable in declared {
            let fit = match values.get(&variable.name) {
                Some(value) => self.fit(&variable.ty, value),
                None if variable.has_default || variable.ty.nullable => Ok(()),
                None => Err(Misfit::expected(&variable.ty)),
            };
            if let Err(misfit) = fit {
                return Err(Reason::Variable(misfit.told(&variable.name)).at(variable.at));
            }
        }
        Ok(())
    }

    fn fit(&self, ty: &Type, value: &Value) -> Result<(), Misfit> {
        if *value == Value::Null {
            return if ty.nullable {
                Ok(())
            } else {
                Err(Misfit::expected(ty))
            };
        }
        match (&ty.base, value) {
            (BaseType::List(item), Value::List(values)) => {
                for (at, value) in values.iter().enumerate() {
                    self.fit(item, value).map_err(|it| it.below(at))?;
                }
                Ok(())
            }
            // One thing where many are expected is a list of one.
            (BaseType::List(item), value) => self.fit(item, value),
            (BaseType::Named(name), value) => match (self.types.get(name), value) {
                (None, _) => Ok(()),
                (Some(Input::Object { fields, one_of }), Value::Object(given)) => {
                    self.fit_object(name, (fields, *one_of), given)
                }
                (Some(input), value) if input.takes(value) => Ok(()),
                _ => Err(Misfit::expected(ty)),
            },
        }
    }

    fn fit_object(
        &self,
        name: &Name,
        (fields, one_of): (&HashMap<Name, InputField>, bool),
        given: &IndexMap<Name, Value>,
    ) -> Result<(), Misfit> {
        for (key, value) in given {
            let Some(field) = fields.get(key) else {
                return Err(Misfit::new(format!("{name} has no such field")).below(shown(key)));
            };
            self.fit(&field.ty, value).map_err(|it| it.below(key))?;
        }
        for (key, field) in fields {
            if !field.has_default && !field.ty.nullable && !given.contains_key(key) {
                return Err(Misfit::expected(&field.ty).below(key));
            }
        }
        if one_of && (given.len() != 1 || given[0] == Value::Null) {
            return Err(Misfit::new(format!("{name} takes exactly one field")));
        }
        Ok(())
    }
}

impl Input {
    fn takes(&self, value: &Value) -> bool {
        match (self, value) {
            (Self::Scalar, _)
            | (Self::Float, Value::Number(_))
            | (Self::String | Self::Id, Value::String(_))
            | (Self::Boolean, Value::Boolean(_)) => true,
            (Self::Int, Value::Number(number)) => {
                number.as_i64().is_some_and(|it| i32::try_from(it).is_ok())
            }
            (Self::Id, Value::Number(number)) => number.is_i64(),
            (Self::Instant, Value::String(text)) => times::is_instant(text),
            (Self::Day, Value::String(text)) => times::is_day(text),
            (Self::Enum(values), Value::String(name)) => values.contains(name.as_str()),
            (Self::Enum(values), Value::Enum(name)) => values.contains(name),
            _ => false,
        }
    }
}

/// What of a value does not fit, and where in it.
struct Misfit {
    path: Vec<String>,
    why: String,
}

impl Misfit {
    fn new(why: String) -> Self {
        Self {
            path: Vec::new(),
            why,
        }
    }

    fn expected(ty: &Type) -> Self {
        Self::new(format!("expected {ty}"))
    }

    fn below(mut self, key: impl ToString) -> Self {
        self.path.push(key.to_string());
        self
    }

    /// In words, short whatever was sent: `$input.reason: expected String!`.
    fn told(mut self, variable: &Name) -> String {
        self.path.push(format!("${variable}"));
        self.path.reverse();
        let mut words = format!("{}: {}", self.path.join("."), self.why);
        words.truncate(words.floor_char_boundary(150));
        words
    }
}

/// A key that a client has sent, if it can be said again.
fn shown(key: &Name) -> &str {
    let is_name = key.len() <= 40 && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if is_name { key.as_str() } else { "?" }
}

fn has_directive(directives: &[Positioned<ConstDirective>], name: &str) -> bool {
    directives
        .iter()
        .any(|directive| directive.node.name.node == name)
}

#[cfg(test)]
mod tests {
    use super::{Inputs, declared};
    use async_graphql::Variables;
    use async_graphql::parser::parse_query;

    const SDL: &str = "
        scalar DateTime
        enum Level { LOW HIGH }
        input Range { from: DateTime! to: DateTime = \"2030-01-01T00:00:00Z\" levels: [Level!] }
        input Of @oneOf { id: ID name: String }
        type Query { a: Int }
    ";

    fn accepts(variables: &str, values: &str) -> bool {
        refusal(variables, values).is_none()
    }

    fn refusal(variables: &str, values: &str) -> Option<String> {
        let document = parse_query(format!("query ({variables}) {{ a }}")).unwrap();
        let (_, operation) = document.operations.iter().next().unwrap();
        let values = Variables::from_json(serde_json::from_str(values).unwrap());
        let inputs = Inputs::from_sdl(SDL).unwrap();
        let checked = inputs.check(&declared(&operation.node), &values);
        checked.err().map(|refused| refused.message())
    }

    #[test]
    fn a_refusal_says_where_and_what_was_expected() {
        let told = |ty: &str, value: &str| refusal(&format!("$a: {ty}"), value);
        let words = told(
            "Range!",
            r#"{"a": {"from": "2030-01-01T00:00:00Z", "levels": ["LOW", "NO"]}}"#,
        );
        assert_eq!(
            words.unwrap(),
            "A variable does not fit. $a.levels.1: expected Level!."
        );
        let words = told(
            "Range!",
            r#"{"a": {"from": "2030-01-01T00:00:00Z", "until": "y"}}"#,
        );
        assert_eq!(
            words.unwrap(),
            "A variable does not fit. $a.until: Range has no such field."
        );
        let words = told("[Of!]!", r#"{"a": [{"id": "1", "name": "x"}]}"#);
        assert_eq!(
            words.unwrap(),
            "A variable does not fit. $a.0: Of takes exactly one field."
        );
    }

    #[test]
    fn a_variable_that_is_needed_must_be_there() {
        assert!(!accepts("$a: Int!", "{}"));
        assert!(!accepts("$a: Int!", r#"{"a": null}"#));
        assert!(accepts("$a: Int! = 1", "{}"));
        assert!(!accepts("$a: Int! = 1", r#"{"a": null}"#));
        assert!(accepts("$a: Int", "{}"));
        assert!(accepts("$a: Int", r#"{"a": null, "b": 1}"#));
    }

    #[test]
    fn scalars_are_what_the_specification_says() {
        for (ty, good, bad) in [
            ("Int", "2147483647", "2147483648"),
            ("Int", "-1", "1.0"),
            ("Float", "1.5", r#""1.5""#),
            ("Float", "1", "true"),
            ("String", r#""x""#, "1"),
            ("Boolean", "true", r#""true""#),
            ("ID", r#""x""#, "1.5"),
            ("ID", "1", "[]"),
            (
                "DateTime",
                r#""2030-01-01T00:00:00Z""#,
                r#""+12030-01-01T00:00:00Z""#,
            ),
            ("Level", r#""LOW""#, r#""MIDDLE""#),
            ("[Level!]", r#"["LOW", "HIGH"]"#, r#"["LOW", null]"#),
            ("[Level!]!", r#""LOW""#, "null"),
        ] {
            let (variable, value) = (format!("$a: {ty}"), |it| format!(r#"{{"a": {it}}}"#));
            assert!(accepts(&variable, &value(good)), "{ty} {good}");
            assert!(!accepts(&variable, &value(bad)), "{ty} {bad}");
        }
    }

    #[test]
    fn objects_have_their_fields_and_no_others() {
        for (ty, value, fits) in [
            ("Range", r#"{"from": "2030-01-01T00:00:00Z"}"#, true),
            (
                "Range",
                r#"{"from": "2030-01-01T00:00:00Z", "to": null}"#,
                true,
            ),
            ("Range", r#"{"from": "x"}"#, false),
            ("Range", "{}", false),
            ("Range", r#"{"from": null}"#, false),
            (
                "Range",
                r#"{"from": "2030-01-01T00:00:00Z", "until": "y"}"#,
                false,
            ),
            (
                "Range",
                r#"{"from": "2030-01-01T00:00:00Z", "levels": ["NONE"]}"#,
                false,
            ),
            ("Range", r#""x""#, false),
            ("Of", r#"{"id": "1"}"#, true),
            ("Of", r#"{"id": "1", "name": "x"}"#, false),
            ("Of", r#"{"id": null}"#, false),
            ("Of", "{}", false),
        ] {
            let values = format!(r#"{{"a": {value}}}"#);
            assert_eq!(
                accepts(&format!("$a: {ty}!"), &values),
                fits,
                "{ty} {value}"
            );
        }
    }
}
