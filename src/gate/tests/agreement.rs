//! The plan against the library itself: what it says an operation may touch covers what the library really asks of its
//! resolvers, and the schema the library prints is one the map can read.

use super::super::{Coordinate, Plan, SchemaMap};
use super::limits;
use async_graphql::extensions::{
    Extension, ExtensionContext, ExtensionFactory, NextResolve, ResolveInfo,
};
use async_graphql::parser::parse_query;
use async_graphql::{
    EmptyMutation, EmptySubscription, Interface, MergedObject, Name, Object, Schema, ServerResult,
    SimpleObject, Union, Value,
};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

#[derive(SimpleObject, Clone)]
struct Cat {
    name: String,
    lives: i32,
}

#[derive(SimpleObject, Clone)]
struct Dog {
    name: String,
    friend: Cat,
}

#[derive(Interface)]
#[graphql(field(name = "name", ty = "&String"))]
enum Pet {
    Cat(Cat),
    Dog(Dog),
}

#[derive(Union)]
enum Guest {
    Cat(Cat),
    Dog(Dog),
}

#[derive(Default)]
struct PetQuery;

#[Object]
impl PetQuery {
    async fn pets(&self, #[graphql(default = 5)] first: i32) -> Vec<Pet> {
        let pets = [Pet::Cat(cat()), Pet::Dog(dog())];
        pets.into_iter()
            .take(first.unsigned_abs() as usize)
            .collect()
    }
}

#[derive(Default)]
struct GuestQuery;

#[Object]
impl GuestQuery {
    async fn guests(&self) -> Vec<Guest> {
        vec![Guest::Cat(cat()), Guest::Dog(dog())]
    }
}

#[derive(MergedObject, Default)]
struct Query(PetQuery, GuestQuery);

fn cat() -> Cat {
    Cat {
        name: "Tom".to_owned(),
        lives: 9,
    }
}

fn dog() -> Dog {
    Dog {
        name: "Rex".to_owned(),
        friend: cat(),
    }
}

/// Notes each field the library asks a resolver for.
#[derive(Clone, Default)]
struct Witness(Arc<Mutex<BTreeSet<Coordinate>>>);

impl ExtensionFactory for Witness {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(self.clone())
    }
}

#[async_graphql::async_trait::async_trait]
impl Extension for Witness {
    async fn resolve(
        &self,
        ctx: &ExtensionContext<'_>,
        info: ResolveInfo<'_>,
        next: NextResolve<'_>,
    ) -> ServerResult<Option<Value>> {
        // Items of a list come by once more, with the list as their parent.
        if !info.parent_type.starts_with('[') && !info.is_for_introspection {
            self.0.lock().unwrap().insert(Coordinate {
                type_name: Name::new(info.parent_type),
                field_name: Name::new(info.name),
            });
        }
        next.run(ctx, info).await
    }
}

async fn touched_and_planned(source: &str) -> (BTreeSet<Coordinate>, BTreeSet<Coordinate>) {
    let witness = Witness::default();
    let schema = Schema::build(Query::default(), EmptyMutation, EmptySubscription)
        .extension(witness.clone())
        .finish();
    let response = schema.execute(source).await;
    assert!(response.errors.is_empty(), "{:?}", response.errors);
    let map = SchemaMap::from_sdl(&schema.sdl()).unwrap();
    let plan = Plan::of(&map, &parse_query(source).unwrap(), &limits()).unwrap();
    let planned = plan.operations[0].coordinates.iter().cloned().collect();
    let touched = witness.0.lock().unwrap().clone();
    (touched, planned)
}

#[tokio::test]
async fn the_plan_covers_all_that_the_library_touches() {
    for source in [
        "{ pets { name } }",
        "{ pets(first: 1) { ... on Cat { lives } ... on Dog { friend { ... on Pet { name } } } } }",
        "{ pets { ...P } guests { ...P ... on Cat { lives } } } fragment P on Pet { a: name ... { b: name } }",
        "{ guests { __typename ... on Guest { ... on Pet { name } } } __schema { types { name } } }",
    ] {
        let (touched, planned) = touched_and_planned(source).await;
        assert!(!touched.is_empty());
        assert!(touched.is_subset(&planned), "{touched:?} in {planned:?}");
    }
}

#[tokio::test]
async fn the_plan_names_the_objects_that_the_library_hides_behind_an_interface() {
    let (touched, planned) = touched_and_planned("{ pets { name } }").await;
    let hidden: Vec<_> = planned.difference(&touched).map(super::written).collect();
    assert_eq!(hidden, ["Cat.name", "Dog.name"]);
}

#[tokio::test]
async fn the_plan_adds_nothing_else() {
    let source = "{ pets { ... on Cat { lives } } guests { ... on Dog { friend { name } } } }";
    let (touched, planned) = touched_and_planned(source).await;
    assert_eq!(touched, planned);
}
