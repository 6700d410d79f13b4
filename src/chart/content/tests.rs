//! What may be entered, and what an edit does.

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
