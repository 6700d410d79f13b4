//! What clients give about visits, and how it becomes a command.

use super::codes::{
    EncounterClass, EncounterStatus, ObservationInterpretation, OrderCategory, OrderPriority,
    OrderStatus, ParticipantRole, TestResultStatus,
};
use crate::chart::content;
use crate::chart::graphql::inputs::{ConceptInput, edit, entry, inputs, tie};
use crate::chart::sealed::Ties;
use crate::chart::service::{AddAddendum, Record, Share, Sign, Update};
use crate::error::Fault;
use crate::graphql::decode_id;
use async_graphql::{ID, InputObject, MaybeUndefined};
use chrono::{DateTime, NaiveDate, Utc};
use entity::code::RecordStatus;
use entity::id::{
    AppointmentId, DoctorId, EncounterId, OrderId, RecordId, TestResultId, VisitNoteId,
};
use uuid::Uuid;

/// A doctor at a visit.
#[derive(InputObject)]
pub struct EncounterParticipantInput {
    /// Who.
    pub doctor_id: ID,
    /// What they do there.
    pub role: ParticipantRole,
}

fn participants(all: Vec<EncounterParticipantInput>) -> Vec<content::Participant> {
    let one = |given: EncounterParticipantInput| content::Participant {
        // What is no doctor's id is the id of no doctor: the verb says where.
        doctor: decode_id(&given.doctor_id).unwrap_or(DoctorId(Uuid::nil())),
        role: given.role.into(),
    };
    all.into_iter().map(one).collect()
}

/// One thing that a test looked at, and what it found: a number, words, or both.
#[derive(InputObject)]
pub struct ResultObservationInput {
    /// What was looked at; its first coding LOINC's where there is one.
    pub code: ConceptInput,
    /// What was found, as a number.
    pub value: Option<f64>,
    /// The UCUM code of its unit, at most 40 characters.
    pub unit: Option<String>,
    /// What was found, in words.
    pub text: Option<String>,
    /// The least that is normal, in the unit of the value.
    pub low: Option<f64>,
    /// The most that is normal, in the unit of the value.
    pub high: Option<f64>,
    /// What is normal, in words.
    pub normal: Option<String>,
    /// How far off it is; read from `low` and `high` when absent.
    pub interpretation: Option<ObservationInterpretation>,
}

fn observations(all: Vec<ResultObservationInput>) -> Vec<content::Observation> {
    let one = |given: ResultObservationInput| content::Observation {
        code: given.code.into(),
        value: given.value,
        unit: given.unit,
        text: given.text,
        low: given.low,
        high: given.high,
        normal: given.normal,
        interpretation: given.interpretation.map(Into::into),
    };
    all.into_iter().map(one).collect()
}

