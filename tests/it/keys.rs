//! Master keys are exchanged while servers run: nothing becomes unreadable, nothing is lost, and no key goes that is needed.

use crate::support::documents::{REFRESH, UPDATE_PATIENT};
use crate::support::{App, Backend, Copy, Person, codes};
use base64::Engine as _;
use entity::cell::Sealed;
use entity::patient;
use patient_tracker::keyring;
use patient_tracker::vault::{KeyId, Ring, Vault};
use sea_orm::{ActiveModelTrait as _, ActiveValue::Set};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::convert::Infallible;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// The master key of all tests, and one to take its place.
const FORMER: &str = "Bg8iNfo+sJ1tG0/0wt2I4WEKf8RkfTyw6tT3LItFfYo=";
const LATER: &str = "0K0YiBI8CK+31sndmchbtq/ad3b5ykgoC3TWMfoAxTk=";

/// A copy that opens with the later key already, and wraps with the former.
const PREPARED: [(&str, &str); 1] = [("keys.master_others", LATER)];
/// A copy that wraps with the later key.
const TURNED: [(&str, &str); 2] = [("keys.master", LATER), ("keys.master_others", FORMER)];
/// A copy that has only the later key.
const ALONE: [(&str, &str); 1] = [("keys.master", LATER)];

/// How many data keys are under this master key, in all tables.
async fn under(copy: &Copy, key: KeyId) -> u64 {
    let counts = keyring::counts(&copy.state.db).await.unwrap();
    counts.get(&key).map_or(0, |tables| tables.values().sum())
}

fn key(text: &str) -> [u8; 32] {
    let bytes = base64::prelude::BASE64_STANDARD.decode(text).unwrap();
    bytes.try_into().unwrap()
}

fn current(copy: &Copy) -> KeyId {
    copy.state.vault.ring().current()
}

const PATIENTS: &str = "query($after: String) { patients(first: 100, after: $after) {
    nodes { id displayName mrn contact { phone } } pageInfo { hasNextPage endCursor } } }";

/// Every patient with name, number and telephone; none may be missing or fail.
async fn read_all(person: &Person) -> Vec<Value> {
    let mut all = Vec::new();
    let mut after = Value::Null;
    loop {
        let data = person.data(PATIENTS, json!({ "after": after })).await;
        let page = &data["patients"];
        all.extend(page["nodes"].as_array().unwrap().iter().cloned());
        after = page["pageInfo"]["endCursor"].clone();
        if page["pageInfo"]["hasNextPage"] == false {
            return all;
        }
    }
}

