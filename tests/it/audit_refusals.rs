//! Who came and who was refused is in the audit: sign-ins, refreshes, denials, broken glass, links.

use crate::audit::{look, refuse_rows, row, rows, sealed};
use crate::support::documents::BOOK;
use crate::support::{App, PASSWORD, codes, glass, sign_in, user_errors};
use serde_json::json;

on_both! {
    async fn signing_in_leaves_a_row_whether_or_not_it_succeeds(app: App) {
        let ana = app.patient("ana").await;
        let user = |outcome: &str| row("SIGN_IN", "ACCOUNT", "USER", None, outcome);
        assert_eq!(rows(&app, "signIn").await, [user("ALLOWED")]);
        assert!(sign_in(&app.copy, &ana.email, "not the password").await.is_err());
        assert!(sign_in(&app.copy, "nobody@clinic.test", PASSWORD).await.is_err());
        assert_eq!(rows(&app, "signIn").await[1..],
            [user("FAILED"), row("SIGN_IN", "ACCOUNT", "NOTHING", None, "FAILED")]);
        // A refresh token that comes again ends the session although it is refused: so does its row stay.
        let refresh = || app.copy.run(None, crate::support::documents::REFRESH, json!({ "token": ana.refresh_token }));
        assert_eq!(user_errors(&refresh().await), Vec::<String>::new());
        let next = refresh().await;
        let token = next["data"]["refreshSession"]["authSession"]["refreshToken"].clone();
        assert_eq!(user_errors(&app.copy.run(None, crate::support::documents::REFRESH, json!({ "token": token })).await),
            Vec::<String>::new());
        assert_eq!(user_errors(&refresh().await), ["INVALID_REFRESH_TOKEN"]);
        let refreshed = row("REFRESH", "ACCOUNT SESSIONS", "USER", None, "ALLOWED");
        assert_eq!(rows(&app, "refreshSession").await, [
            refreshed.clone(), refreshed.clone(), refreshed,
            row("REUSE_TOKEN", "SESSIONS", "USER", None, "ALLOWED"),
        ]);
    }

    async fn what_a_sign_in_shows_of_ones_own_account_leaves_a_row(app: App) {
        let ana = app.patient("ana").await;
        let before = rows(&app, "signIn").await.len();
        app.copy.run(None, "mutation($input: SignInInput!) { signIn(input: $input) {
            authSession { user { email sessions { device } } } } }",
            json!({ "input": { "email": ana.email, "password": PASSWORD } })).await;
        let found = rows(&app, "signIn").await;
        assert!(found[before..].contains(&row("READ", "ACCOUNT SESSIONS", "USER", Some("ONESELF"), "ALLOWED")), "{found:?}");
    }

    async fn a_refused_refresh_leaves_a_row_and_who_brings_many_is_slowed_down(app: App) {
        let ana = app.patient("ana").await;
        let refresh = |token: String| {
            let copy = app.copy.clone();
            async move { copy.run(None, crate::support::documents::REFRESH, json!({ "token": token })).await }
        };
        assert_eq!(user_errors(&refresh("no token".to_owned()).await), ["INVALID_REFRESH_TOKEN"]);
        let mut other = ana.refresh_token.clone();
        let last = other.pop().unwrap();
        other.push(if last == 'A' { 'E' } else { 'A' });
        assert_eq!(user_errors(&refresh(other).await), ["INVALID_REFRESH_TOKEN"]);
        ana.run("mutation { signOut(input: {}) { userErrors { code } } }", json!({})).await;
        assert_eq!(user_errors(&refresh(ana.refresh_token.clone()).await), ["INVALID_REFRESH_TOKEN"]);
        let nobodys = row("REFRESH", "SESSIONS", "NOTHING", None, "FAILED");
        assert_eq!(rows(&app, "refreshSession").await,
            [nobodys.clone(), nobodys, row("REFRESH", "SESSIONS", "USER", None, "FAILED")]);
        let copy = app.copy_with(&[("identity.address_burst", "3"), ("identity.address_rate", "1")]).await;
        let mut told = Vec::new();
        for _ in 0..8 {
            let answer = copy.run(None, crate::support::documents::REFRESH, json!({ "token": "no token" })).await;
            told.extend(user_errors(&answer));
        }
        assert_eq!(told.last().unwrap(), "TRY_LATER", "{told:?}");
    }

    async fn denials_are_counted_together_whatever_they_are_asked_for_with(app: App) {
        let (ana, bob) = (app.patient("ana").await, app.patient("bob").await);
        let ask = |order: &str| {
            let fields = order.char_indices().map(|(at, kind)| match kind {
                'p' => format!("a{at}: patient(id: \"{}\") {{ id }} ", bob.id),
                'v' => format!("a{at}: viewer {{ __typename }} "),
                _ => format!("a{at}: visitTypes {{ totalCount }} "),
            });
            format!("{{ {} }}", fields.collect::<String>())
        };
        for order in ["pvt", "vpt", "tpv", "pvpvt", "tvptvpvp", "ptv"] {
            assert_eq!(codes(&ana.run(&ask(order), json!({})).await)[0], "NOT_FOUND");
        }
        let denied = "SELECT count(*) FROM audit_entry WHERE outcome = 'DENIED'";
        assert_eq!(app.number(denied).await, 1);
    }

    async fn what_is_read_through_broken_glass_names_the_grant(app: App) {
        let (ana, cy) = (app.patient("ana").await, app.doctor("cy").await);
        let input = json!({ "input": {
            "patientId": ana.id, "doctorId": cy.id, "visitTypeId": app.visit_type(30).await,
            "startsAt": app.day_after_tomorrow(9),
        } });
        assert_eq!(ana.data(BOOK, input).await["bookAppointment"]["userErrors"], json!([]));
        let (bo, _) = glass::ready(&app, "bo").await;
        glass::break_glass(&bo, &ana.id).await;
        let read = "query($id: ID!) { patient(id: $id) { gender appointments { nodes { id } } } }";
        let seen = bo.data(read, json!({ "id": ana.id })).await;
        assert_eq!(seen["patient"]["appointments"]["nodes"].as_array().unwrap().len(), 1);
        let named = "SELECT count(*) FROM audit_entry WHERE operation = 'patient' AND relationship = 'BREAK_GLASS'
            AND outcome = 'ALLOWED' AND purpose = 'ETREAT' AND grant_id IS NOT NULL AND reason IS NOT NULL
            AND kinds LIKE '%DEMOGRAPHICS%' AND kinds LIKE '%APPOINTMENT%'";
        assert_eq!(app.number(named).await, 1);
        let denied = "SELECT count(*) FROM audit_entry WHERE operation = 'patient' AND outcome = 'DENIED'";
        assert_eq!(app.number(denied).await, 0);
    }

    async fn the_same_denial_over_and_over_is_counted(app: App) {
        let (ana, bob) = (app.patient("ana").await, app.patient("bob").await);
        for _ in 0..20 {
            assert_eq!(codes(&look(&ana, &bob.id).await), ["NOT_FOUND"]);
        }
        assert_eq!(rows(&app, "patient").await, [row("READ", "IDENTITY", "PATIENT", None, "DENIED")]);
        app.state().audit.settle().await;
        let found = rows(&app, "patient").await;
        assert_eq!(found.iter().map(|row| row.5).collect::<Vec<_>>(), [1, 19]);
    }

    async fn denials_that_could_not_be_written_are_written_later_with_their_count(app: App) {
        let (ana, bob) = (app.patient("ana").await, app.patient("bob").await);
        let denied = "SELECT CAST(coalesce(sum(times), 0) AS bigint) FROM audit_entry WHERE operation = 'patient' AND outcome = 'DENIED'";
        for _ in 0..6 {
            assert_eq!(codes(&look(&ana, &bob.id).await), ["NOT_FOUND"]);
        }
        assert_eq!(app.number(denied).await, 1);
        refuse_rows(&app, true).await;
        // Five are counted and can not be written; nor can the first of another kind, which is not told then.
        let settled = app.state().audit.clone();
        settled.settle().await;
        assert_eq!(codes(&look(&bob, &ana.id).await), ["UNAVAILABLE"]);
        refuse_rows(&app, false).await;
        settled.settle().await;
        assert_eq!(app.number(denied).await, 7);
        settled.settle().await;
        assert_eq!(app.number(denied).await, 7);
        sealed(&app).await;
        app.cli(&[], &["audit", "verify"]).await.unwrap();
    }

    async fn a_record_that_nobody_may_break_the_glass_over_yet_is_noted_as_tried(app: App) {
        let (ana, bo) = (app.patient("ana").await, app.doctor("bo").await);
        let tried = |outcome: &str| row("CREATE", "BREAK_GLASS", "PATIENT", None, outcome);
        let input = |id: &str, words: &str| json!({ "input": { "patientId": id, "reason": "EMERGENCY_TREATMENT",
            "justification": words } });
        let long = "unconscious, found at the station";
        assert_eq!(user_errors(&bo.run(glass::BREAK, input(&ana.id, "too short")).await), ["JUSTIFICATION_TOO_SHORT"]);
        assert_eq!(user_errors(&bo.run(glass::BREAK, input(&ana.id, long)).await), ["MFA_NOT_ENROLLED"]);
        assert_eq!(rows(&app, "breakGlass").await.into_iter().filter(|row| row.0 == "CREATE").collect::<Vec<_>>(),
            [tried("FAILED"), tried("FAILED")]);
        let (cy, _) = glass::ready(&app, "cy").await;
        let nobody = format!("pat_{}", "1".repeat(32));
        assert_eq!(codes(&cy.run(glass::BREAK, input(&nobody, long)).await), ["NOT_FOUND"]);
        app.clock.advance(chrono::TimeDelta::minutes(6));
        assert_eq!(user_errors(&cy.run(glass::BREAK, input(&ana.id, long)).await), ["STEP_UP_REQUIRED"]);
        assert_eq!(rows(&app, "breakGlass").await.into_iter().filter(|row| row.0 == "CREATE").collect::<Vec<_>>(),
            vec![tried("FAILED"); 4]);
        let of_ana = "SELECT count(*) FROM audit_entry WHERE operation = 'breakGlass' AND patient_id IS NOT NULL";
        assert_eq!(app.number(of_ana).await, 4);
    }

    async fn of_many_who_bring_one_link_each_leaves_a_row(app: App) {
        let ana = app.patient("ana").await;
        app.execute("UPDATE \"user\" SET email_verified_at = NULL").await;
        let token = app.link("requestEmailVerification", &ana.email).await;
        let document = "mutation($token: String!) { verifyEmail(input: { token: $token }) { verified userErrors { code } } }";
        let all = (0..8).map(|_| app.copy.run(None, document, json!({ "token": token })));
        let answers = futures_util::future::join_all(all).await;
        let verified = answers.iter().filter(|answer| answer["data"]["verifyEmail"]["verified"] == true).count();
        assert_eq!(verified, 1, "{answers:?}");
        let found = rows(&app, "verifyEmail").await;
        let of = |outcome: &str| found.iter().filter(|row| row.4 == outcome).count();
        assert_eq!((of("ALLOWED"), of("FAILED")), (1, 7), "{found:?}");
    }
}
