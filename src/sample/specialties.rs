//! What the doctors of a sample clinic are trained in, whom they see, and why people come to them.
//! Knows no person and no calendar.
//!
//! Codes are those of FHIR's practice-setting value set, which are SNOMED CT's. The reasons are written for this
//! project in the words that a patient or a front desk would use.

use super::model::{Modality, VisitType};

/// A first visit to a doctor.
pub(super) const FIRST: usize = 0;
/// Something that is being looked after; every specialty has it.
pub(super) const FOLLOW_UP: usize = 1;
const CHECK_UP: usize = 2;
/// A visit for something that cannot wait: never booked long ahead.
pub(super) const SAME_DAY: usize = 3;
const VIDEO: usize = 4;
const PHONE: usize = 5;
const VACCINATION: usize = 6;
const PROCEDURE: usize = 7;
const LONG: usize = 8;

const fn visit(
    code: &'static str,
    name: &'static str,
    minutes: u16,
    modality: Modality,
    approval: bool,
) -> VisitType {
    VisitType {
        code,
        name,
        minutes,
        modality,
        requires_approval: approval,
    }
}

/// The kinds of visit, in the order of the places above.
pub(super) const VISIT_TYPES: [VisitType; 9] = [
    visit("FIRST_VISIT", "First visit", 30, Modality::InPerson, false),
    visit("FOLLOW_UP", "Follow-up", 20, Modality::InPerson, false),
    visit("CHECK_UP", "Annual check-up", 30, Modality::InPerson, false),
    visit("SAME_DAY", "Same-day visit", 15, Modality::InPerson, false),
    visit("VIDEO", "Video visit", 20, Modality::Video, false),
    visit("PHONE", "Telephone review", 10, Modality::Phone, false),
    visit("VACCINATION", "Vaccination", 10, Modality::InPerson, false),
    visit("PROCEDURE", "Minor procedure", 40, Modality::InPerson, true),
    visit("LONG", "Long consultation", 45, Modality::InPerson, true),
];

/// What a doctor is trained in.
pub(super) struct Specialty {
    /// SNOMED CT.
    pub(super) code: &'static str,
    pub(super) display: &'static str,
    pub(super) department: &'static str,
    /// Whether its doctors lead a patient's care; the others are asked.
    pub(super) leads: bool,
    /// Ages seen, both included.
    pub(super) ages: (u32, u32),
    pub(super) women_only: bool,
    /// How often patients are sent here, against the other specialties that are asked.
    pub(super) demand: u32,
    /// Why people come, and to which kind of visit.
    pub(super) reasons: &'static [(usize, &'static str)],
}

