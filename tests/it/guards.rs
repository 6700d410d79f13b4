//! What stands between a guesser and an account, an owner and a stranger's guesses, and a stolen session and what is
//! dangerous.

use crate::support::documents::{REFRESH, WHO};
use crate::support::{
    App, Authenticator, PASSWORD, Person, begun, challenged, codes, completed, confirmed, enrol,
    prove, required, user_errors,
};
use chrono::TimeDelta;
use serde_json::{Value, json};

const NONE: Vec<String> = Vec::new();
const SIGN_IN: &str = "mutation($input: SignInInput!) { signIn(input: $input) {
    authSession { accessToken } deviceToken mfaChallenge { token } userErrors { code } } }";
const COMPLETE: &str = "mutation($input: CompleteSignInInput!) { completeSignIn(input: $input) {
    authSession { accessToken } deviceToken userErrors { code } } }";

async fn sign_in(app: &App, email: &str, password: &str, device: Option<&str>) -> Value {
    let input = json!({ "email": email, "password": password, "deviceToken": device });
    app.copy.run(None, SIGN_IN, json!({ "input": input })).await
}

async fn refresh(app: &App, token: &str) -> Value {
    app.copy.run(None, REFRESH, json!({ "token": token })).await
}

fn refreshed(answer: &Value) -> Option<(String, String)> {
    let session = &answer["data"]["refreshSession"]["authSession"];
    let text = |name: &str| session[name].as_str().map(str::to_owned);
    Some((text("accessToken")?, text("refreshToken")?))
}

fn with(person: &Person, token: &str) -> Person {
    Person {
        token: Some(token.to_owned()),
        ..person.clone()
    }
}

/// Guesses at an account for as long as it takes; how many were looked at.
async fn guess(app: &App, email: &str, device: Option<&str>, times: usize) -> usize {
    let mut looked_at = 0;
    for _ in 0..times {
        let answer = sign_in(app, email, "not the password", device).await;
        match user_errors(&answer).join("").as_str() {
            "INVALID_CREDENTIALS" => looked_at += 1,
            "TRY_LATER" => app.clock.advance(TimeDelta::minutes(5)),
            other => panic!("{other}"),
        }
    }
    looked_at
}

