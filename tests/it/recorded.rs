//! No look without its row. A walk over the whole schema runs, for every field of a type that holds a person's data, one
//! query by each way there is to that type, and counts what the audit says of it: a field that is added, or another way to
//! one that there is, is walked without anybody thinking of it.

use crate::look::CHARTS;
use crate::support::files::{bring, leave};
use crate::support::glass::{REVIEW, REVOKE, break_glass, ready};
use crate::support::waiting_list::ACCEPT;
use crate::support::{App, Backend, Doctor, Patient, Person};
use crate::walk::{PERSONS, base, types};
use async_graphql::parser::types::{FieldDefinition, TypeDefinition, TypeKind};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

/// Ways to what is in the directory for everybody who is signed in.
const EVERYBODYS: &[&str] = &["Doctor.name"];

/// What nobody in this clinic has, or is shown by a query.
const NEVER: &str = include_str!("../ledgers/never_there.txt");

/// What stands in a document for a required argument.
fn arguments(ids: &BTreeMap<&str, String>, parent: &str, field: &FieldDefinition) -> String {
    let given = |name: &str| match (parent, field.name.node.as_str(), name) {
        ("Query", root, "id") => format!("\"{}\"", ids[root]),
        ("Query", "clinicDay", "day") => format!("\"{}\"", ids["day"]),
        ("Query", "slots" | "absences" | "queue", "doctor") => format!("\"{}\"", ids["doctor"]),
        ("Query", "slots" | "firstSlots", "visitType") => format!("\"{}\"", ids["visit type"]),
        ("Query", "slots" | "firstSlots", "from") => format!("\"{}T00:00:00Z\"", ids["day"]),
        ("Query", "slots" | "firstSlots", "to") => format!("\"{}T23:00:00Z\"", ids["day"]),
        ("Query", "firstSlots", "specialty") => "\"any\"".to_owned(),
        // What was done through broken glass: an entry has all there can be.
        ("Patient", "vitals", "code") => "HEART_RATE".to_owned(),
        ("Query", "chartRecords", "patient") => format!("\"{}\"", ids["patient"]),
        ("Query", "auditEntries", "filter") => format!("{{ actorId: \"{}\" }}", ids["actor"]),
        other => panic!("{other:?} is to be given a value here"),
    };
    let required = field.arguments.iter().map(|argument| &argument.node);
    let required = required.filter(|it| {
        it.name.node == "filter" && field.name.node == "auditEntries"
            || !it.ty.node.nullable && it.default_value.is_none()
    });
    let given: Vec<_> = required
        .map(|it| format!("{}: {}", it.name.node, given(&it.name.node)))
        .collect();
    match given.is_empty() {
        true => String::new(),
        false => format!("({})", given.join(", ")),
    }
}

/// A place in the graph: the names on the way down to it, and its type.
#[derive(Clone)]
struct Place {
    opening: String,
    depth: usize,
    names: Vec<String>,
    kind: String,
    /// The field by which it was come to.
    way: String,
}

impl Place {
    /// One step down, through a page if there is one.
    fn below(
        &self,
        types: &BTreeMap<String, TypeDefinition>,
        ids: &BTreeMap<&str, String>,
        field: &FieldDefinition,
    ) -> Self {
        let name = field.name.node.to_string();
        let kind = base(&field.ty.node.base);
        let mut place = Self {
            opening: format!(
                "{}{{ {name}{} ",
                self.opening,
                arguments(ids, &self.kind, field)
            ),
            depth: self.depth + 1,
            names: [self.names.clone(), vec![name.clone()]].concat(),
            way: format!("{}.{name}", self.kind),
            kind,
        };
        if let Some(of_page) = place.kind.strip_suffix("Connection") {
            let nodes = fields(types, &place.kind).into_iter();
            let nodes = nodes.filter(|it| it.name.node == "nodes");
            let item = nodes.map(|it| base(&it.ty.node.base)).next();
            place.opening += "{ nodes ";
            place.depth += 1;
            place.names.push("nodes".to_owned());
            place.kind = item.unwrap_or_else(|| panic!("a page of {of_page} has nodes"));
        }
        place
    }

