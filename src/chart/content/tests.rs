//! What may be entered, and what an edit does.

use super::test_result::interpreted;
use super::*;
use crate::patient::cells::Edit;
use crate::patient::input::Problem;
use chrono::TimeDelta;
use entity::code::Coding;

fn asthma() -> Condition {
    Condition {
        code: Concept {
            text: String::new(),
            codings: vec![Coding {
                system: "http://snomed.info/sct".to_owned(),
                code: "195967001".to_owned(),
                display: "Asthma".to_owned(),
            }],
        },
        status: RecordStatus::Active,
        verification: Some(ConditionVerification::Confirmed),
        severity: Some("  ".to_owned()),
        body_site: None,
        onset_at: Some(DateTime::UNIX_EPOCH),
        abated_at: None,
        note: Some(" since school \n".to_owned()),
    }
}

fn now() -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(1)
}

#[test]
fn a_concept_without_words_takes_those_of_its_code() {
    let checked = asthma().checked(now()).unwrap();
    assert_eq!(checked.code.text, "Asthma");
    assert_eq!(checked.severity, None);
    assert_eq!(checked.note.as_deref(), Some("since school"));
}

#[test]
fn whoever_enters_something_wrong_hears_of_all_of_it() {
    let mut wrong = asthma();
    wrong.code.codings[0].code = "two words".to_owned();
    wrong.status = RecordStatus::EnteredInError;
    wrong.abated_at = Some(DateTime::UNIX_EPOCH - TimeDelta::days(1));
    let all: Vec<_> = wrong.checked(now()).unwrap_err().all().collect();
    let all: Vec<_> = all
        .iter()
        .map(|one| (one.problem, one.path.join(".")))
        .collect();
    assert_eq!(
        all,
        [
            (Problem::InvalidCharacter, "code.codings.0.code".to_owned()),
            (Problem::NotGivenHere, "status".to_owned()),
            (Problem::EndsBeforeStart, "abatedAt".to_owned()),
        ]
    );
    let mut empty = asthma();
    empty.code.codings.clear();
    assert_eq!(empty.checked(now()).unwrap_err().problem, Problem::Blank);
}

#[test]
fn an_edit_keeps_what_is_absent_and_clears_what_is_null() {
    let edit = ConditionEdit {
        code: None,
        status: Some(RecordStatus::Resolved),
        verification: Edit::Keep,
        severity: Edit::Set("mild".to_owned()),
        body_site: Edit::Keep,
        onset_at: Edit::Clear,
        abated_at: Edit::Keep,
        note: Edit::Keep,
    };
    let edited = asthma().edited(edit);
    let expected = Condition {
        status: RecordStatus::Resolved,
        severity: Some("mild".to_owned()),
        onset_at: None,
        ..asthma()
    };
    assert_eq!(edited, expected);
}

#[test]
fn a_content_reads_back_as_it_was_written() {
    let text = serde_json::to_string(&asthma()).unwrap();
    assert!(text.contains("\"verification\":\"confirmed\""), "{text}");
    assert_eq!(serde_json::from_str::<Condition>(&text).unwrap(), asthma());
}

const STATES: [RecordStatus; 14] = [
    RecordStatus::Planned,
    RecordStatus::InProgress,
    RecordStatus::Finished,
    RecordStatus::Cancelled,
    RecordStatus::Draft,
    RecordStatus::Active,
    RecordStatus::OnHold,
    RecordStatus::Revoked,
    RecordStatus::Completed,
    RecordStatus::Registered,
    RecordStatus::Preliminary,
    RecordStatus::Final,
    RecordStatus::Amended,
    RecordStatus::Corrected,
];

fn anywhere(goes: fn(RecordStatus, RecordStatus) -> bool, from: RecordStatus) -> Vec<RecordStatus> {
    STATES.into_iter().filter(|to| goes(from, *to)).collect()
}

#[test]
fn a_visit_never_comes_back_to_where_it_was() {
    use RecordStatus::{Cancelled, Finished, InProgress, Planned};
    let to = |from| anywhere(Encounter::goes, from);
    assert_eq!(to(Planned), [Planned, InProgress, Finished, Cancelled]);
    assert_eq!(to(InProgress), [InProgress, Finished]);
    assert_eq!(to(Finished), [Finished]);
    assert_eq!(to(Cancelled), [Cancelled]);
}

#[test]
fn an_order_is_no_draft_again_and_stays_done() {
    use RecordStatus::{Active, Completed, Draft, OnHold, Revoked};
    let to = |from| anywhere(Order::goes, from);
    assert_eq!(to(Draft), [Draft, Active, Revoked]);
    assert_eq!(to(Active), [Active, OnHold, Revoked, Completed]);
    assert_eq!(to(OnHold), [Active, OnHold, Revoked, Completed]);
    assert_eq!(to(Completed), [Completed]);
}

#[test]
fn a_result_that_was_final_says_what_its_change_is() {
    use RecordStatus::{Amended, Cancelled, Corrected, Final, Preliminary};
    for released in [Final, Amended, Corrected] {
        assert_eq!(
            anywhere(TestResult::goes, released),
            [Cancelled, Amended, Corrected]
        );
    }
    assert!(TestResult::goes(Preliminary, Preliminary) && TestResult::goes(Preliminary, Final));
    assert!(!TestResult::goes(Preliminary, Amended) && !TestResult::goes(Cancelled, Final));
}

