//! A patient whose key is destroyed: nothing of them opens, no route finds them, and nothing fails for it.

use crate::support::documents::{BOOK, CANCEL, FOLLOW, FOLLOW_PATIENTS, REFRESH, UPDATE_PATIENT};
use crate::support::{App, Backend, PASSWORD, Patient, Person, codes, sign_in, user_errors, write};
use patient_tracker::patient::service::{ErasePatientKey, EraseRefusal, erase_patient_key};
use sea_orm::ConnectionTrait as _;
use serde_json::{Value, json};
use std::time::Duration;

const NAME: &str = "quizzwickbe";
const REASON: &str = "Planted complaint: an itching elbow";

async fn erase(app: &App, patient: &Patient, mrn: &str) -> Result<String, String> {
    let arguments = [
        "patient",
        "erase",
        &patient.id,
        "--mrn",
        mrn,
        "--reason",
        "request",
    ];
    app.cli(&[], &arguments).await
}

/// An answer in which something may be missing but nothing has broken, and nobody is named.
fn holds_nobody(answer: &Value, ids: &[&str]) {
    let text = answer.to_string();
    assert!(
        !codes(answer)
            .iter()
            .any(|code| code == "INTERNAL" || code == "UNAVAILABLE"),
        "{text}"
    );
    for word in [NAME, "itching", "Northern Mutual", "+37255987654"]
        .iter()
        .chain(ids)
    {
        assert!(
            !text.to_lowercase().contains(&word.to_lowercase()),
            "{word}: {text}"
        );
    }
}

/// The id at this place of an answer's data.
fn id_at(data: &Value, pointer: &str) -> String {
    data.pointer(pointer)
        .and_then(Value::as_str)
        .unwrap()
        .to_owned()
}

/// Everything by which staff come to a patient, their appointments and their account.
fn routes(patient: &str, mrn: &str, doctor: &str, user: &str, day: &str) -> Vec<(String, Value)> {
    let whole = "id displayName mrn birthDate gender name { text } contact { phone email } address { lines }
        coverages { nodes { id payer } } careTeam { nodes { id } } appointments { nodes { id reason } }
        nextAppointment { id } version updatedAt";
    let card =
        "nodes { id reason patient { id displayName birthDate contact { phone } } } totalCount";
    let list = |search: Value| {
        let query = format!(
            "query($search: PatientSearch) {{ patients(search: $search) {{ totalCount nodes {{ {whole} }} }} }}"
        );
        (query, json!({ "search": search }))
    };
    let plain = |query: String| (query, json!({}));
    vec![
        plain(format!("{{ patient(id: \"{patient}\") {{ {whole} }} }}")),
        list(Value::Null),
        list(json!({ "name": NAME })),
        list(json!({ "mrn": mrn })),
        list(json!({ "birthDate": "1980-05-17", "name": NAME })),
        list(json!({ "email": format!("{NAME}@clinic.test") })),
        list(json!({ "phone": "+37255987654" })),
        plain(format!("{{ clinicDay(day: \"{day}\") {{ {card} }} }}")),
        plain(format!(
            "{{ doctor(id: \"{doctor}\") {{ appointments {{ {card} }} }} }}"
        )),
        plain(format!(
            "{{ viewer {{ doctor {{ appointments {{ {card} }} }} }} }}"
        )),
        plain(
            "{ users { totalCount nodes { id email displayName sessions { id device } } } }"
                .to_owned(),
        ),
        plain(format!(
            "{{ user(id: \"{user}\") {{ id email displayName }} }}"
        )),
    ]
}

const NODE: &str = "query($id: ID!) { node(id: $id) { __typename id
    ... on Patient { displayName } ... on Appointment { reason patient { displayName } }
    ... on Coverage { payer } ... on CareTeamMember { patient { displayName } } ... on User { email }
    ... on Session { device } } }";

const CREATE: &str = "mutation($input: AddCoverageInput!) { addCoverage(input: $input) {
    coverage { id } userErrors { code } } }";