    fn document(&self, selection: &str) -> String {
        let closing = " }".repeat(self.depth);
        format!("query {}{{ {selection} }}{closing}", self.opening)
    }
}

fn fields(types: &BTreeMap<String, TypeDefinition>, name: &str) -> Vec<FieldDefinition> {
    let found = types.get(name).map(|it| it.kind.clone());
    match found {
        Some(TypeKind::Object(object)) => object.fields.into_iter().map(|it| it.node).collect(),
        _ => Vec::new(),
    }
}

/// Every way to a type that holds a person's data, the shortest path to where the way begins.
fn ways(types: &BTreeMap<String, TypeDefinition>, ids: &BTreeMap<&str, String>) -> Vec<Place> {
    let root = Place {
        opening: String::new(),
        depth: 0,
        names: Vec::new(),
        kind: "Query".to_owned(),
        way: String::new(),
    };
    let (mut found, mut met) = (Vec::new(), BTreeSet::new());
    let mut open = VecDeque::from([root]);
    while let Some(place) = open.pop_front() {
        for field in fields(types, &place.kind) {
            let below = place.below(types, ids, &field);
            if CHARTS.contains(&below.kind.as_str()) {
                continue;
            }
            if below.kind == "Node" {
                found.extend(nodes(types, ids, &below));
                continue;
            }
            if PERSONS.contains(&below.kind.as_str()) {
                found.push(below.clone());
            }
            if met.insert(below.kind.clone()) {
                open.push_back(below);
            }
        }
    }
    found.retain(|place| !EVERYBODYS.contains(&place.way.as_str()));
    found
}

/// `node` as a way to everything that it can be.
fn nodes(
    types: &BTreeMap<String, TypeDefinition>,
    ids: &BTreeMap<&str, String>,
    node: &Place,
) -> Vec<Place> {
    let can_be = |name: &&str| match &types[*name].kind {
        TypeKind::Object(object) => object.implements.iter().any(|it| it.node == "Node"),
        _ => false,
    };
    let kinds = PERSONS.iter().copied().filter(can_be);
    let kinds = kinds.filter(|name| !CHARTS.contains(name));
    kinds
        .map(|kind| Place {
            opening: format!(
                "{{ node(id: \"{}\") {{ ... on {kind} ",
                ids[format!("node {kind}").as_str()]
            ),
            depth: 2,
            way: format!("Query.node({kind})"),
            kind: kind.to_owned(),
            ..node.clone()
        })
        .collect()
}

/// Whether there is a value at this place of an answer, on some item of a page.
fn is_there(value: &Value, names: &[String]) -> bool {
    match (value, names.split_first()) {
        (Value::Array(items), _) => items.iter().any(|item| is_there(item, names)),
        (value, None) => !value.is_null(),
        (value, Some((name, rest))) => value.get(name).is_some_and(|it| is_there(it, rest)),
    }
}

/// The kind of object, and the kind of data, that a row about a field of this type names.
fn row_of(kind: &str) -> (&'static str, &'static str) {
    match kind {
        "AccessLogEntry" => ("PATIENT", "ACCESS_LOG"),
        "Address" | "PatientPreferences" => ("PATIENT", "DEMOGRAPHICS"),
        "Absence" => ("DOCTOR", "SCHEDULE"),
        "AffectedAppointment"
        | "Appointment"
        | "AppointmentSeries"
        | "AppointmentStep"
        | "QueuePlace" => ("PATIENT", "APPOINTMENT"),
        "AuditEntry" | "AuditObject" => ("AUDIT", "AUDIT"),
        "BreakGlassGrant" | "BreakGlassReview" => ("PATIENT", "BREAK_GLASS"),
        "CareTeamMember" => ("PATIENT", "CARE_TEAM"),
        "Coverage" => ("PATIENT", "COVERAGE"),
        "Document" => ("PATIENT", "DOCUMENT"),
        "EmergencyContact" | "PatientContact" => ("PATIENT", "CONTACT"),
        "Patient" | "PersonName" => ("PATIENT", ""),
        "CalendarFeed" | "Notification" | "NotificationPreferences" => ("USER", "ACCOUNT"),
        "Session" => ("USER", "SESSIONS"),
        "User" | "Viewer" => ("USER", ""),
        kind if kind.starts_with("Waitlist") || kind == "Reminder" => ("PATIENT", "APPOINTMENT"),
        other => panic!("a row about {other} is to be named here"),
    }
}