on_both! {
    async fn a_new_master_key_takes_over_copy_by_copy_and_the_former_one_goes(app: App) {
        let (ann, admin) = (app.patient("ann").await, app.admin().await);
        let former = current(&app.copy);
        let prepared = app.copy_with(&PREPARED).await;
        assert_eq!(current(&prepared), former);
        // Nobody wraps with it yet: what would be rewrapped now, the first copy could not open.
        let early = app.cli(&TURNED, &["keys", "rewrap"]).await.unwrap_err();
        assert!(early.contains("no server has been started"), "{early}");

        let turned = app.copy_with(&TURNED).await;
        let later = current(&turned);
        assert_ne!(former, later);
        assert_eq!((under(&turned, former).await, under(&turned, later).await), (4, 0));
        let status = app.cli(&TURNED, &["keys", "status"]).await.unwrap();
        assert!(status.contains(&format!("{later:<12} current")), "{status}");
        assert!(status.contains(&format!("{former:<12} opens")), "{status}");
        for secret in [FORMER, LATER] {
            assert!(!status.contains(secret));
        }
        // What a copy on either key writes, a copy on the other reads.
        let (mary, nina) = ("mary@clinic.test", "nina@clinic.test");
        for (copy, email) in [(&turned, mary), (&prepared, nina)] {
            let input = json!({ "input": { "email": email, "displayName": email, "roles": ["ANALYST"] } });
            let made = admin.at(copy).data("mutation($input: CreateUserInput!) { createUser(input: $input) {
                user { id } userErrors { code } } }", input).await;
            assert_eq!(made["createUser"]["userErrors"], json!([]));
        }
        assert_eq!((under(&turned, former).await, under(&turned, later).await), (5, 1));
        for copy in [&turned, &prepared] {
            let users = admin.at(copy).data("{ users { nodes { email } } }", json!({})).await;
            assert!([mary, nina].iter().all(|email| users.to_string().contains(email)));
        }

        let name = former.to_string();
        let refused = app.cli(&TURNED, &["keys", "retire", &name]).await.unwrap_err();
        assert!(refused.contains("is still needed, 5 data keys"), "{refused}");
        let refused = app.cli(&TURNED, &["keys", "retire", &later.to_string()]).await.unwrap_err();
        assert!(refused.contains("is the current master key"), "{refused}");
        // The database itself refuses it, whoever asks.
        assert_eq!(keyring::retire(&turned.state.db, former, None).await.unwrap(), Err(keyring::InUse));

        let moved = app.cli(&TURNED, &["keys", "rewrap"]).await.unwrap();
        assert!(moved.starts_with("5 data keys were moved"), "{moved}");
        let again = app.cli(&TURNED, &["keys", "rewrap"]).await.unwrap();
        assert!(again.starts_with("0 data keys were moved"), "{again}");
        assert_eq!((under(&turned, former).await, under(&turned, later).await), (0, 6));
        for copy in [&turned, &prepared] {
            assert_eq!(read_all(&admin.at(copy)).await.len(), 1);
            let own = ann.at(copy).data("{ viewer { patient { displayName } } }", json!({})).await;
            assert_eq!(own["viewer"]["patient"]["displayName"], "ann Testperson");
        }

        let retired = app.cli(&TURNED, &["keys", "retire", &name]).await.unwrap();
        assert!(retired.contains("Take it out of"), "{retired}");
        // A copy that was forgotten loses its write, not somebody's data.
        let input = json!({ "input": { "email": "olaf@clinic.test", "displayName": "olaf", "roles": ["ANALYST"] } });
        let lost = admin.at(&prepared).run("mutation($input: CreateUserInput!) { createUser(input: $input) {
            user { id } } }", input).await;
        assert!(lost["errors"].is_array(), "{lost}");
        assert_eq!(under(&turned, former).await, 0);

        let alone = app.copy_with(&ALONE).await;
        assert_eq!(read_all(&admin.at(&alone)).await.len(), 1);
        let unknown = app.cli(&ALONE, &["keys", "retire", &name]).await.unwrap_err();
        assert!(unknown.contains("there is no master key"), "{unknown}");
    }

    async fn a_start_without_a_key_in_use_is_refused_in_clear_words(app: App) {
        app.patient("ann").await;
        let former = current(&app.copy).to_string();
        let create = ["admin", "create", "--email", "a@clinic.test", "--name", "A"];
        let refused = app.cli(&ALONE, &create).await.unwrap_err();
        assert!(refused.contains(&format!("master keys that are not given: {former} (given:")), "{refused}");
        assert!(!refused.contains(LATER) && !refused.contains(FORMER));
        let refused = app.cli(&ALONE, &["keys", "rewrap"]).await.unwrap_err();
        assert!(refused.contains("no server has been started"), "{refused}");
        let refused = app.cli(&ALONE, &["keys", "rotate"]).await.unwrap_err();
        assert!(refused.contains(&former), "{refused}");
        let status = app.cli(&ALONE, &["keys", "status"]).await.unwrap();
        assert!(status.contains(&format!("{former:<12} NOT GIVEN")), "{status}");
        // Nor is the key noted that was given in its place.
        assert_eq!(keyring::in_use(&app.state().db).await.unwrap().len(), 1);
        assert!(app.cli(&[], &create).await.is_ok());
    }

    async fn a_key_that_is_destroyed_while_it_is_rewrapped_stays_destroyed(app: App) {
        let (_, gone) = app.patients(3).await.swap_remove(1);
        let turned = app.copy_with(&TURNED).await;
        let (started, begun) = tokio::sync::oneshot::channel();
        let started = std::sync::Mutex::new(Some(started));
        let db = app.state().db.clone();
        let destroying = tokio::spawn(async move {
            let done = db.write::<(), Infallible, _>(move |tx| {
                let started = started.lock().unwrap().take();
                Box::pin(async move {
                    let row = patient::ActiveModel { id: Set(gone), data_key: Set(Sealed::GONE), ..Default::default() };
                    row.update(tx.connection()).await?;
                    started.map(|started| started.send(()));
                    // The rewrap reads the row as it was, and comes to write it while this is still going on.
                    tokio::time::sleep(Duration::from_millis(500)).await;
                    Ok(Ok(()))
                })
            });
            done.await.unwrap()
        });
        begun.await.unwrap();
        let vault = Vault::with_ring(Ring::new(&key(LATER), [&key(FORMER)]), &[1; 32]);
        let moved = keyring::rewrap(&turned.state.db, &Arc::new(vault), |_| ()).await.unwrap();
        let Ok(()) = destroying.await.unwrap();
        assert_eq!(moved, keyring::Rewrapped { moved: 3, unreadable: 0 });
        assert_eq!(app.number("SELECT count(*) FROM patient WHERE length(data_key) = 0").await, 1);
    }

    async fn another_token_key_ends_access_tokens_and_no_session(app: App) {
        let ann = app.patient("ann").await;
        let ann = ann.at(&app.copy_with(&[("keys.token", LATER)]).await);
        let refused = ann.run("{ viewer { user { id } } }", json!({})).await;
        assert_eq!(codes(&refused), ["UNAUTHENTICATED"]);
        let nobody = Person { token: None, ..ann.clone() };
        let refreshed = nobody.data(REFRESH, json!({ "token": ann.refresh_token })).await;
        let token = refreshed["refreshSession"]["authSession"]["accessToken"].as_str().unwrap();
        let ann = Person { token: Some(token.to_owned()), ..ann };
        assert_eq!(ann.data("{ viewer { user { id } } }", json!({})).await["viewer"]["user"]["id"], ann.user);
    }

    async fn everything_reads_and_no_write_is_lost_while_keys_are_rewrapped_killed_and_resumed(app: App) {
        const COUNT: usize = 1000;
        let admin = app.admin().await;
        let ids = app.patients(COUNT).await;
        let former = current(&app.copy);
        let turned = app.copy_with(&TURNED).await;
        let all = under(&turned, former).await;
        let going = Arc::new(AtomicBool::new(true));
        let (person, on) = (admin.at(&turned), Arc::clone(&going));
        let reading = tokio::spawn(async move {
            let mut rounds = 0;
            while on.load(Ordering::SeqCst) {
                assert_eq!(read_all(&person).await.len(), COUNT);
                rounds += 1;
            }
            rounds
        });
        let (person, on, whom) = (admin.at(&turned), Arc::clone(&going), ids.clone());
        let writing = tokio::spawn(async move {
            let mut written = 0;
            // From the end, as the rewrap comes from the start: they meet.
            for (id, _) in whom.iter().rev() {
                if !on.load(Ordering::SeqCst) {
                    break;
                }
                let phone = format!("+3725560{written:04}");
                let input = json!({ "input": { "id": id, "expectedVersion": 1, "contact": { "phone": phone } } });
                let answer = person.data(UPDATE_PATIENT, input).await;
                assert_eq!(answer["updatePatient"]["userErrors"], json!([]));
                written += 1;
            }
            written
        });

        let mut command = app.command(&TURNED, &["keys", "rewrap"]);
        let mut process = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        while under(&turned, former).await == all {
            assert_eq!(process.try_wait().unwrap(), None, "it was done before it could be killed");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        process.kill().unwrap();
        process.wait().unwrap();
        let left = under(&turned, former).await;
        assert!(0 < left && left < all, "{left} of {all}");
        assert_eq!(read_all(&admin.at(&turned)).await.len(), COUNT);

        let moved = app.cli(&TURNED, &["keys", "rewrap"]).await.unwrap();
        assert!(moved.starts_with(&format!("{left} data keys were moved")), "{left}: {moved}");
        going.store(false, Ordering::SeqCst);
        let (rounds, written) = (reading.await.unwrap(), writing.await.unwrap());
        assert!(rounds > 0 && written > 0, "{rounds} rounds, {written} writes");
        assert_eq!((under(&turned, former).await, under(&turned, current(&turned)).await), (0, all));
        let alone = app.copy_with(&TURNED).await;
        let phones: BTreeSet<_> = read_all(&admin.at(&alone)).await.iter()
            .map(|patient| patient["contact"]["phone"].to_string()).collect();
        // Each write put another number in the place of the one they all had.
        assert_eq!(phones.len(), written + usize::from(written < COUNT));
    }
}

