//! Lists walked from one end to the other, page by page, and a cursor that somebody else was given: what comes is what the
//! oracle lists, each once and in order, and a cursor opens nothing.

use super::answer::Reader;
use super::ask::Document;
use super::roots::{Root, Search};
use super::run::{Mismatches, answer, described};
use super::world::{Thing, World};
use crate::support::{App, Random};
use chrono::{DateTime, Utc};
use entity::code::Roles;
use serde_json::Value;
use uuid::Uuid;

/// A list, by where it hangs: at a root, or below a thing.
#[derive(Clone, Debug)]
enum List {
    At(Root),
    Below(Thing, &'static str),
}

impl List {
    fn random(random: &mut Random, world: &World) -> Self {
        let patient = Thing::Patient(random.below(world.patients.len() as u64) as usize);
        let doctor = Thing::Doctor(random.below(world.doctors.len() as u64) as usize);
        match random.below(10) {
            0 => Self::At(Root::Users),
            1 => Self::At(Root::Doctors),
            2 => Self::At(Root::Grants),
            3 => Self::At(Root::Patients(Search::None)),
            4 => Self::At(Root::Appointments),
            5 => Self::Below(doctor, "appointments"),
            6 => Self::Below(patient, "careTeam"),
            7 => Self::Below(patient, "coverages"),
            8 => Self::Below(patient, "documents"),
            _ => Self::Below(patient, "appointments"),
        }
    }

    /// A page of it, written out, under the name `page`.
    fn text(&self, world: &World, some: &str) -> String {
        let page = |field: &str| {
            format!(
                "page: {field}({some}) {{ edges {{ cursor node {{ id }} }} pageInfo {{ hasNextPage hasPreviousPage }} }}"
            )
        };
        match self {
            Self::At(root) => format!("{{ {} }}", page(root.field(world).0)),
            Self::Below(thing, field) => {
                let id = world.id(*thing);
                let on = thing.typename();
                format!(
                    "{{ node(id: \"{id}\") {{ ... on {on} {{ {} }} }} }}",
                    page(field)
                )
            }
        }
    }

    /// What the viewer may see of it, in order; none when they do not come as far.
    fn things(&self, world: &World, who: usize, now: DateTime<Utc>) -> Option<Vec<Thing>> {
        let document = Document::default();
        let reader = Reader {
            world,
            document: &document,
            who,
            now,
        };
        match self {
            Self::At(root) => reader.listed(root),
            Self::Below(thing, field) => {
                world.knows(who, *thing, now).then_some(())?;
                reader.page(*thing, field)
            }
        }
    }
}

/// What lists are ordered by.
fn key(world: &World, thing: Thing) -> (DateTime<Utc>, Uuid) {
    let id = |text: String| Uuid::parse_str(text.rsplit('_').next().unwrap()).unwrap();
    let at = match thing {
        Thing::Appointment(at) => world.appointments[at].starts_at,
        Thing::File(at) => world.files[at].created_at,
        _ => DateTime::UNIX_EPOCH,
    };
    (at, id(world.id(thing)))
}

/// The page in an answer: the ids with their cursors, and whether there is more that way.
fn page(got: &Value, onward: &str) -> Option<(Vec<(String, String)>, bool)> {
    let page = match &got["data"]["node"] {
        Value::Null => &got["data"]["page"],
        node => &node["page"],
    };
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let edges = page["edges"].as_array()?.iter();
    let items = edges.map(|edge| (text(&edge["node"]["id"]), text(&edge["cursor"])));
    Some((items.collect(), page["pageInfo"][onward] == true))
}

/// Walks random lists until so many pages were asked for.
pub async fn walk(
    app: &App,
    world: &World,
    random: &mut Random,
    count: usize,
    wrong: &mut Mismatches,
) {
    let mut asked = 0;
    while asked < count {
        let who = random.below(world.accounts.len() as u64) as usize;
        let list = List::random(random, world);
        if !world.accounts[who].comes_in() {
            continue;
        }
        let step = 1 + random.below(7) as usize;
        let backwards = random.below(3) == 0;
        let now = app.clock.now();
        let expected = list.things(world, who, now);
        let (some, from, onward) = match backwards {
            true => ("last", "before", "hasPreviousPage"),
            false => ("first", "after", "hasNextPage"),
        };
        let mut cursors: Vec<(String, String)> = Vec::new();
        let mut came = Some(Vec::new());
        let mut place = String::new();
        // More pages than there can be are no walk.
        for _ in 0..40 {
            let text = list.text(world, &format!("{some}: {step}{place}"));
            let got = answer(world, Some(who), &text).await;
            asked += 1;
            let Some((mut items, more)) = page(&got, onward) else {
                came = None;
                break;
            };
            if backwards {
                items.reverse();
            }
            cursors.extend(items.iter().cloned());
            came.get_or_insert_default()
                .extend(items.into_iter().map(|(id, _)| id));
            let last = cursors.last().filter(|_| more);
            let Some((_, cursor)) = last else { break };
            place = format!(" {from}: \"{cursor}\"");
        }
        let ids = expected.map(|things| {
            let ids = things.into_iter().map(|thing| world.id(thing));
            let mut ids: Vec<_> = ids.collect();
            if backwards {
                ids.reverse();
            }
            ids.truncate(step * 40);
            ids
        });
        if came != ids {
            let text = format!("{list:?} by {some}: {step}");
            let (ids, came) = (format!("{ids:?}"), format!("{came:?}"));
            wrong.note(&described(world, Some(who)), &text, &ids, &came);
        }
        asked += stranger(app, world, random, &list, &cursors, wrong).await;
    }
}

/// Somebody else goes on from where the walker was; whether they were asked.
async fn stranger(
    app: &App,
    world: &World,
    random: &mut Random,
    list: &List,
    cursors: &[(String, String)],
    wrong: &mut Mismatches,
) -> usize {
    let who = random.below(world.accounts.len() as u64) as usize;
    let account = &world.accounts[who];
    if cursors.is_empty() || account.is(Roles::ADMIN) || !account.comes_in() {
        return 0;
    }
    let (id, cursor) = random.pick(cursors);
    let all = world.things().into_iter();
    let Some(from) = all.clone().find(|thing| world.id(*thing) == *id) else {
        return 0;
    };
    let expected = list.things(world, who, app.clock.now()).map(|things| {
        let later = things
            .into_iter()
            .filter(|one| key(world, *one) > key(world, from));
        later.map(|one| world.id(one)).take(50).collect::<Vec<_>>()
    });
    let text = list.text(world, &format!("first: 50 after: \"{cursor}\""));
    let got = answer(world, Some(who), &text).await;
    let came = page(&got, "hasNextPage");
    let came = came.map(|(items, _)| items.into_iter().map(|(id, _)| id).collect::<Vec<_>>());
    if came != expected {
        let (expected, came) = (format!("{expected:?}"), format!("{came:?} {got}"));
        wrong.note(&described(world, Some(who)), &text, &expected, &came);
    }
    1
}