inputs! {
    /// Record a visit: one that is planned, goes on, or is over.
    RecordEncounterInput,
    /// Change a visit. What is absent stays; null clears what can be absent.
    UpdateEncounterInput of EncounterId, Encounter, EncounterEdit {
        /// Where it stands; it goes forward only.
        must status: EncounterStatus => Into::into,
        /// What kind of visit it is.
        must class: EncounterClass => Into::into,
        /// What is done there.
        may visit: ConceptInput => Into::into,
        /// What for.
        may reason: ConceptInput => Into::into,
        /// When it began, or is to begin; now when it goes on and nobody says.
        may starts_at: DateTime<Utc> => Into::into,
        /// When it was over, or is to be; now when it is over and nobody says.
        may ends_at: DateTime<Utc> => Into::into,
        /// Which doctors take part; all of them, at most 20.
        may participants: Vec<EncounterParticipantInput> => participants,
        /// On which day the patient is to come again.
        may follow_up_on: NaiveDate => Into::into,
        /// What else there is to say, at most 4,000 characters.
        may note: String => Into::into,
    } ties {
        /// The appointment that it is of; an appointment has one visit.
        appointment_id: AppointmentId => appointment,
    }
    /// Order a test of the laboratory, an image, or another's opinion.
    PlaceOrderInput,
    /// Change an order. What is absent stays; null clears what can be absent.
    UpdateOrderInput of OrderId, Order, OrderEdit {
        /// What.
        must code: ConceptInput => Into::into,
        /// Of which kind.
        must category: OrderCategory => Into::into,
        /// Where it stands; what was done or called off stays so.
        must status: OrderStatus => Into::into,
        /// How soon.
        must priority: OrderPriority => Into::into,
        /// What for.
        may reason: ConceptInput => Into::into,
        /// When it is to be done.
        may occurs_at: DateTime<Utc> => Into::into,
        /// Who is to do it, in words.
        may performer: String => Into::into,
        /// What else there is to say, at most 4,000 characters.
        may note: String => Into::into,
    } ties {
        /// The visit that it is of; of the same chart.
        encounter_id: EncounterId => encounter,
    }
    /// Record what a test found.
    RecordTestResultInput,
    /// Change a result. What is absent stays; null clears what can be absent. What was final says by its status what the change
    /// is: an amendment, a correction, an addition.
    UpdateTestResultInput of TestResultId, TestResult, TestResultEdit {
        /// Which test.
        must code: ConceptInput => Into::into,
        /// Where it stands.
        must status: TestResultStatus => Into::into,
        /// What was found; all of it, at most 100.
        may observations: Vec<ResultObservationInput> => observations,
        /// What that means, at most 4,000 characters.
        may conclusion: String => Into::into,
        /// As of when it is true: when the sample was taken, or the image.
        may taken_at: DateTime<Utc> => Into::into,
        /// When it was given out.
        may issued_at: DateTime<Utc> => Into::into,
        /// Who found it, in words.
        may performer: String => Into::into,
        /// What else there is to say, at most 4,000 characters.
        may note: String => Into::into,
    } ties {
        /// The visit that it is of; of the same chart.
        encounter_id: EncounterId => encounter,
        /// What ordered it; of the same chart.
        order_id: OrderId => parent,
    }
}

/// Write a note of a visit: in parts, or as one text; a draft until it is signed.
#[derive(InputObject)]
pub struct RecordVisitNoteInput {
    /// Into whose chart.
    pub patient_id: ID,
    /// The visit that it is of; of the same chart.
    pub encounter_id: Option<ID>,
    /// What it is about, in a line.
    pub title: Option<String>,
    /// What the patient says, at most 10,000 characters.
    pub subjective: Option<String>,
    /// What was found, at most 10,000 characters.
    pub objective: Option<String>,
    /// What that means, at most 10,000 characters.
    pub assessment: Option<String>,
    /// What is to be done, at most 10,000 characters.
    pub plan: Option<String>,
    /// All of it, when it is not in parts; at most 10,000 characters.
    pub text: Option<String>,
    /// The same key and input answer the same for 24 hours.
    pub idempotency_key: Option<String>,
}

impl TryFrom<RecordVisitNoteInput> for Record<content::VisitNote> {
    type Error = Fault;

    fn try_from(input: RecordVisitNoteInput) -> Result<Self, Fault> {
        Ok(Self {
            patient: decode_id(&input.patient_id)?,
            ties: Ties {
                encounter: tie::<EncounterId, _>(input.encounter_id.as_ref())?,
                ..Ties::default()
            },
            content: content::VisitNote {
                status: RecordStatus::Preliminary,
                title: input.title,
                subjective: input.subjective,
                objective: input.objective,
                assessment: input.assessment,
                plan: input.plan,
                text: input.text,
            },
            in_spite: None,
            idempotency_key: input.idempotency_key,
        })
    }
}

