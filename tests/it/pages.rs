//! Lists page by page, from either end.

use crate::support::{App, Person, codes};
use serde_json::{Value, json};

/// What came of a walk: the list, and how long its pages were.
#[derive(Debug, PartialEq, Eq)]
struct Walk {
    ids: Vec<Value>,
    sizes: Vec<usize>,
}

/// A query of one list; `PAGE` in it stands for the arguments of a page.
fn document(list: &str) -> String {
    let page = "first: $first, after: $after, last: $last, before: $before";
    let what = "{ totalCount nodes { id } edges { cursor } pageInfo {
        hasNextPage hasPreviousPage startCursor endCursor } }";
    let list = list.replace("PAGE", page).replace("...", what);
    format!("query($first: Int, $after: String, $last: Int, $before: String) {{ {list} }}")
}

/// The list's connection, wherever it is in the answer.
fn connection(data: &Value) -> &Value {
    match data.get("pageInfo") {
        Some(_) => data,
        None => connection(data.as_object().unwrap().values().next().unwrap()),
    }
}

async fn forward(person: &Person, list: &str, size: usize) -> Walk {
    let mut walk = Walk {
        ids: Vec::new(),
        sizes: Vec::new(),
    };
    let mut after = Value::Null;
    loop {
        let data = person
            .data(&document(list), json!({ "first": size, "after": after }))
            .await;
        let page = connection(&data);
        let nodes = page["nodes"].as_array().unwrap();
        let info = &page["pageInfo"];
        assert_eq!(info["hasPreviousPage"], !walk.ids.is_empty(), "{list}");
        walk.sizes.push(nodes.len());
        walk.ids.extend(nodes.iter().map(|node| node["id"].clone()));
        after = info["endCursor"].clone();
        if info["hasNextPage"] == false {
            assert_eq!(page["totalCount"], walk.ids.len(), "{list}");
            return walk;
        }
    }
}

/// The same, from the end; the ids in the order of the list.
async fn backward(person: &Person, list: &str, size: usize) -> Walk {
    let mut walk = Walk {
        ids: Vec::new(),
        sizes: Vec::new(),
    };
    let mut before = Value::Null;
    loop {
        let data = person
            .data(&document(list), json!({ "last": size, "before": before }))
            .await;
        let page = connection(&data);
        let nodes = page["nodes"].as_array().unwrap();
        let info = &page["pageInfo"];
        assert_eq!(info["hasNextPage"], !walk.ids.is_empty(), "{list}");
        walk.sizes.push(nodes.len());
        walk.ids
            .splice(0..0, nodes.iter().map(|node| node["id"].clone()));
        before = info["startCursor"].clone();
        if info["hasPreviousPage"] == false {
            assert_eq!(page["totalCount"], walk.ids.len(), "{list}");
            return walk;
        }
    }
}

/// Walks the list both ways; its ids in order.
async fn both_ways(person: &Person, list: &str, size: usize, length: usize) -> Vec<Value> {
    let there = forward(person, list, size).await;
    assert_eq!(there.ids.len(), length, "{list}");
    assert_eq!(there, backward(person, list, size).await, "{list}");
    there.ids
}