#[rustfmt::skip]
pub(super) const SPECIALTIES: [Specialty; 20] = [
    Specialty { code: "419772000", display: "Family practice", department: "Family Medicine",
        leads: true, ages: (0, 120), women_only: false, demand: 0, reasons: &[
        (FOLLOW_UP, "Blood pressure follow-up"), (CHECK_UP, "Annual check-up"), (SAME_DAY, "Sore throat and fever"),
        (SAME_DAY, "Cough that will not go away"), (FOLLOW_UP, "Lower back pain"), (PHONE, "Lab results"),
        (VIDEO, "Medication review"), (VACCINATION, "Flu vaccination"), (SAME_DAY, "Earache"),
        (FOLLOW_UP, "Tiredness for some weeks"), (PROCEDURE, "Removal of a skin tag"), (FOLLOW_UP, "Seasonal allergies")] },
    Specialty { code: "394579002", display: "Cardiology", department: "Cardiology",
        leads: false, ages: (18, 120), women_only: false, demand: 14, reasons: &[
        (FOLLOW_UP, "Palpitations"), (FOLLOW_UP, "High blood pressure, second opinion"), (FOLLOW_UP, "Chest tightness on stairs"),
        (CHECK_UP, "Yearly check of a heart valve"), (PHONE, "Result of the 24-hour ECG"), (VIDEO, "Blood thinner review"),
        (FOLLOW_UP, "Swollen ankles"), (PROCEDURE, "Exercise ECG"), (LONG, "Echocardiogram and talk about surgery")] },
    Specialty { code: "394583002", display: "Endocrinology", department: "Endocrinology",
        leads: false, ages: (10, 120), women_only: false, demand: 11, reasons: &[
        (FOLLOW_UP, "Diabetes, quarterly review"), (FOLLOW_UP, "Underactive thyroid"), (PHONE, "HbA1c result"),
        (VIDEO, "Insulin dose adjustment"), (CHECK_UP, "Yearly diabetes check"), (FOLLOW_UP, "Unplanned weight loss"),
        (PROCEDURE, "Thyroid nodule biopsy"), (LONG, "Starting an insulin pump"), (FOLLOW_UP, "Low vitamin D")] },
    Specialty { code: "419192003", display: "Internal medicine", department: "Internal Medicine",
        leads: true, ages: (18, 120), women_only: false, demand: 0, reasons: &[
        (FOLLOW_UP, "Type 2 diabetes"), (CHECK_UP, "Annual check-up"), (FOLLOW_UP, "Raised cholesterol"),
        (SAME_DAY, "Stomach pain since yesterday"), (PHONE, "Lab results"), (VIDEO, "Medication review"),
        (FOLLOW_UP, "Shortness of breath"), (VACCINATION, "Pneumococcal vaccination"), (SAME_DAY, "Dizziness"),
        (LONG, "Several chronic conditions, care plan")] },
    Specialty { code: "394537008", display: "Pediatric specialty", department: "Pediatrics",
        leads: true, ages: (0, 17), women_only: false, demand: 0, reasons: &[
        (CHECK_UP, "Well-child visit"), (VACCINATION, "Vaccinations due"), (SAME_DAY, "Fever since last night"),
        (SAME_DAY, "Rash"), (FOLLOW_UP, "Asthma, inhaler check"), (SAME_DAY, "Ear infection"), (FOLLOW_UP, "Growth check"),
        (PHONE, "Feeding questions"), (VIDEO, "Eczema follow-up"), (LONG, "Trouble concentrating at school")] },
    Specialty { code: "394585009", display: "Obstetrics and gynecology", department: "Women's Health",
        leads: false, ages: (15, 120), women_only: true, demand: 16, reasons: &[
        (CHECK_UP, "Yearly examination"), (FOLLOW_UP, "Contraception"), (FOLLOW_UP, "Irregular periods"),
        (PHONE, "Smear test result"), (VIDEO, "Menopause symptoms"), (FOLLOW_UP, "Pelvic pain"),
        (PROCEDURE, "Coil insertion"), (LONG, "Fertility consultation")] },
    Specialty { code: "394582007", display: "Dermatology", department: "Dermatology",
        leads: false, ages: (2, 120), women_only: false, demand: 12, reasons: &[
        (CHECK_UP, "Mole check"), (FOLLOW_UP, "Acne"), (FOLLOW_UP, "Psoriasis"), (VIDEO, "Eczema flare"),
        (PROCEDURE, "Removal of a mole"), (PHONE, "Biopsy result"), (SAME_DAY, "Sudden itchy rash"), (FOLLOW_UP, "Hair loss")] },
    Specialty { code: "394801008", display: "Trauma and orthopedics", department: "Orthopedics",
        leads: false, ages: (6, 120), women_only: false, demand: 13, reasons: &[
        (FOLLOW_UP, "Knee pain"), (FOLLOW_UP, "Shoulder stiffness"), (FOLLOW_UP, "Cast check"), (SAME_DAY, "Twisted ankle"),
        (PHONE, "MRI result"), (PROCEDURE, "Joint injection"), (LONG, "Hip replacement, preparation"),
        (VIDEO, "Exercises after surgery")] },
    Specialty { code: "394591006", display: "Neurology", department: "Neurology",
        leads: false, ages: (12, 120), women_only: false, demand: 9, reasons: &[
        (FOLLOW_UP, "Migraine"), (FOLLOW_UP, "Numb fingers"), (FOLLOW_UP, "Epilepsy, medication review"),
        (VIDEO, "Migraine prevention, first results"), (PHONE, "EEG result"), (LONG, "Memory problems"),
        (PROCEDURE, "Nerve conduction study"), (FOLLOW_UP, "Tremor")] },
    Specialty { code: "394587001", display: "Psychiatry", department: "Mental Health",
        leads: false, ages: (14, 120), women_only: false, demand: 9, reasons: &[
        (FOLLOW_UP, "Low mood"), (VIDEO, "Anxiety"), (VIDEO, "Medication review"), (FOLLOW_UP, "Sleep problems"),
        (PHONE, "Checking in after a dose change"), (LONG, "First assessment"), (FOLLOW_UP, "Panic attacks")] },
    Specialty { code: "394594003", display: "Ophthalmology", department: "Eye Care",
        leads: false, ages: (4, 120), women_only: false, demand: 10, reasons: &[
        (CHECK_UP, "Diabetic eye check"), (FOLLOW_UP, "Glaucoma pressure check"), (FOLLOW_UP, "Blurred vision"),
        (SAME_DAY, "Red, painful eye"), (PROCEDURE, "Cataract, measurements"), (PHONE, "Visual field result"),
        (FOLLOW_UP, "Dry eyes")] },
    Specialty { code: "394811001", display: "Geriatric medicine", department: "Senior Care",
        leads: true, ages: (68, 120), women_only: false, demand: 0, reasons: &[
        (CHECK_UP, "Annual check-up"), (FOLLOW_UP, "A fall at home"), (FOLLOW_UP, "Too many medicines"),
        (PHONE, "Lab results"), (FOLLOW_UP, "Unsteady walking"), (VACCINATION, "Shingles vaccination"),
        (LONG, "Memory assessment"), (FOLLOW_UP, "Poor appetite"), (VIDEO, "Talk with the family about care")] },
    Specialty { code: "394584008", display: "Gastroenterology", department: "Gastroenterology",
        leads: false, ages: (12, 120), women_only: false, demand: 9, reasons: &[
        (FOLLOW_UP, "Heartburn"), (FOLLOW_UP, "Irritable bowel"), (FOLLOW_UP, "Raised liver values"), (PHONE, "Colonoscopy result"),
        (PROCEDURE, "Gastroscopy, preparation"), (VIDEO, "Crohn's disease, medication review"), (FOLLOW_UP, "Gluten intolerance")] },
    Specialty { code: "418112009", display: "Pulmonary medicine", department: "Respiratory Medicine",
        leads: false, ages: (6, 120), women_only: false, demand: 8, reasons: &[
        (FOLLOW_UP, "Asthma"), (FOLLOW_UP, "COPD, quarterly review"), (PHONE, "Chest X-ray result"), (PROCEDURE, "Lung function test"),
        (VIDEO, "Sleep apnea, mask problems"), (FOLLOW_UP, "Cough for three months"), (SAME_DAY, "Wheezing")] },
    Specialty { code: "394589003", display: "Nephrology", department: "Kidney Care",
        leads: false, ages: (18, 120), women_only: false, demand: 5, reasons: &[
        (FOLLOW_UP, "Chronic kidney disease, stage 3"), (PHONE, "Kidney values"), (FOLLOW_UP, "Protein in the urine"),
        (VIDEO, "Blood pressure at home"), (LONG, "Talk about dialysis")] },
    Specialty { code: "394593009", display: "Medical oncology", department: "Cancer Care",
        leads: false, ages: (18, 120), women_only: false, demand: 5, reasons: &[
        (FOLLOW_UP, "Check after treatment"), (LONG, "Treatment plan"), (PHONE, "Scan result"), (FOLLOW_UP, "Side effects of treatment"),
        (VIDEO, "Blood values between cycles"), (FOLLOW_UP, "Tiredness during treatment")] },
    Specialty { code: "394612005", display: "Urology", department: "Urology",
        leads: false, ages: (16, 120), women_only: false, demand: 7, reasons: &[
        (FOLLOW_UP, "Kidney stone"), (FOLLOW_UP, "Frequent urination at night"), (PHONE, "PSA result"),
        (PROCEDURE, "Bladder examination"), (SAME_DAY, "Burning when passing water"), (VIDEO, "Medication review")] },
    Specialty { code: "418960008", display: "Otolaryngology", department: "Ear, Nose and Throat",
        leads: false, ages: (1, 120), women_only: false, demand: 8, reasons: &[
        (FOLLOW_UP, "Blocked nose"), (FOLLOW_UP, "Hearing loss"), (SAME_DAY, "Nosebleeds"), (PROCEDURE, "Hearing test"),
        (FOLLOW_UP, "Ringing in the ears"), (PHONE, "CT result"), (FOLLOW_UP, "Hoarseness")] },
    Specialty { code: "394810000", display: "Rheumatology", department: "Rheumatology",
        leads: false, ages: (16, 120), women_only: false, demand: 6, reasons: &[
        (FOLLOW_UP, "Rheumatoid arthritis, quarterly review"), (FOLLOW_UP, "Stiff hands in the morning"), (PHONE, "Lab results"),
        (FOLLOW_UP, "Gout"), (VIDEO, "Medication review"), (PROCEDURE, "Joint injection"), (LONG, "Starting a biologic")] },
    Specialty { code: "394609007", display: "General surgery", department: "Surgery",
        leads: false, ages: (5, 120), women_only: false, demand: 7, reasons: &[
        (FOLLOW_UP, "Wound check"), (FOLLOW_UP, "Inguinal hernia"), (FOLLOW_UP, "Gallstones"), (PROCEDURE, "Removal of a lipoma"),
        (LONG, "Preparation for surgery"), (PHONE, "Histology result"), (FOLLOW_UP, "Stitches out")] },
];