#[test]
fn an_embedded_server_takes_up_rotated_and_retired_keys_without_a_restart() {
    crate::support::run_with(
        Backend::Sqlite,
        &[("keys.master", "")],
        |mut app| async move {
            let kept = [("keys.master", "")];
            let admin = app.admin().await;
            app.patients(3).await;
            let former = current(&app.copy);
            let told = app.cli(&kept, &["keys", "rotate"]).await.unwrap();
            assert!(told.contains(&format!("{former} still opens")), "{told}");
            // At once, whether or not the server has looked at the folder yet.
            let moved = app.cli(&kept, &["keys", "rewrap"]).await.unwrap();
            assert!(moved.starts_with("5 data keys were moved"), "{moved}");
            assert_eq!(read_all(&admin).await.len(), 3);
            let later = current(&app.copy);
            assert_ne!(former, later);
            let retired = app
                .cli(&kept, &["keys", "retire", &former.to_string()])
                .await;
            assert!(retired.unwrap().contains("gone from the data folder"));
            for _ in 0..50 {
                if app.state().vault.ring().ids().count() == 1 {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
            assert_eq!(app.state().vault.ring().ids().collect::<Vec<_>>(), [later]);
            app.patients(2).await;
            assert_eq!(under(&app.copy, later).await, 7);
            app.restart().await;
            assert_eq!(read_all(&admin.at(&app.copy)).await.len(), 5);
        },
    );
}

#[test]
fn an_embedded_server_wraps_with_a_rotated_key_although_it_meets_nothing_under_it() {
    crate::support::run_with(Backend::Sqlite, &[("keys.master", "")], |app| async move {
        let former = current(&app.copy);
        app.cli(&[("keys.master", "")], &["keys", "rotate"])
            .await
            .unwrap();
        for _ in 0..50 {
            if current(&app.copy) != former {
                break;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        app.patients(1).await;
        assert_eq!(
            (
                under(&app.copy, former).await,
                under(&app.copy, current(&app.copy)).await
            ),
            (1, 1)
        );
    });
}