on_both! {
    async fn patients_are_the_same_list_from_either_end(app: App) {
        let admin = app.admin().await;
        let mut patients = app.patients(23).await;
        patients.sort();
        let ids: Vec<_> = patients.into_iter().map(|(id, _)| json!(id)).collect();
        assert_eq!(both_ways(&admin, "patients(PAGE) ...", 5, 23).await, ids);
        let found = "patients(search: { name: \"Testperson\" }, PAGE) ...";
        assert_eq!(both_ways(&admin, found, 5, 23).await, ids);
    }

    async fn appointments_of_one_hour_are_the_same_list_from_either_end(app: App) {
        let admin = app.admin().await;
        let mut doctors = Vec::new();
        for number in 0..4 {
            doctors.push(app.doctor(&format!("doctor{number}")).await);
        }
        let mut booked = Vec::new();
        for (number, (_, patient)) in (0..).zip(app.patients(23).await) {
            // Four begin at once; the latest hours are written first.
            let at = app.day_after_tomorrow(20 - number / 4);
            let doctor = &doctors[number as usize % 4];
            booked.push((at, app.appointment(doctor.row, patient, at).await));
        }
        booked.sort();
        let ids: Vec<_> = booked.into_iter().map(|(_, id)| json!(id)).collect();
        assert_eq!(both_ways(&admin, "appointments(PAGE) ...", 5, 23).await, ids);
        let day = app.day_after_tomorrow(0).date_naive();
        let clinic = format!("clinicDay(day: \"{day}\", PAGE) ...");
        assert_eq!(both_ways(&admin, &clinic, 3, 23).await, ids);
        let doctor = format!("doctor(id: \"{}\") {{ appointments(PAGE) ... }}", doctors[0].id);
        both_ways(&doctors[0], &doctor, 4, 6).await;
        both_ways(&doctors[0], "appointments(PAGE) ...", 4, 6).await;
    }

    async fn the_directory_and_the_accounts_are_the_same_lists_from_either_end(app: App) {
        let admin = app.admin().await;
        for number in 0..5 {
            app.doctor(&format!("doctor{number}")).await;
            let department = "mutation($name: String!) { createDepartment(input: { name: $name }) { userErrors { code } } }";
            admin.data(department, json!({ "name": format!("Ward {}", (number * 3) % 5) })).await;
            // Three of five have the same name.
            app.visit_type(if number < 3 { 30 } else { 10 * (number + 1) }).await;
        }
        both_ways(&admin, "doctors(PAGE) ...", 2, 5).await;
        both_ways(&admin, "departments(PAGE) ...", 2, 5).await;
        both_ways(&admin, "visitTypes(PAGE) ...", 2, 5).await;
        both_ways(&admin, "users(PAGE) ...", 4, 6).await;
        let mut signed_in = both_ways(&admin, "auditEntries(filter: { action: [SIGN_IN] }, PAGE) ...", 4, 6).await;
        let newest_first = signed_in.iter().map(|id| id.as_str().unwrap().to_owned()).collect::<Vec<_>>();
        signed_in.sort_by_key(|id| std::cmp::Reverse(id.as_str().unwrap().to_owned()));
        assert_eq!(signed_in, newest_first);
    }

    async fn what_belongs_to_a_patient_is_the_same_list_from_either_end(app: App) {
        let (ana, admin) = (app.patient("ana").await, app.admin().await);
        for number in 0..5 {
            let bo = app.doctor(&format!("doctor{number}")).await;
            app.care(bo.row, ana.row, None).await;
            let at = app.day_after_tomorrow(9) + chrono::TimeDelta::hours(number);
            app.appointment(bo.row, ana.row, at).await;
            let insure = "mutation($input: AddCoverageInput!) { addCoverage(input: $input) { userErrors { code } } }";
            let input = json!({ "patientId": ana.id, "payer": "Red House", "memberNumber": format!("{number}") });
            let answer = admin.data(insure, json!({ "input": input })).await;
            assert_eq!(answer["addCoverage"]["userErrors"], json!([]));
        }
        for list in ["coverages", "careTeam", "appointments"] {
            let list = format!("patient(id: \"{}\") {{ {list}(PAGE) ... }}", ana.id);
            both_ways(&ana, &list, 2, 5).await;
        }
    }

    async fn a_page_between_two_cursors_is_read_from_either_end(app: App) {
        let admin = app.admin().await;
        app.patients(9).await;
        let list = document("patients(PAGE) ...");
        let all = admin.data(&list, json!({})).await;
        let cursor = |at: usize| all["patients"]["edges"][at]["cursor"].clone();
        let ids = |data: &Value, range: std::ops::Range<usize>| {
            data["patients"]["nodes"].as_array().unwrap()[range].to_vec()
        };
        for (size, rows, has_next, has_previous) in [
            (json!({ "first": 3 }), 2..5, true, true),
            (json!({ "first": 5 }), 2..7, false, true),
            (json!({ "last": 3 }), 4..7, true, true),
            (json!({ "last": 5 }), 2..7, true, false),
        ] {
            let mut variables = json!({ "after": cursor(1), "before": cursor(7) });
            variables.as_object_mut().unwrap().extend(size.as_object().unwrap().clone());
            let page = admin.data(&list, variables).await;
            assert_eq!(ids(&page, 0..rows.len()), ids(&all, rows.clone()), "{size}");
            assert_eq!(page["patients"]["nodes"].as_array().unwrap().len(), rows.len(), "{size}");
            let info = &page["patients"]["pageInfo"];
            assert_eq!((&info["hasNextPage"], &info["hasPreviousPage"]), (&json!(has_next), &json!(has_previous)), "{size}");
            assert_eq!(info["startCursor"], cursor(rows.start));
            assert_eq!(info["endCursor"], cursor(rows.end - 1));
        }
    }

    async fn what_is_no_page_is_refused_everywhere(app: App) {
        let (ana, admin) = (app.patient("ana").await, app.admin().await);
        let bo = app.doctor("bo").await;
        let lists = [
            "patients(PAGE) ...".to_owned(),
            "appointments(PAGE) ...".to_owned(),
            "clinicDay(day: \"2030-01-01\", PAGE) ...".to_owned(),
            "visitTypes(PAGE) ...".to_owned(),
            "doctors(PAGE) ...".to_owned(),
            "departments(PAGE) ...".to_owned(),
            "users(PAGE) ...".to_owned(),
            "auditEntries(PAGE) ...".to_owned(),
            format!("patient(id: \"{}\") {{ coverages(PAGE) ... }}", ana.id),
            format!("patient(id: \"{}\") {{ careTeam(PAGE) ... }}", ana.id),
            format!("patient(id: \"{}\") {{ appointments(PAGE) ... }}", ana.id),
            format!("doctor(id: \"{}\") {{ appointments(PAGE) ... }}", bo.id),
        ];
        for list in lists {
            for odd in [
                json!({ "first": 1, "last": 1 }),
                json!({ "first": 0 }),
                json!({ "first": 101 }),
                json!({ "last": 0 }),
                json!({ "last": 101 }),
                json!({ "last": -1 }),
                json!({ "after": "nonsense" }),
                json!({ "last": 5, "before": "nonsense" }),
                // "\u0000", which PostgreSQL would not take.
                json!({ "before": "Ilx1MDAwMCI" }),
            ] {
                let answer = admin.run(&document(&list), odd.clone()).await;
                assert_eq!(codes(&answer), ["BAD_REQUEST"], "{list} {odd} {answer}");
            }
            // Null is nothing, as the library of many a client says it.
            let nulls = json!({ "first": null, "after": null, "last": 1, "before": null });
            admin.data(&document(&list), nulls).await;
        }
    }

    async fn whoever_reads_from_the_end_pays_like_from_the_start(app: App) {
        let admin = app.admin().await;
        let cost = async |document: &str, variables: Value| {
            let answer = admin.run(document, variables).await;
            assert_eq!(answer.get("errors"), None, "{answer}");
            answer["extensions"]["cost"].as_u64().unwrap()
        };
        let list = "query($first: Int, $last: Int) { doctors(first: $first, last: $last) { nodes { id } } }";
        assert_eq!(cost(list, json!({})).await, 1 + 20 * 2);
        assert_eq!(cost(list, json!({ "first": 60 })).await, 1 + 60 * 2);
        assert_eq!(cost(list, json!({ "last": 60 })).await, 1 + 60 * 2);
        assert_eq!(cost("{ doctors(last: 7) { nodes { id } } }", json!({})).await, 1 + 7 * 2);
        let day = "{ clinicDay(day: \"2030-01-01\") { nodes { id } } }";
        assert_eq!(cost(day, json!({})).await, 1 + 100 * 2);
    }
}
