//! A session, and every socket of it, lives no longer than its right to.

use crate::support::documents::{FOLLOW, REFRESH, WHO};
use crate::support::{App, Backend, End, PASSWORD, Socket, codes, sign_in};
use chrono::TimeDelta;
use entity::id::{SessionId, UserId};
use patient_tracker::access::Actor;
use patient_tracker::db::Head;
use patient_tracker::event::{Bus, Hub, Stream};
use serde_json::json;
use std::time::Duration;
use uuid::Uuid;

const SIGN_OUT: &str = "mutation { signOut(input: {}) { session { id } userErrors { code } } }";

on_both! {
    async fn signing_out_ends_the_session_and_its_socket(app: App) {
        let ana = app.patient("ana").await;
        let mut live = ana.subscribe(FOLLOW, json!({ "of": { "patient": ana.id } })).await;
        live.is_silent_for(Duration::from_millis(300)).await;
        ana.data(SIGN_OUT, json!({})).await;
        assert_eq!(live.end().await, End::Closed(4403));
        assert_eq!(codes(&ana.run(WHO, json!({})).await), ["UNAUTHENTICATED"]);
    }

    async fn a_token_that_has_expired_closes_its_socket(app: App) {
        let ana = app.patient("ana").await;
        // The socket is opened in the token's last seconds: a timer that is set does not see a test's clock move.
        app.clock.advance(TimeDelta::seconds(598));
        let mut live = ana.subscribe(FOLLOW, json!({ "of": { "patient": ana.id } })).await;
        assert_eq!(live.end().await, End::Closed(4403));
        assert_eq!(codes(&ana.run(WHO, json!({})).await), ["UNAUTHENTICATED"]);
    }

    async fn a_socket_ends_with_its_session_though_a_token_lives_longer(app: App) {
        let ana = app.patient("ana").await;
        let copy = app.copy_with(&[("identity.session", "30min")]).await;
        let ana = sign_in(&copy, &ana.email, PASSWORD).await.ok().unwrap();
        // A token of ten minutes, for a session that has four seconds.
        app.clock.advance(TimeDelta::seconds(30 * 60 - 4));
        let refreshed = copy.run(None, REFRESH, json!({ "token": ana.refresh_token })).await;
        let token = refreshed["data"]["refreshSession"]["authSession"]["accessToken"].as_str();
        let mut socket = Socket::open(&copy.address, Some(token.unwrap())).await;
        let closed = tokio::time::timeout(Duration::from_secs(8), socket.message()).await;
        assert_eq!(closed.expect("the socket closes").unwrap_err(), 4403);
        assert_eq!(codes(&copy.run(token, WHO, json!({})).await), ["UNAUTHENTICATED"]);
    }

    async fn whoever_is_connected_vouches_for_their_session_until_their_account_is_told_otherwise(app: App) {
        let ana = app.patient("ana").await;
        let id = app.select("SELECT id FROM session").await.pop().unwrap();
        let session = SessionId(id.try_get_by_index(0).unwrap());
        let vouched = || app.state().standings.vouched(session, app.clock.now());
        let soon = async |is: bool| {
            for _ in 0..100 {
                if vouched().is_some() == is {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            panic!("the session should {}be vouched for", if is { "" } else { "not " });
        };
        assert!(vouched().is_none(), "nobody is connected");
        let (mut live, other) = (
            ana.subscribe(FOLLOW, json!({ "of": { "patient": ana.id } })).await,
            ana.subscribe(FOLLOW, json!({ "of": { "patient": ana.id } })).await,
        );
        soon(true).await;
        // Longer than anything else is believed.
        tokio::time::sleep(Duration::from_millis(1_500)).await;
        soon(true).await;
        let standings = &app.state().standings;
        let stands = || standings.stands(session, app.clock.now()).unwrap().1;
        let kept = stands();
        assert!(standings.holds(&kept, app.clock.now()));
        // A refreshed session has other times, which are found out at the next question.
        let before = vouched().unwrap();
        assert!(!standings.holds(&kept, before.idle_expires_at));
        app.clock.advance(TimeDelta::seconds(60));
        ana.run(REFRESH, json!({ "token": ana.refresh_token })).await;
        assert!(!standings.holds(&kept, app.clock.now()));
        let actor = Actor { user: before.user, session, roles: before.roles, clearance: before.clearance,
            patient: before.patient, doctor: before.doctor, expires_at: app.clock.now() };
        app.state().actor_now(&actor).await.unwrap();
        soon(true).await;
        assert!(vouched().unwrap().idle_expires_at > before.idle_expires_at);
        let kept = stands();
        assert!(standings.holds(&kept, app.clock.now()));
        // It ends on another copy, which on SQLite rings no bell here.
        let second = app.second_copy().await;
        let fresh = sign_in(&second, &ana.email, PASSWORD).await.ok().unwrap();
        drop(other);
        fresh.data("mutation { revokeOtherSessions(input: {}) { sessions { id } userErrors { code } } }", json!({})).await;
        let ended = tokio::time::timeout(Duration::from_secs(1), live.end()).await;
        assert_eq!(ended.expect("within a second"), End::Closed(4403));
        assert!(vouched().is_none());
        assert!(!standings.holds(&kept, app.clock.now()));
        assert!(app.state().actor_now(&actor).await.unwrap().is_none());
    }

    async fn a_stream_is_silent_until_somebody_has_spoken_and_while_its_head_is_read(app: App) {
        let stream = Stream::User(UserId(Uuid::from_u128(7)));
        let followed = app.state().hub.follow(stream, None).await.unwrap().unwrap();
        let witness = followed.witness();
        // The heads are read two or three times a second.
        tokio::time::sleep(Duration::from_millis(1_500)).await;
        let mut is_silent = witness.is_silent();
        for _ in 0..100 {
            if is_silent {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
            is_silent = witness.is_silent();
        }
        assert!(is_silent);
        let hub = &app.state().hub;
        let nobody_relies_on = Stream::User(UserId(Uuid::from_u128(9)));
        let _followed = hub.follow(nobody_relies_on, None).await.unwrap().unwrap();
        let unrest = hub.unrest();
        hub.heard(&[Head { stream: nobody_relies_on.key(), seq: 1 }]);
        assert_eq!(hub.unrest(), unrest);
        for _ in 0..2 {
            hub.heard(&[Head { stream: stream.key(), seq: followed.at() + 1 }]);
            assert!(!witness.is_silent());
            assert_eq!(hub.unrest(), unrest + 1, "whoever was found silent before may not be any more");
        }
        // Nobody reads the heads of this one.
        let unswept = Hub::new(app.state().db.clone(), Bus::Memory);
        let followed = unswept.follow(Stream::User(UserId(Uuid::from_u128(8))), None).await.unwrap().unwrap();
        let witness = followed.witness();
        tokio::time::sleep(Duration::from_millis(700)).await;
        assert!(!witness.is_silent());
        unswept.sweep_now().await;
        assert!(witness.is_silent());
    }

    async fn a_socket_opened_with_a_bad_token_is_closed(app: App) {
        let mut socket = Socket::connected(&app.copy.address).await;
        socket.send(json!({ "type": "connection_init", "payload": { "Authorization": "Bearer x" } })).await;
        assert_eq!(socket.message().await, Err(4403));
    }

    async fn a_session_that_another_device_revokes_is_over(app: App) {
        let ana = app.patient("ana").await;
        let other = ana.another_session().await;
        let mut live = other.subscribe(FOLLOW, json!({ "of": { "patient": ana.id } })).await;
        live.is_silent_for(Duration::from_millis(300)).await;
        ana.data("mutation { revokeOtherSessions(input: {}) { sessions { id } userErrors { code } } }", json!({})).await;
        assert_eq!(live.end().await, End::Closed(4403));
        assert_eq!(codes(&other.run(WHO, json!({})).await), ["UNAUTHENTICATED"]);
        assert_eq!(codes(&ana.run(WHO, json!({})).await), Vec::<String>::new());
    }

    async fn a_locked_account_is_out_at_once(app: App) {
        let (ana, admin) = (app.patient("ana").await, app.admin().await);
        let mut live = ana.subscribe(FOLLOW, json!({ "of": { "patient": ana.id } })).await;
        live.is_silent_for(Duration::from_millis(300)).await;
        let locked = admin.data("mutation($id: ID!) { setUserStatus(input: {
            id: $id, status: LOCKED, expectedVersion: 1 }) { user { status } userErrors { code } } }",
            json!({ "id": ana.user })).await;
        assert_eq!(locked["setUserStatus"]["user"]["status"], "LOCKED");
        assert_eq!(live.end().await, End::Closed(4403));
        assert_eq!(codes(&ana.run(WHO, json!({})).await), ["UNAUTHENTICATED"]);
    }

    async fn queries_and_mutations_do_not_run_over_a_socket(app: App) {
        let ana = app.patient("ana").await;
        for document in [WHO, SIGN_OUT] {
            let mut live = ana.subscribe(document, json!({})).await;
            let End::Refused(errors) = live.end().await else { panic!("it is refused") };
            assert_eq!(errors[0]["extensions"]["code"], "BAD_REQUEST");
        }
        assert_eq!(codes(&ana.run(WHO, json!({})).await), Vec::<String>::new());
    }
}

#[test]
fn signing_out_on_one_copy_closes_the_socket_on_another() {
    crate::support::run(Backend::Postgres, |app| async move {
        let ana = app.patient("ana").await;
        let other = app.second_copy().await;
        let mut live = ana
            .at(&other)
            .subscribe(FOLLOW, json!({ "of": { "patient": ana.id } }))
            .await;
        live.is_silent_for(Duration::from_millis(500)).await;
        ana.data(SIGN_OUT, json!({})).await;
        assert_eq!(live.end().await, End::Closed(4403));
        assert_eq!(
            codes(&ana.at(&other).run(WHO, json!({})).await),
            ["UNAUTHENTICATED"]
        );
    });
}