/// A clinic in which everything that can be asked for is there, and those who may ask for it.
async fn clinic(app: &App) -> (BTreeMap<&'static str, String>, Vec<Person>) {
    let (ana, bo, admin) = (
        app.patient("ana").await,
        app.doctor("bo").await,
        app.admin().await,
    );
    let (dee, _) = ready(app, "dee").await;
    app.care(bo.row, ana.row, None).await;
    let day = app.day_after_tomorrow(9);
    let kind = app.visit_type(30).await;
    // One that has all there can be: why, and which of a series.
    let wanted = crate::series::series(
        (&ana.id, &bo.id, &kind),
        day,
        "FREQ=DAILY;COUNT=1",
        json!({ "reason": "A cough" }),
    );
    let (series, booked) = crate::series::booked(&ana, wanted).await;
    let away = "mutation($input: MarkAbsenceInput!) { markAbsence(input: $input) { absence { id } userErrors { code } } }";
    let away = admin
        .data(
            away,
            json!({ "input": { "doctorId": bo.id, "kind": "OTHER", "reason": "A journey", "startsAt": day,
                "endsAt": day + chrono::TimeDelta::hours(4) } }),
        )
        .await;
    let update = "mutation($input: UpdatePatientInput!) { updatePatient(input: $input) { userErrors { code path } } }";
    let whole = json!({ "input": { "id": ana.id, "expectedVersion": 1, "language": "et",
        "bloodGroup": "O_POSITIVE",
        "address": { "lines": ["1 Long Street"], "city": "Town", "country": "EE", "postalCode": "10111", "state": "North" },
        "emergencyContacts": [{ "name": "Quill", "relationship": "brother", "phone": "+3725550111" }] } });
    let updated = admin.data(update, whole).await;
    assert_eq!(updated["updatePatient"]["userErrors"], json!([]));
    let covered = admin
        .data(
            "mutation($input: AddCoverageInput!) { addCoverage(input: $input) { coverage { id } userErrors { code } } }",
            json!({ "input": { "patientId": ana.id, "payer": "Northern Mutual", "memberNumber": "NM-1" } }),
        )
        .await;
    let grant = break_glass(&dee, &ana.id).await;
    dee.data(crate::support::documents::PATIENT, json!({ "id": ana.id }))
        .await;
    admin.data(REVOKE, json!({ "id": grant })).await;
    let review =
        json!({ "input": { "id": grant, "outcome": "JUSTIFIED", "note": "As it should be" } });
    admin.data(REVIEW, review).await;
    let team = ana
        .data(
            "{ viewer { sessions { id } patient { careTeam { nodes { id } } } } }",
            json!({}),
        )
        .await;
    crate::notifications::all_there_is(app, &ana).await;
    let (note, said) = ("A note".to_owned(), json!({ "description": "As it was" }));
    let file = leave(&ana, &ana.id, ("note.txt", note.len()), said).await;
    assert_eq!(bring(&app.copy, &file.token, note.into()).await.status, 201);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let appointment = text(&booked[0]["id"]);
    let waits = text(&waiting(app, &ana, &bo).await["id"]);
    let ids = BTreeMap::from([
        ("actor", dee.user.clone()),
        ("appointment", appointment.clone()),
        ("day", day.date_naive().to_string()),
        ("doctor", bo.id.clone()),
        ("node", ana.id.clone()),
        ("node Absence", text(&away["markAbsence"]["absence"]["id"])),
        ("node Appointment", appointment),
        ("node AppointmentSeries", text(&series["id"])),
        ("node BreakGlassGrant", grant),
        (
            "node CareTeamMember",
            text(&team["viewer"]["patient"]["careTeam"]["nodes"][0]["id"]),
        ),
        (
            "node Coverage",
            text(&covered["addCoverage"]["coverage"]["id"]),
        ),
        ("node Document", file.id),
        ("node Patient", ana.id.clone()),
        ("node Session", text(&team["viewer"]["sessions"][0]["id"])),
        ("node User", ana.user.clone()),
        ("patient", ana.id.clone()),
        ("user", ana.user.clone()),
        ("waitlistEntry", waits.clone()),
        ("node WaitlistEntry", waits),
        ("visit type", kind),
    ]);
    (
        ids,
        vec![ana.person.clone(), bo.person.clone(), admin.clone()],
    )
}

