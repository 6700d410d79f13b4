//! Tools ask for the whole schema with one well-known query; it must pass, and little more than it.

use super::super::Reason;
use super::{coordinates, pass, refused};

/// The query of GraphQL's reference implementation, with `ofType` to this depth and all its options as given.
fn full(of_type: usize, options: &Options) -> String {
    let Options {
        description,
        schema_description,
        specified_by,
        repeatable,
        deprecated_inputs,
        one_of,
        deprecated_directives,
    } = options;
    let with_deprecated = if deprecated_inputs.is_empty() {
        ""
    } else {
        "(includeDeprecated: true)"
    };
    let directive_args = if deprecated_directives.is_empty() {
        ""
    } else {
        "(includeDeprecated: true)"
    };
    let types = "kind name ofType { ".repeat(of_type) + "kind name " + &"} ".repeat(of_type);
    format!(
        "query IntrospectionQuery {{
            __schema {{
                {schema_description}
                queryType {{ name kind }} mutationType {{ name kind }} subscriptionType {{ name kind }}
                types {{ ...FullType }}
                directives{directive_args} {{
                    name {description} {repeatable} {deprecated_directives} locations
                    args{with_deprecated} {{ ...InputValue }}
                }}
            }}
        }}
        fragment FullType on __Type {{
            kind name {description} {specified_by} {one_of}
            fields(includeDeprecated: true) {{
                name {description} args{with_deprecated} {{ ...InputValue }} type {{ ...TypeRef }}
                isDeprecated deprecationReason
            }}
            inputFields{with_deprecated} {{ ...InputValue }}
            interfaces {{ ...TypeRef }}
            enumValues(includeDeprecated: true) {{ name {description} isDeprecated deprecationReason }}
            possibleTypes {{ ...TypeRef }}
        }}
        fragment InputValue on __InputValue {{
            name {description} type {{ ...TypeRef }} defaultValue {deprecated_inputs}
        }}
        fragment TypeRef on __Type {{ {types} }}"
    )
}

/// What each option adds to the query, or nothing.
#[derive(Default)]
struct Options {
    description: &'static str,
    schema_description: &'static str,
    specified_by: &'static str,
    repeatable: &'static str,
    deprecated_inputs: &'static str,
    one_of: &'static str,
    deprecated_directives: &'static str,
}

const EVERYTHING: Options = Options {
    description: "description",
    schema_description: "description",
    specified_by: "specifiedByURL",
    repeatable: "isRepeatable",
    deprecated_inputs: "isDeprecated deprecationReason",
    one_of: "isOneOf",
    deprecated_directives: "isDeprecated deprecationReason",
};

#[test]
fn the_full_introspection_query_passes_with_all_options_and_with_none() {
    for of_type in [7, 9] {
        for options in [&EVERYTHING, &Options::default()] {
            let source = full(of_type, options);
            assert!(
                pass(&source).is_ok(),
                "{}",
                pass(&source).unwrap_err().message()
            );
            assert_eq!(coordinates(&source), ["Query.__schema"]);
        }
    }
}

#[test]
fn the_query_of_graphiql_passes() {
    let options = Options {
        description: "description",
        schema_description: "description",
        deprecated_inputs: "isDeprecated deprecationReason",
        one_of: "isOneOf",
        ..Options::default()
    };
    assert!(pass(&full(9, &options)).is_ok());
}

#[test]
fn it_passes_beside_a_query_for_data() {
    let source = full(9, &EVERYTHING).replace("__schema {", "viewer { id name } __schema {");
    assert!(pass(&source).is_ok());
}

#[test]
fn the_whole_schema_three_times_over_is_refused() {
    let whole = full(9, &EVERYTHING);
    let fragments = &whole[whole.find("fragment").unwrap()..];
    let types = "__schema { types { ...FullType } }";
    assert!(pass(&format!("{{ a: {types} }} {fragments}")).is_ok());
    let thrice = format!("{{ a: {types} b: {types} c: {types} }} {fragments}");
    assert_eq!(refused(&thrice), Reason::IntrospectionCost);
}

#[test]
fn the_schema_cannot_be_multiplied_by_itself() {
    let source =
        "{ __schema { types { fields { type { fields { type { fields { type { fields { type
        { fields { name } } } } } } } } } } } }";
    assert_eq!(refused(source), Reason::IntrospectionCost);
}

#[test]
fn introspection_has_its_own_depth() {
    let deep = |levels| {
        format!(
            "{{ __type {}{} }}",
            "{ ofType ".repeat(levels),
            "}".repeat(levels)
        )
    };
    assert!(pass(&deep(20)).is_ok());
    assert_eq!(refused(&deep(21)), Reason::IntrospectionDepth(20));
}