/// The specialties of the first doctors, as places in [`SPECIALTIES`]: each kind of care is there, and the three meant
/// for accounts of a demonstration see adults.
const OPENING: [usize; 14] = [0, 1, 2, 3, 4, 5, 6, 7, 0, 8, 9, 10, 11, 12];

/// Those of all others, in turns: as many leading doctors as a clinic of a hundred needs.
const TURNS: [usize; 30] = [
    0, 3, 4, 0, 1, 5, 13, 3, 7, 14, 0, 6, 4, 15, 3, 16, 8, 0, 17, 2, 11, 18, 9, 3, 19, 10, 0, 12,
    4, 1,
];

/// The place in [`SPECIALTIES`] of a doctor's specialty.
pub(super) fn of_doctor(doctor: usize) -> usize {
    match OPENING.get(doctor) {
        Some(place) => *place,
        None => TURNS[(doctor - OPENING.len()) % TURNS.len()],
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_specialty_is_listed_once_and_has_follow_ups() {
        let codes: HashSet<_> = SPECIALTIES.iter().map(|specialty| specialty.code).collect();
        assert_eq!(codes.len(), SPECIALTIES.len());
        for specialty in &SPECIALTIES {
            assert!(
                specialty
                    .reasons
                    .iter()
                    .any(|(place, _)| *place == FOLLOW_UP)
            );
            assert!(specialty.leads == (specialty.demand == 0));
        }
    }

    #[test]
    fn every_age_has_someone_who_leads_its_care_among_the_first_doctors() {
        for age in 0..=100 {
            let leads = |doctor: usize| {
                let specialty = &SPECIALTIES[of_doctor(doctor)];
                specialty.leads && (specialty.ages.0..=specialty.ages.1).contains(&age)
            };
            assert!((0..OPENING.len()).any(leads));
        }
    }
}