on_both! {
    async fn of_all_guesses_a_hundred_are_looked_at_and_the_owner_still_gets_in(app: App) {
        let mut app = app;
        let (ana, eve) = (app.patient("ana").await, app.patient("eve").await);
        let answer = sign_in(&app, &ana.email, PASSWORD, None).await;
        let device = answer["data"]["signIn"]["deviceToken"].as_str().unwrap().to_owned();
        let hers = sign_in(&app, &eve.email, PASSWORD, None).await;
        let hers = hers["data"]["signIn"]["deviceToken"].as_str().unwrap().to_owned();
        // A device that is known for another account is a stranger's, and what is none is too.
        let mut looked_at = guess(&app, &ana.email, Some(&hers), 200).await;
        looked_at += guess(&app, &ana.email, None, 100).await;
        // A server that is started anew has forgotten none of them.
        app.restart().await;
        looked_at += guess(&app, &ana.email, None, 100).await;
        looked_at += guess(&app, &ana.email, Some("ptd_nonsense"), 50).await;
        assert_eq!(looked_at, 100);
        assert_eq!(user_errors(&sign_in(&app, &ana.email, PASSWORD, None).await), ["TRY_LATER"]);
        assert_eq!(user_errors(&sign_in(&app, &ana.email, PASSWORD, Some(&device)).await), NONE);
        // The device is slowed down as well, for itself.
        for _ in 0..6 {
            sign_in(&app, &ana.email, "not the password", Some(&device)).await;
        }
        assert_eq!(user_errors(&sign_in(&app, &ana.email, PASSWORD, Some(&device)).await), ["TRY_LATER"]);
        app.clock.advance(TimeDelta::minutes(16));
        assert_eq!(user_errors(&sign_in(&app, &ana.email, PASSWORD, Some(&device)).await), NONE);
        // What strangers have used up is not given back to them.
        assert_eq!(guess(&app, &ana.email, None, 5).await, 0);
    }

    async fn a_known_device_completes_a_sign_in_while_strangers_guess(app: App) {
        let ana = app.patient("ana").await;
        let authenticator = enrol(&app, &ana).await;
        let challenge = challenged(&app.copy, &ana.email).await;
        let input = json!({ "challenge": challenge, "code": authenticator.next_code() });
        let answer = app.copy.run(None, COMPLETE, json!({ "input": input })).await;
        let device = answer["data"]["completeSignIn"]["deviceToken"].as_str().unwrap().to_owned();
        for _ in 0..7 {
            sign_in(&app, &ana.email, "not the password", None).await;
        }
        assert_eq!(user_errors(&sign_in(&app, &ana.email, PASSWORD, None).await), ["TRY_LATER"]);
        let answer = sign_in(&app, &ana.email, PASSWORD, Some(&device)).await;
        let challenge = answer["data"]["signIn"]["mfaChallenge"]["token"].as_str().unwrap().to_owned();
        assert_eq!(answer["data"]["signIn"]["deviceToken"], Value::Null, "half of it gives none");
        let code = authenticator.recovery_codes[0].clone();
        let input = json!({ "challenge": challenge, "code": code, "deviceToken": device });
        let answer = app.copy.run(None, COMPLETE, json!({ "input": input })).await;
        assert_eq!(user_errors(&answer), NONE);
    }

    async fn a_known_and_an_unknown_account_cost_the_same_statements(app: App) {
        let ana = app.patient("ana").await;
        let device = sign_in(&app, &ana.email, PASSWORD, None).await["data"]["signIn"]["deviceToken"].clone();
        let mut fewest = [u64::MAX; 3];
        for _ in 0..6 {
            for (place, (email, device)) in [
                (ana.email.as_str(), None),
                ("nobody@clinic.test", None),
                (ana.email.as_str(), device.as_str()),
            ].into_iter().enumerate() {
                app.audit_is_sealed().await;
                let before = app.statements();
                assert_eq!(user_errors(&sign_in(&app, email, "not the password", device).await), ["INVALID_CREDENTIALS"]);
                fewest[place] = fewest[place].min(app.statements() - before);
            }
        }
        assert!(fewest.iter().all(|count| *count == fewest[0]), "{fewest:?}");
    }

    async fn of_fifty_who_bring_one_refresh_token_one_chain_is_left_at_most(app: App) {
        let mut app = app;
        let ana = app.patient("ana").await;
        let copies = [app.copy.clone(), app.second_copy().await];
        let tasks: Vec<_> = (0..50).map(|n| {
            let (copy, token) = (copies[n % 2].clone(), ana.refresh_token.clone());
            tokio::spawn(async move { copy.run(None, REFRESH, json!({ "token": token })).await })
        }).collect();
        let mut given = Vec::new();
        for task in tasks {
            given.extend(refreshed(&task.await.unwrap()));
        }
        assert!(!given.is_empty());
        let live = "SELECT count(*) FROM refresh_token WHERE revoked = false AND used_at IS NULL";
        assert_eq!(app.number(live).await, 1, "one chain");
        // Each was told that its answer is the one; the last of them is.
        let mut good = Vec::new();
        for (access, token) in &given {
            if codes(&with(&ana, access).run(WHO, json!({})).await) == NONE {
                good.push(token.clone());
            }
        }
        assert_eq!(good.len(), 1, "of {} answers", given.len());
        // Its access token was used, so whoever brings the parent again has stolen one of the two: the family is dead,
        assert_eq!(user_errors(&refresh(&app, &ana.refresh_token).await), ["INVALID_REFRESH_TOKEN"]);
        assert_eq!(user_errors(&refresh(&app, &good[0]).await), ["INVALID_REFRESH_TOKEN"]);
        // and stays so after a restart.
        app.restart().await;
        assert_eq!(user_errors(&refresh(&app, &good[0]).await), ["INVALID_REFRESH_TOKEN"]);
    }

    async fn a_lost_answer_is_given_again_and_an_old_token_ends_the_session(app: App) {
        let ana = app.patient("ana").await;
        let (lost, _) = refreshed(&refresh(&app, &ana.refresh_token).await).unwrap();
        let (access, second) = refreshed(&refresh(&app, &ana.refresh_token).await).unwrap();
        assert_eq!(codes(&with(&ana, &lost).run(WHO, json!({})).await), ["UNAUTHENTICATED"]);
        assert_eq!(codes(&with(&ana, &access).run(WHO, json!({})).await), NONE);
        let (access, third) = refreshed(&refresh(&app, &second).await).unwrap();
        // Two steps back is nobody's lost answer.
        assert_eq!(user_errors(&refresh(&app, &ana.refresh_token).await), ["INVALID_REFRESH_TOKEN"]);
        assert_eq!(user_errors(&refresh(&app, &third).await), ["INVALID_REFRESH_TOKEN"]);
        assert_eq!(codes(&with(&ana, &access).run(WHO, json!({})).await), ["UNAUTHENTICATED"]);
        // Nor is one step back after half a minute.
        let bo = app.patient("bo").await;
        let (_, second) = refreshed(&refresh(&app, &bo.refresh_token).await).unwrap();
        app.clock.advance(TimeDelta::seconds(31));
        assert_eq!(user_errors(&refresh(&app, &bo.refresh_token).await), ["INVALID_REFRESH_TOKEN"]);
        assert_eq!(user_errors(&refresh(&app, &second).await), ["INVALID_REFRESH_TOKEN"]);
    }

    async fn of_fifty_who_prove_themselves_with_one_code_one_does(app: App) {
        let copy = app.copy_with(&[("identity.free_failures", "20"), ("identity.lock_after", "1000"),
            ("identity.longest_wait", "1s")]).await;
        let ana = app.patient("ana").await.at(&copy);
        let device = enrol(&app, &ana).await;
        app.clock.advance(TimeDelta::minutes(2));
        let code = device.next_code();
        let tasks: Vec<_> = (0..50).map(|_| {
            let (ana, code) = (ana.clone(), code.clone());
            tokio::spawn(async move { user_errors(&prove(&ana, "code", &code).await).join("") })
        }).collect();
        let mut proved = 0;
        for task in tasks {
            match task.await.unwrap().as_str() {
                "" => proved += 1,
                "INVALID_CODE" | "TRY_LATER" => {}
                other => panic!("{other}"),
            }
        }
        assert_eq!(proved, 1);
        for steps in [-2, 2] {
            app.clock.advance(TimeDelta::minutes(2));
            device.settle();
            let answer = prove(&ana, "code", &device.code_in(steps)).await;
            assert_eq!(user_errors(&answer), ["INVALID_CODE"], "{steps}: {answer}");
        }
    }

    async fn a_session_nobody_refreshes_is_over_and_so_is_its_access_token(app: App) {
        // A token that would outlive the idle time: the session decides.
        let settings = [("identity.access_token", "10min"), ("identity.staff_idle", "10min"), ("identity.patient_idle", "30min")];
        let copy = app.copy_with(&settings).await;
        let (bo, ana) = (app.doctor("bo").await, app.patient("ana").await);
        let bo = crate::support::sign_in(&copy, &bo.email, PASSWORD).await.ok().unwrap();
        let ana = crate::support::sign_in(&copy, &ana.email, PASSWORD).await.ok().unwrap();
        app.clock.advance(TimeDelta::minutes(9));
        assert_eq!(codes(&bo.run(WHO, json!({})).await), NONE);
        app.clock.advance(TimeDelta::seconds(61));
        for (who, good) in [(&bo, false), (&ana, true)] {
            let answer = app.copy.run(None, REFRESH, json!({ "token": who.refresh_token })).await;
            assert_eq!(refreshed(&answer).is_some(), good, "{answer}");
            assert_eq!(codes(&who.run(WHO, json!({})).await), ["UNAUTHENTICATED"]);
        }
        app.clock.advance(TimeDelta::minutes(31));
        assert_eq!(app.number("SELECT count(*) FROM session WHERE revoked_at IS NULL").await, 4);
    }

    async fn a_session_that_is_refreshed_for_ever_ends_all_the_same(app: App) {
        let ana = app.patient("ana").await;
        let mut token = ana.refresh_token.clone();
        let mut rounds = 0;
        while let Some((access, next)) = refreshed(&refresh(&app, &token).await) {
            assert_eq!(codes(&with(&ana, &access).run(WHO, json!({})).await), NONE);
            token = next;
            rounds += 1;
            app.clock.advance(TimeDelta::minutes(29));
            assert!(rounds < 30, "a session has no end");
        }
        assert_eq!(rounds, 25, "twelve hours of half an hour less a minute");
    }

    async fn what_changes_rights_or_records_for_good_wants_a_proof_of_moments_ago(app: App) {
        let copy = required(&app).await;
        let (ana, admin) = (app.patient("ana").await, app.admin().await.at(&copy));
        let device = enrol(&app, &admin).await;
        app.clock.advance(TimeDelta::minutes(6));
        let verbs = [
            format!("assignRole(input: {{ userId: \"{}\", role: ANALYST, expectedVersion: 1 }})", ana.user),
            format!("withdrawRole(input: {{ userId: \"{}\", role: ANALYST, expectedVersion: 2 }})", ana.user),
            format!("setClearance(input: {{ userId: \"{}\", clearance: RESTRICTED, expectedVersion: 3 }})", ana.user),
            "createDoctor(input: { name: { given: [\"Di\"], family: \"Dale\" } })".to_owned(),
            format!("setPatientConfidentiality(input: {{ id: \"{}\", confidentiality: RESTRICTED, expectedVersion: 1 }})", ana.id),
            format!("erasePatient(input: {{ id: \"{}\", mrn: \"wrong\", reason: REQUEST }})", ana.id),
        ];
        let run = async |verb: &str| admin.run(&format!("mutation {{ {verb} {{ userErrors {{ code }} }} }}"), json!({})).await;
        for verb in &verbs {
            let answer = run(verb).await;
            assert_eq!(user_errors(&answer), ["STEP_UP_REQUIRED"], "{verb}: {answer}");
        }
        assert_eq!(user_errors(&prove(&admin, "code", &device.next_code()).await), NONE);
        for verb in &verbs {
            let answer = run(verb).await;
            let expected = if verb.starts_with("erase") { vec!["OTHER_MRN".to_owned()] } else { NONE };
            assert_eq!((codes(&answer), user_errors(&answer)), (NONE, expected), "{verb}: {answer}");
        }
    }

    async fn a_lost_second_factor_is_taken_away_by_an_administrator_and_its_owner_is_told(app: App) {
        const RESET: &str = "mutation($input: ResetMfaInput!) { resetMfa(input: $input) {
            user { mfaEnrolled version } userErrors { code path } } }";
        let copy = required(&app).await;
        let (bo, admin) = (app.doctor("bo").await.at(&copy), app.admin().await.at(&copy));
        let device = enrol(&app, &admin).await;
        let theirs = enrol(&app, &bo).await;
        let find = "query($id: ID!) { user(id: $id) { version } }";
        let version = admin.data(find, json!({ "id": bo.user })).await["user"]["version"].clone();
        let input = |user: &str, version: &Value| json!({ "input": {
            "userId": user, "expectedVersion": version, "idempotencyKey": "lost-1" } });
        // Not one's own, not by others, not without a proof.
        let own = admin.run(RESET, input(&admin.user, &json!(1))).await;
        assert_eq!(user_errors(&own), ["OWN_ACCOUNT"]);
        assert_eq!(codes(&bo.run(RESET, input(&admin.user, &json!(1))).await), ["FORBIDDEN"]);
        app.clock.advance(TimeDelta::minutes(6));
        assert_eq!(user_errors(&admin.run(RESET, input(&bo.user, &version)).await), ["STEP_UP_REQUIRED"]);
        assert_eq!(user_errors(&prove(&admin, "code", &device.next_code()).await), NONE);
        assert_eq!(user_errors(&admin.run(RESET, input(&bo.user, &json!(99))).await), ["CONFLICT"]);
        for _ in 0..2 {
            let answer = admin.run(RESET, input(&bo.user, &version)).await;
            assert_eq!(user_errors(&answer), NONE);
            assert_eq!(answer["data"]["resetMfa"]["user"]["mfaEnrolled"], false);
        }
        assert_eq!(codes(&bo.run(WHO, json!({})).await), ["UNAUTHENTICATED"]);
        let letters = app.letters_of(&bo.email, 1).await;
        assert!(letters[0].contains("second factor"), "{letters:?}");
        assert_eq!(app.number("SELECT count(*) FROM second_factor").await, 1);
        // They sign in with the password, have nothing but to enrol, and their old device is good for nothing.
        let again = crate::support::sign_in(&copy, &bo.email, PASSWORD).await.ok().unwrap();
        assert_eq!(codes(&again.run("{ doctors { totalCount } }", json!({})).await), ["FORBIDDEN"]);
        let answer = begun(&again, PASSWORD).await;
        let secret = answer["data"]["beginMfaEnrolment"]["mfaEnrolment"]["secret"].as_str().unwrap();
        assert_eq!(user_errors(&confirmed(&again, &theirs.code()).await), ["INVALID_CODE"]);
        let new = Authenticator::of(&app, secret);
        assert_eq!(user_errors(&confirmed(&again, &new.code()).await), NONE);
        let challenge = challenged(&copy, &bo.email).await;
        assert_eq!(user_errors(&completed(&copy, &challenge, &new.next_code()).await), NONE);
    }

    async fn an_administrator_erases_a_patient_whose_number_they_know(app: App) {
        const ERASE: &str = "mutation($input: ErasePatientInput!) { erasePatient(input: $input) { erased userErrors { code path } } }";
        let (ana, bo, admin) = (app.patient("ana").await, app.doctor("bo").await, app.admin().await);
        let mrn = ana.data("query($id: ID!) { patient(id: $id) { mrn } }", json!({ "id": ana.id })).await;
        let mrn = mrn["patient"]["mrn"].as_str().unwrap().to_owned();
        let input = |mrn: &str| json!({ "input": { "id": ana.id, "mrn": mrn, "reason": "REQUEST" } });
        for person in [&*ana, &*bo] {
            assert_eq!(codes(&person.run(ERASE, input(&mrn)).await), ["FORBIDDEN"]);
        }
        assert_eq!(codes(&app.anonymous().run(ERASE, input(&mrn)).await), ["UNAUTHENTICATED"]);
        assert_eq!(user_errors(&admin.run(ERASE, input("MRN-none")).await), ["OTHER_MRN"]);
        assert_eq!(codes(&ana.run(WHO, json!({})).await), NONE);
        let erased = admin.data(ERASE, input(&mrn)).await;
        assert_eq!(erased["erasePatient"], json!({ "erased": true, "userErrors": [] }));
        assert_eq!(codes(&ana.run(WHO, json!({})).await), ["UNAUTHENTICATED"]);
        let gone = admin.run("query($id: ID!) { patient(id: $id) { mrn } }", json!({ "id": ana.id })).await;
        assert_eq!(gone["data"]["patient"], Value::Null, "{gone}");
        assert_eq!(codes(&admin.run(ERASE, input(&mrn)).await), ["NOT_FOUND"]);
    }
}