/// One who has taken an offer, and has another.
async fn waiting(app: &App, ana: &Patient, bo: &Doctor) -> Value {
    app.opens(bo, app.day_after_tomorrow(15), 90).await;
    let taken = ana.waits_for(bo, &app.visit_type(30).await).await;
    let offered = ana.entry_once(&taken, "OFFERED").await;
    ana.answers(ACCEPT, &offered).await;
    let wish = json!({ "patientId": ana.id, "with": { "doctor": bo.id }, "note": "by bus",
        "visitTypeId": app.visit_type(30).await, "windows": [{ "lastDay": "2090-01-01", "firstDay": "2020-01-01" }] });
    let waits = ana.waits(wish).await;
    ana.entry_once(&waits, "OFFERED").await
}

/// Runs a query; the answer's data and the request's id.
async fn ask(person: &Person, document: &str) -> (Value, String) {
    let bearer = format!("Bearer {}", person.token.as_deref().unwrap());
    let headers = [
        ("content-type", "application/json"),
        ("accept", "application/graphql-response+json"),
        ("authorization", bearer.as_str()),
    ];
    let body = json!({ "query": document }).to_string();
    let answer = person.copy.send("POST", "/graphql", &headers, body).await;
    let request = answer.header("x-request-id").to_owned();
    (answer.json()["data"].clone(), request)
}

#[test]
fn every_field_of_a_persons_data_by_every_way_to_it_leaves_a_row() {
    crate::support::run(Backend::Sqlite, |app| async move {
        let (ids, people) = clinic(&app).await;
        let types = types();
        let (mut asked, mut never) = (Vec::new(), BTreeSet::new());
        for place in ways(&types, &ids) {
            for field in fields(&types, &place.kind) {
                let name = field.name.node.to_string();
                let below = place.below(&types, &ids, &field);
                let selection = match fields(&types, &below.kind).is_empty() {
                    true => name.clone(),
                    // What it leads to is walked by this way, too, or is in the directory.
                    false if PERSONS.contains(&below.kind.as_str()) => continue,
                    false if below.kind == "Doctor" => continue,
                    false => format!("{name} {{ __typename }}"),
                };
                let document = place.document(&selection);
                let mut is_seen = false;
                let at = [place.names.clone(), vec![name.clone()]].concat();
                for person in &people {
                    let (data, request) = ask(person, &document).await;
                    if is_there(&data, &at) {
                        is_seen = true;
                        asked.push((
                            request,
                            place.kind.clone(),
                            person.email.clone(),
                            document.clone(),
                        ));
                    }
                }
                if !is_seen {
                    never.insert(format!("{} {name}", place.way));
                }
            }
        }
        let mut rows: HashMap<String, Vec<(String, String)>> = HashMap::new();
        let select =
            "SELECT request_id, object_kind, kinds FROM audit_entry WHERE outcome = 'ALLOWED'";
        for row in app.select(select).await {
            let text = |at| row.try_get_by_index::<String>(at).unwrap();
            rows.entry(text(0)).or_default().push((text(1), text(2)));
        }
        let unrecorded = asked.iter().filter(|(request, kind, ..)| {
            let (object, data) = row_of(kind);
            let rows = rows.get(request).map_or(&[][..], Vec::as_slice);
            !rows
                .iter()
                .any(|(about, kinds)| about == object && kinds.contains(data))
        });
        let unrecorded: Vec<_> = unrecorded
            .map(|(_, _, who, document)| format!("{who}: {document}"))
            .collect();
        assert!(asked.len() > 300, "{} looks", asked.len());
        let never: Vec<_> = never.iter().map(String::as_str).collect();
        assert_eq!(
            (unrecorded, never),
            (Vec::<String>::new(), NEVER.lines().collect::<Vec<_>>())
        );
    });
}