/// Change a note that nobody has signed. What is absent stays; null clears it.
#[derive(InputObject)]
pub struct UpdateVisitNoteInput {
    /// Which.
    pub id: ID,
    /// The version you have seen.
    pub expected_version: i32,
    /// What it is about, in a line.
    pub title: MaybeUndefined<String>,
    /// What the patient says, at most 10,000 characters.
    pub subjective: MaybeUndefined<String>,
    /// What was found, at most 10,000 characters.
    pub objective: MaybeUndefined<String>,
    /// What that means, at most 10,000 characters.
    pub assessment: MaybeUndefined<String>,
    /// What is to be done, at most 10,000 characters.
    pub plan: MaybeUndefined<String>,
    /// All of it, when it is not in parts; at most 10,000 characters.
    pub text: MaybeUndefined<String>,
    /// The same key and input answer the same for 24 hours.
    pub idempotency_key: Option<String>,
}

impl TryFrom<UpdateVisitNoteInput> for Update<content::VisitNote> {
    type Error = Fault;

    fn try_from(input: UpdateVisitNoteInput) -> Result<Self, Fault> {
        let id: VisitNoteId = decode_id(&input.id)?;
        let part = |text: MaybeUndefined<String>| edit(text, |text| text);
        Ok(Self {
            record: RecordId(id.0),
            expected_version: input.expected_version,
            edit: content::VisitNoteEdit {
                status: None,
                title: part(input.title),
                subjective: part(input.subjective),
                objective: part(input.objective),
                assessment: part(input.assessment),
                plan: part(input.plan),
                text: part(input.text),
            },
            in_spite: None,
            idempotency_key: input.idempotency_key,
        })
    }
}

/// Sign a note.
#[derive(InputObject)]
pub struct SignVisitNoteInput {
    /// Which.
    pub id: ID,
    /// The version you have seen.
    pub expected_version: i32,
    /// The same key and input answer the same for 24 hours.
    pub idempotency_key: Option<String>,
}

impl TryFrom<SignVisitNoteInput> for Sign {
    type Error = Fault;

    fn try_from(input: SignVisitNoteInput) -> Result<Self, Fault> {
        let id: VisitNoteId = decode_id(&input.id)?;
        Ok(Self {
            note: RecordId(id.0),
            expected_version: input.expected_version,
            idempotency_key: input.idempotency_key,
        })
    }
}

/// Add to a signed note, in one's own name.
#[derive(InputObject)]
pub struct AddVisitNoteAddendumInput {
    /// To which; to what that was added to, if it is an addendum itself.
    pub id: ID,
    /// What it is about, in a line.
    pub title: Option<String>,
    /// What is added, at most 10,000 characters.
    pub text: String,
    /// The same key and input answer the same for 24 hours.
    pub idempotency_key: Option<String>,
}

impl TryFrom<AddVisitNoteAddendumInput> for AddAddendum {
    type Error = Fault;

    fn try_from(input: AddVisitNoteAddendumInput) -> Result<Self, Fault> {
        let id: VisitNoteId = decode_id(&input.id)?;
        Ok(Self {
            note: RecordId(id.0),
            content: content::VisitNote {
                status: RecordStatus::Preliminary,
                title: input.title,
                subjective: None,
                objective: None,
                assessment: None,
                plan: None,
                text: Some(input.text),
            },
            idempotency_key: input.idempotency_key,
        })
    }
}

/// Show the patient a visit, a signed note, an order or a result, or show it no longer.
#[derive(InputObject)]
pub struct ShareWithPatientInput {
    /// Which.
    pub id: ID,
    /// The version you have seen.
    pub expected_version: i32,
    /// Whether the patient is shown it from now on.
    #[graphql(default = true)]
    pub shared: bool,
    /// The same key and input answer the same for 24 hours.
    pub idempotency_key: Option<String>,
}

impl TryFrom<ShareWithPatientInput> for Share {
    type Error = Fault;

    fn try_from(input: ShareWithPatientInput) -> Result<Self, Fault> {
        let (kind, record) = entry(&input.id)?;
        Ok(Self {
            record,
            kind,
            expected_version: input.expected_version,
            shared: input.shared,
            idempotency_key: input.idempotency_key,
        })
    }
}