on_both! {
    async fn an_erased_patient_is_found_by_no_route_and_nothing_fails_for_it(app: App) {
        let (ann, eve) = (app.patient(NAME).await, app.patient("eve").await);
        let (bo, admin, visit_type) = (app.doctor("bo").await, app.admin().await, app.visit_type(30).await);
        for patient in [&ann, &eve] {
            app.care(bo.row, patient.row, None).await;
        }
        let past = app.appointment(bo.row, ann.row, app.hour(-48)).await;
        let own = ann.data("{ viewer { sessions { id } patient { mrn careTeam { nodes { id } } } } }", json!({})).await;
        let mrn = id_at(&own, "/viewer/patient/mrn");
        let insured = admin.data(CREATE, json!({ "input": { "patientId": ann.id, "payer": "Northern Mutual",
            "memberNumber": "NM-1" } })).await;
        let phoned = admin.data(UPDATE_PATIENT, json!({ "input": { "id": ann.id, "expectedVersion": 1,
            "contact": { "phone": "+37255987654" } } })).await;
        assert_eq!(phoned["updatePatient"]["userErrors"], json!([]));
        let starts_at = app.day_after_tomorrow(9);
        let booking = json!({ "input": { "patientId": ann.id, "doctorId": bo.id, "visitTypeId": visit_type,
            "startsAt": starts_at, "reason": REASON } });
        let mut diary = bo.subscribe(FOLLOW, json!({ "of": { "doctor": bo.id } })).await;
        let mut record = bo.subscribe(FOLLOW_PATIENTS, json!({ "of": { "patient": ann.id } })).await;
        let mut clinic = admin.subscribe(FOLLOW_PATIENTS, json!({ "of": { "clinic": true } })).await;
        for live in [&mut diary, &mut record, &mut clinic] {
            live.is_silent_for(Duration::from_millis(300)).await;
        }
        let booked = ann.data(BOOK, booking.clone()).await;
        let appointment = id_at(&booked, "/bookAppointment/appointment/id");
        let seen = diary.next().await["cursor"].clone();

        // What stands in the way, and what is somebody else's.
        let refused = erase(&app, &ann, &mrn).await.unwrap_err();
        assert!(refused.contains("appointments of the patient stand"), "{refused}");
        let cancelled = ann.data(CANCEL, json!({ "input": { "id": appointment, "expectedVersion": 1,
            "reason": "PATIENT" } })).await;
        assert_eq!(cancelled["cancelAppointment"]["userErrors"], json!([]), "{cancelled}");
        assert_eq!(diary.next().await["appointment"]["status"], "CANCELLED");
        let others = eve.data("{ viewer { patient { mrn } } }", json!({})).await;
        let refused = erase(&app, &ann, &id_at(&others, "/viewer/patient/mrn")).await.unwrap_err();
        assert!(refused.contains("another medical record number"), "{refused}");
        let day = starts_at.date_naive().to_string();
        let routes = routes(&ann.id, &mrn, &bo.id, &ann.user, &day);
        let mut told = 0;
        for (query, variables) in &routes {
            told += u32::from(admin.run(query, variables.clone()).await.to_string().contains(&ann.id));
        }
        assert!(told >= 8, "the routes lead to them before: {told}");

        let done = erase(&app, &ann, &mrn).await.unwrap();
        assert!(done.starts_with("Erased"), "{done}");
        let again = erase(&app, &ann, &mrn).await.unwrap_err();
        assert!(again.contains("there is no such patient"), "{again}");

        // What was open to somebody a moment ago is not any more, within a second.
        tokio::time::sleep(Duration::from_secs(1)).await;
        let token = ann.run("{ viewer { patient { displayName } } }", json!({})).await;
        assert_eq!(codes(&token), ["UNAUTHENTICATED"], "{token}");
        let refreshed = ann.run(REFRESH, json!({ "token": ann.refresh_token })).await;
        assert_eq!(refreshed["data"]["refreshSession"]["authSession"], Value::Null);
        let signed_in = sign_in(&app.copy, &ann.email, PASSWORD).await;
        assert!(signed_in.is_err());
        assert_eq!(record.next().await["__typename"], "AccessEnded");

        let member = id_at(&own, "/viewer/patient/careTeam/nodes/0/id");
        let session = id_at(&own, "/viewer/sessions/0/id");
        let coverage = id_at(&insured, "/addCoverage/coverage/id");
        let things = [&ann.id, &past, &appointment, &member, &coverage, &ann.user, &session];
        let ids: Vec<&str> = things.iter().map(|id| id.as_str()).collect();
        for person in [&*bo, &*admin] as [&Person; 2] {
            for (query, variables) in &routes {
                holds_nobody(&person.run(query, variables.clone()).await, &ids);
            }
            for id in &ids {
                let answer = person.run(NODE, json!({ "id": id })).await;
                holds_nobody(&answer, &ids);
                assert_eq!(answer["data"]["node"], Value::Null, "{id}");
            }
            let booked = person.run(BOOK, booking.clone()).await;
            assert_eq!(user_errors(&booked), ["PATIENT_NOT_FOUND"], "{booked}");
            let changed = person.run(UPDATE_PATIENT, json!({ "input": { "id": ann.id, "expectedVersion": 3,
                "contact": { "phone": "+37255987654" } } })).await;
            assert_eq!(codes(&changed), ["NOT_FOUND"]);
            let insured = person.run(CREATE, json!({ "input": { "patientId": ann.id, "payer": "x",
                "memberNumber": "1" } })).await;
            assert_eq!(codes(&insured), ["NOT_FOUND"]);
            let cancelled = person.run(CANCEL, json!({ "input": { "id": past, "expectedVersion": 1,
                "reason": "PATIENT" } })).await;
            assert_eq!(codes(&cancelled), ["NOT_FOUND"], "{cancelled}");
        }
        // The others are where they were.
        let list = bo.data("{ patients { totalCount nodes { displayName } } }", json!({})).await;
        assert_eq!(list["patients"], json!({ "totalCount": 1, "nodes": [{ "displayName": "eve Testperson" }] }));

        // Whoever follows, or comes back, goes on without a hole and without them.
        let input = json!({ "input": { "id": eve.id, "expectedVersion": 1, "contact": { "phone": "+37255500001" } } });
        assert_eq!(eve.data(UPDATE_PATIENT, input).await["updatePatient"]["userErrors"], json!([]));
        assert_eq!(clinic.next().await["patient"]["id"], eve.id);
        let mut back = bo.subscribe(FOLLOW, json!({ "of": { "doctor": bo.id }, "after": seen })).await;
        assert_eq!(back.next().await["__typename"], "CaughtUp");

        // The rows of others that speak of them hold nothing that opens.
        assert_eq!(app.number("SELECT count(*) FROM patient WHERE length(data_key) = 0 AND length(name) = 0").await, 1);
        assert_eq!(app.number("SELECT count(*) FROM \"user\" WHERE length(data_key) = 0 AND length(email) = 0").await, 1);
        assert_eq!(app.number("SELECT count(*) FROM patient_index i JOIN patient p ON p.id = i.patient_id
            WHERE length(p.data_key) = 0").await, 0);
        assert_eq!(app.number("SELECT count(*) FROM coverage").await, 0);
        assert_eq!(app.number("SELECT count(*) FROM appointment WHERE reason IS NOT NULL").await, 1);

        // The address is free for a record that has nothing to do with the one before.
        let again = app.patient(NAME).await;
        let own = again.data("{ viewer { patient { id displayName coverages { totalCount } } } }", json!({})).await;
        assert_eq!(own["viewer"]["patient"]["id"], again.id);
        assert_eq!(own["viewer"]["patient"]["coverages"]["totalCount"], 0);
    }

    async fn a_patient_is_erased_once_however_many_ask_while_others_write_to_the_record(app: App) {
        let (ann, admin) = (app.patient("ann").await, app.admin().await);
        let own = ann.data("{ viewer { patient { mrn } } }", json!({})).await;
        let mrn = id_at(&own, "/viewer/patient/mrn");
        let changes = (0..8).map(|number| {
            let phone = format!("+3725550020{number}");
            let input = json!({ "input": { "id": ann.id, "expectedVersion": 1, "contact": { "phone": phone } } });
            let person = admin.at(&app.copy);
            async move { person.run(UPDATE_PATIENT, input).await }
        });
        let erasures = (0..4).map(|_| {
            let command = ErasePatientKey { patient: ann.row, mrn: mrn.clone(), reason: "request" };
            let state = app.state().clone();
            async move { erase_patient_key(&state, command).await }
        });
        let (changed, erased) = futures_util::future::join(
            futures_util::future::join_all(changes),
            futures_util::future::join_all(erasures),
        ).await;
        for answer in &changed {
            assert!(!codes(answer).iter().any(|code| code == "INTERNAL"), "{answer}");
        }
        assert_eq!(erased.iter().filter(|done| matches!(done, Ok(Ok(())))).count(), 1, "{erased:?}");
        assert!(!erased.iter().any(|done| matches!(done, Ok(Err(EraseRefusal::OtherMrn)))));
        assert_eq!(app.number("SELECT count(*) FROM patient_index").await, 0);
        assert_eq!(app.number("SELECT count(*) FROM patient WHERE length(contact) > 0").await, 0);
    }
    async fn one_of_the_staff_whose_record_is_erased_keeps_the_account_and_signs_in_anew(app: App) {
        let ann = app.patient("ann").await;
        let mrn = mrn_of(&ann).await;
        app.execute("UPDATE \"user\" SET roles = 5").await;
        let admin = ann.another_session().await;
        let mut socket = admin.socket().await;
        erase(&app, &ann, &mrn).await.unwrap();
        let closed = tokio::time::timeout(Duration::from_secs(5), socket.message()).await;
        assert_eq!(closed.expect("the socket closes").unwrap_err(), 4403);
        assert_eq!(codes(&admin.run("{ viewer { user { id } } }", json!({})).await), ["UNAUTHENTICATED"]);
        assert_eq!(app.number("SELECT CAST(roles AS bigint) FROM \"user\"").await, 4);
        let told = "SELECT count(*) FROM event WHERE kind = 'USER_UPDATED' AND stream LIKE 'user:%'";
        assert_eq!(app.number(told).await, 1);
        let again = sign_in(&app.copy, &ann.email, PASSWORD).await.ok().unwrap();
        let own = again.data("{ viewer { user { roles } patient { id } } }", json!({})).await;
        assert_eq!(own["viewer"], json!({ "user": { "roles": ["ADMIN"] }, "patient": null }));
    }
}

async fn mrn_of(patient: &Patient) -> String {
    let own = patient
        .data("{ viewer { patient { mrn } } }", json!({}))
        .await;
    id_at(&own, "/viewer/patient/mrn")
}

/// Changes an account's roles behind a lock, and lets go of it once somebody waits for it, or nobody has for a second.
async fn change_roles_when_waited_for(app: &App, lock: Option<&str>, user: &str, roles: i32) {
    let (other, lock) = (app.clone(), lock.map(str::to_owned));
    let change = format!(
        "UPDATE \"user\" SET roles = {roles}, version = version + 1 WHERE id = '{}'",
        uuid_of(user)
    );
    write(app.state(), move |tx| {
        let (other, lock, change) = (other.clone(), lock.clone(), change.clone());
        Box::pin(async move {
            tx.lock(&lock.into_iter().collect::<Vec<_>>()).await?;
            tx.connection().execute_unprepared(&change).await?;
            for _ in 0..50 {
                tokio::time::sleep(Duration::from_millis(20)).await;
                if other
                    .number("SELECT count(*) FROM pg_locks WHERE NOT granted")
                    .await
                    > 0
                {
                    break;
                }
            }
            Ok(Ok(()))
        })
    })
    .await;
}

/// The row's id in what clients know.
fn uuid_of(id: &str) -> String {
    id.rsplit_once('_').unwrap().1.to_owned()
}

#[test]
fn a_role_that_is_withdrawn_while_its_owners_record_is_erased_stays_withdrawn() {
    crate::support::run(Backend::Postgres, |app| async move {
        let ann = app.patient("ann").await;
        let mrn = mrn_of(&ann).await;
        // Patient, doctor and administrator, of whom the administrator is just being withdrawn.
        app.execute("UPDATE \"user\" SET roles = 7").await;
        let command = ErasePatientKey {
            patient: ann.row,
            mrn,
            reason: "request",
        };
        let erasing = async {
            tokio::time::sleep(Duration::from_millis(200)).await;
            erase_patient_key(app.state(), command).await
        };
        let (_, erased) = tokio::join!(
            change_roles_when_waited_for(&app, None, &ann.user, 3),
            erasing
        );
        assert!(matches!(erased, Ok(Ok(()))), "{erased:?}");
        assert_eq!(
            app.number("SELECT CAST(roles AS bigint) FROM \"user\"")
                .await,
            2
        );
        assert_eq!(
            app.number("SELECT CAST(version AS bigint) FROM \"user\"")
                .await,
            3
        );
    });
}

#[test]
fn an_administrator_who_is_just_being_shut_out_erases_nobody() {
    crate::support::run(Backend::Postgres, |app| async move {
        const ERASE: &str = "mutation($input: ErasePatientInput!) { erasePatient(input: $input) {
            erased userErrors { code } } }";
        let (ann, admin) = (app.patient("ann").await, app.admin().await);
        let mrn = mrn_of(&ann).await;
        let input = json!({ "input": { "id": ann.id, "mrn": mrn, "reason": "REQUEST" } });
        // Known for a moment to be one.
        admin.data("{ users { totalCount } }", json!({})).await;
        let erasing = async {
            tokio::time::sleep(Duration::from_millis(100)).await;
            admin.run(ERASE, input).await
        };
        let shut_out = change_roles_when_waited_for(&app, Some("administrators"), &admin.user, 0);
        let (_, erased) = tokio::join!(shut_out, erasing);
        assert_eq!(codes(&erased), ["UNAUTHENTICATED"], "{erased}");
        assert_eq!(
            app.number("SELECT count(*) FROM patient_index")
                .await
                .signum(),
            1
        );
    });
}
