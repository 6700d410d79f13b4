//! What stands in the way of what.

use super::*;
use crate::interaction::Nothing;
use proptest::prelude::*;
use uuid::Uuid;

fn concept(text: &str, codes: &[(&str, &str)]) -> Concept {
    let coding = |(system, code): &(&str, &str)| Coding {
        system: (*system).to_owned(),
        code: (*code).to_owned(),
        display: text.to_owned(),
    };
    Concept {
        text: text.to_owned(),
        codings: codes.iter().map(coding).collect(),
    }
}

fn allergy(substance: Concept) -> Allergy {
    Allergy {
        substance,
        status: RecordStatus::Active,
        verification: None,
        allergy_type: None,
        category: None,
        criticality: None,
        reactions: None,
        onset_at: None,
        note: None,
    }
}

fn against_allergy(substance: Concept, medication: &Concept) -> Vec<Basis> {
    let known = [(RecordId(Uuid::nil()), allergy(substance))];
    let found = conflicts(medication, &known, &[], &Nothing);
    found.iter().map(|one| one.basis).collect()
}

fn against_taken(medication: Concept, new: &Concept) -> Vec<Basis> {
    let taken = Taken {
        entry: RecordId(Uuid::nil()),
        kind: EntryKind::MedicationRequest,
        medication,
    };
    let found = conflicts(new, &[], &[taken], &Nothing);
    found.iter().map(|one| one.basis).collect()
}

#[test]
fn an_allergy_meets_an_order_by_code_by_name_and_by_group() {
    let plain = |text| concept(text, &[]);
    for (substance, medication, basis) in [
        (
            concept("X", &[("rx", "723")]),
            concept("Y", &[("rx", "723")]),
            vec![Basis::Code],
        ),
        (
            plain("Allergy to penicillin"),
            plain("Penicillin V potassium 500 mg oral tablet"),
            vec![Basis::Text],
        ),
        (
            plain("Penicillins"),
            plain("Amoxicillin 250 MG Oral Capsule"),
            vec![Basis::Class],
        ),
        (
            plain("Penicillin"),
            concept("Clamoxyl", &[("http://www.whocc.no/atc", "J01CA04")]),
            vec![Basis::Class],
        ),
        (
            plain("Aspirin"),
            plain("Ibuprofen 400 mg"),
            vec![Basis::Class],
        ),
        (
            plain("Amoxicillin / clavulanate"),
            plain("Amoxicillin 500 mg"),
            vec![Basis::Text],
        ),
        (plain("Latex"), plain("Ibuprofen 400 mg"), vec![]),
        (
            plain("Shellfish"),
            plain("Paracetamol 500 mg tablet"),
            vec![],
        ),
        (plain("Allergy to substance"), plain("Metformin"), vec![]),
    ] {
        let words = format!("{} / {}", substance.text, medication.text);
        assert_eq!(against_allergy(substance, &medication), basis, "{words}");
    }
}

#[test]
fn what_was_refuted_or_is_over_stands_in_nobodys_way() {
    let medication = concept("Penicillin", &[]);
    let mut refuted = allergy(concept("Penicillin", &[]));
    refuted.verification = Some(AllergyVerification::Refuted);
    let mut over = allergy(concept("Penicillin", &[]));
    over.status = RecordStatus::Resolved;
    let known = [refuted, over].map(|one| (RecordId(Uuid::nil()), one));
    assert!(conflicts(&medication, &known, &[], &Nothing).is_empty());
}

#[test]
fn a_second_of_the_same_or_of_its_group_is_a_duplicate() {
    let plain = |text| concept(text, &[]);
    for (taken, new, basis) in [
        (
            "Ibuprofen 200 mg oral tablet",
            "ibuprofen 400 MG",
            vec![Basis::Text],
        ),
        ("Naproxen", "Ibuprofen", vec![Basis::Class]),
        ("Vitamin D", "Vitamin B12", vec![]),
        (
            "Metformin 500 mg tablet",
            "Insulin glargine 100 units",
            vec![],
        ),
    ] {
        assert_eq!(
            against_taken(plain(taken), &plain(new)),
            basis,
            "{taken} / {new}"
        );
    }
}

proptest! {
    #[test]
    fn everything_meets_itself_and_meeting_has_no_direction(one in "[a-z]{1,9}( [a-z]{1,9}){0,2}( [0-9]{1,3} mg)?", other in "[a-z]{1,9}") {
        let (one, other) = (concept(&one, &[("s", "1")]), concept(&other, &[]));
        prop_assert_eq!(against_taken(one.clone(), &one), vec![Basis::Code]);
        prop_assert_eq!(against_taken(one.clone(), &other), against_taken(other, &one));
    }
}