fn coughing() -> VisitNote {
    VisitNote {
        status: RecordStatus::Preliminary,
        title: Some(" Cough ".to_owned()),
        subjective: Some("Coughs".to_owned()),
        objective: None,
        assessment: Some("  ".to_owned()),
        plan: None,
        text: None,
    }
}

#[test]
fn a_note_is_in_parts_or_one_text_and_says_something() {
    let checked = coughing().checked(now()).unwrap();
    assert_eq!(checked.title.as_deref(), Some("Cough"));
    assert_eq!((checked.is_in_parts(), checked.assessment), (true, None));
    let mut both = coughing();
    both.text = Some("And more".to_owned());
    let wrong = both.checked(now()).unwrap_err();
    assert_eq!(
        (wrong.problem, wrong.path),
        (Problem::NotGivenHere, vec!["text".to_owned()])
    );
    let mut none = coughing();
    none.subjective = None;
    assert_eq!(none.checked(now()).unwrap_err().problem, Problem::Blank);
    let mut long = coughing();
    long.subjective = Some("x".repeat(10_001));
    assert_eq!(long.checked(now()).unwrap_err().problem, Problem::TooLong);
    let signed = coughing().signed();
    let wrong = coughing().follows(&signed).unwrap_err();
    assert_eq!(wrong.problem, Problem::Signed);
    assert!(coughing().follows(&coughing()).is_ok());
}

fn visit(status: RecordStatus) -> Encounter {
    Encounter {
        status,
        class: EncounterClass::Ambulatory,
        visit: None,
        reason: None,
        starts_at: None,
        ends_at: None,
        participants: None,
        follow_up_on: None,
        note: None,
    }
}

#[test]
fn what_goes_on_has_begun_and_what_is_over_has_ended() {
    let times = |status| {
        let checked = visit(status).checked(now()).unwrap();
        (checked.starts_at, checked.ends_at)
    };
    assert_eq!(times(RecordStatus::Planned), (None, None));
    assert_eq!(times(RecordStatus::InProgress), (Some(now()), None));
    assert_eq!(times(RecordStatus::Finished), (Some(now()), Some(now())));
    let mut early = visit(RecordStatus::InProgress);
    early.starts_at = Some(now() + TimeDelta::hours(1));
    assert_eq!(
        early.checked(now()).unwrap_err().problem,
        Problem::InTheFuture
    );
    early.status = RecordStatus::Planned;
    assert!(early.checked(now()).is_ok());
    early.ends_at = Some(now());
    assert_eq!(
        early.checked(now()).unwrap_err().problem,
        Problem::EndsBeforeStart
    );
}

fn hemoglobin() -> Observation {
    Observation {
        code: Concept {
            text: "Hemoglobin".to_owned(),
            codings: Vec::new(),
        },
        value: Some(10.0),
        unit: Some("g/dL".to_owned()),
        text: None,
        low: Some(12.0),
        high: Some(16.0),
        normal: None,
        interpretation: None,
    }
}

fn found(observation: Observation) -> Result<Observation, Invalid> {
    let result = TestResult {
        code: observation.code.clone(),
        status: RecordStatus::Final,
        observations: Some(vec![observation]),
        conclusion: None,
        taken_at: None,
        issued_at: None,
        performer: None,
        note: None,
    };
    let checked = result.checked(now())?;
    Ok(checked.observations.unwrap().remove(0))
}

#[test]
fn an_observation_says_what_was_found_in_which_unit_and_within_which_bounds() {
    assert_eq!(
        found(hemoglobin()).unwrap().interpretation,
        Some(Interpretation::Low)
    );
    let said = Observation {
        interpretation: Some(Interpretation::CriticalLow),
        ..hemoglobin()
    };
    assert_eq!(
        found(said).unwrap().interpretation,
        Some(Interpretation::CriticalLow)
    );
    let wrong = |observation| {
        let wrong = found(observation).unwrap_err();
        (wrong.problem, wrong.path.join("."))
    };
    let words = Observation {
        value: None,
        text: Some("traces".to_owned()),
        ..hemoglobin()
    };
    let field = |name: &str| format!("observations.0.{name}");
    assert_eq!(wrong(words), (Problem::NotGivenHere, field("unit")));
    let nothing = Observation {
        value: None,
        ..hemoglobin()
    };
    assert_eq!(wrong(nothing), (Problem::Blank, field("value")));
    let turned = Observation {
        high: Some(1.0),
        ..hemoglobin()
    };
    assert_eq!(wrong(turned), (Problem::EndsBeforeStart, field("high")));
    let endless = Observation {
        value: Some(f64::INFINITY),
        ..hemoglobin()
    };
    assert_eq!(wrong(endless), (Problem::InvalidCharacter, field("value")));
    let blank = Observation {
        unit: Some("g per dL".to_owned()),
        ..hemoglobin()
    };
    assert_eq!(wrong(blank), (Problem::InvalidCharacter, field("unit")));
}

proptest::proptest! {
    #[test]
    fn a_value_is_low_below_the_range_high_above_it_and_normal_within(
        value in -1e6_f64..1e6, low in proptest::option::of(-1e6_f64..1e6), width in proptest::option::of(0.0_f64..1e6)
    ) {
        let high = width.map(|width| low.unwrap_or(0.0) + width);
        let read = interpreted(value, low, high);
        let below = low.is_some_and(|low| value < low);
        let above = high.is_some_and(|high| value > high);
        proptest::prop_assert_eq!(read == Some(Interpretation::Low), below);
        proptest::prop_assert_eq!(read == Some(Interpretation::High), above);
        proptest::prop_assert_eq!(read.is_none(), low.is_none() && high.is_none());
    }
}
