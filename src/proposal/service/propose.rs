//! Asking for a change.

use super::{resource, told};
use crate::access::{Action, Granted, Viewer, decide, require};
use crate::chart;
use crate::chart::content::{
    Allergy, Condition, Editable, Immunization, MedicationStatement, Word, note,
};
use crate::chart::service::{Record, Update, find, known, resource_of};
use crate::error::{Fault, Outcome};
use crate::idempotency;
use crate::patient::PatientRecord;
use crate::patient::cells::Edit;
use crate::patient::digest::claim_of;
use crate::patient::input::{At as _, Invalid, Problem};
use crate::patient::record;
use crate::patient::service::{UpdatePatient, find_patient, tell_team, today};
use crate::patient::store::stays;
use crate::proposal::content::{Change, Content, changes};
use crate::proposal::sealed::{NewProposal, open_with};
use crate::proposal::store;
use crate::state::State;
use crate::vault::Unreadable;
use entity::code::{EventKind, ProposalKind, RecordSource, RecordStatus};
use entity::id::{ChangeProposalId, RecordId};
use serde::Serialize;
use serde_json::{Value, json};
use std::sync::Arc;

/// The most open proposals of a patient. Our own bound: a page of them, that somebody of the clinic reads before a visit.
pub const MOST_OPEN: usize = 20;

/// Change this for me.
#[derive(Serialize)]
pub struct Propose {
    /// What.
    pub wish: Wish,
    /// What there is to say of it.
    pub message: Option<String>,
    /// Under which the answer is remembered.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// What is asked for: the command of somebody who may.
#[derive(Serialize)]
pub enum Wish {
    /// Who they are.
    Demographics(Box<UpdatePatient>),
    /// A condition.
    Condition(Entry<Condition>),
    /// An allergy.
    Allergy(Entry<Allergy>),
    /// An immunization.
    Immunization(Entry<Immunization>),
    /// What the clinic has noted that they take.
    MedicationStatement(Entry<MedicationStatement>),
}

/// An entry of a chart: a new one, or another version.
#[derive(Serialize)]
#[serde(bound = "")]
pub enum Entry<C: Editable> {
    /// A new one.
    New(Box<Record<C>>),
    /// Another version.
    Other(Box<Update<C>>),
}

/// Why it cannot be asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProposeRefusal {
    /// A value is not taken.
    Invalid(Invalid),
    /// They may change it themselves, by this verb.
    YoursToChange(&'static str),
    /// It says so already.
    NothingChanges,
    /// It has changed since it was read.
    Conflict,
    /// It was entered in error: it says nothing any more.
    EnteredInError,
    /// It has been asked for, and nobody has decided.
    AlreadyProposed,
    /// As many are open as there may be.
    TooManyOpen,
    /// The key was used with another input.
    IdempotencyKeyReused,
}

impl From<Invalid> for ProposeRefusal {
    fn from(invalid: Invalid) -> Self {
        Self::Invalid(invalid)
    }
}

/// What is asked for, held against what stands.
struct Held {
    granted: Granted,
    patient: PatientRecord,
    kind: ProposalKind,
    record: Option<RecordId>,
    base_version: Option<i32>,
    changes: Vec<Change>,
}

/// The fields that would say something else.
fn differing(before: &Value, after: &Value) -> Outcome<Vec<Change>, ProposeRefusal> {
    let unknown = || Fault::internal("a field that no proposal knows");
    let changes = changes(before, after).ok_or_else(unknown)?;
    Ok(match changes.is_empty() {
        true => Err(ProposeRefusal::NothingChanges),
        false => Ok(changes),
    })
}

/// Leave to ask for it; whoever knows the patient may be told that they may not.
async fn authority(
    state: &State,
    viewer: &Viewer,
    patient: &PatientRecord,
    kind: ProposalKind,
) -> Result<Granted, Fault> {
    let facts = state.facts(viewer, &**patient.row()).await?;
    require(viewer, Action::Create, &resource(kind, facts)).map_err(|fault| match fault {
        Fault::NotFound => Fault::Forbidden,
        other => other,
    })
}

/// What of a patient's record can be asked for, as it stands.
pub(super) fn demographics(state: &State, patient: &PatientRecord) -> Result<Value, Unreadable> {
    let (face, vault) = (patient.face(), &state.vault);
    let profile = patient.profile(vault)?;
    Ok(json!({
        "name": *record::name(face, vault)?,
        "birthDate": record::birth_date(face, vault)?,
        "gender": profile.gender,
        "bloodGroup": profile.blood_group,
    }))
}

/// As the clinic would write it: what a proposal is about.
fn word_of_the_clinic() -> Word {
    Word::new(RecordSource::Clinic, None)
}

async fn of_patient(
    state: &State,
    viewer: &Viewer,
    wish: UpdatePatient,
) -> Outcome<Held, ProposeRefusal> {
    const VERB: &str = "updatePatient";
    let patient = find_patient(state, viewer, wish.patient).await?;
    let granted = authority(state, viewer, &patient, ProposalKind::Demographics).await?;
    let reached = wish.email.keeps() && wish.phone.keeps() && wish.address.keeps();
    let kept = reached && wish.language.keeps();
    if !kept || wish.emergency_contacts.is_some() || wish.preferences.is_some() {
        return Ok(Err(ProposeRefusal::YoursToChange(VERB)));
    }
    let clinics = [
        (wish.mrn.is_some(), "mrn"),
        (wish.confidentiality.is_some(), "confidentiality"),
    ];
    if let Some((_, field)) = clinics.into_iter().find(|(given, _)| *given) {
        let invalid = Err(Problem::NotGivenHere).at(field).at(VERB).at("change");
        return Ok(invalid.map_err(ProposeRefusal::Invalid));
    }
    let expected_version = wish.expected_version;
    let checked = wish.checked(today(state)).at(VERB).at("change");
    let wish = crate::accept!(checked);
    if patient.row().version != expected_version {
        return Ok(Err(ProposeRefusal::Conflict));
    }
    let before = demographics(state, &patient)?;
    let mut after = before.clone();
    if let Some(name) = wish.name {
        after["name"] = json!(name);
    }
    if let Some(day) = wish.birth_date {
        after["birthDate"] = json!(day);
    }
    if let Some(gender) = wish.gender {
        after["gender"] = json!(gender);
    }
    match wish.blood_group {
        Edit::Keep => {}
        Edit::Clear => after["bloodGroup"] = Value::Null,
        Edit::Set(group) => after["bloodGroup"] = json!(group),
    }
    let changes = crate::accept!(differing(&before, &after)?);
    Ok(Ok(Held {
        granted,
        patient,
        kind: ProposalKind::Demographics,
        record: None,
        base_version: Some(expected_version),
        changes,
    }))
}

async fn of_entry<C: Editable>(
    state: &State,
    viewer: &Viewer,
    kind: ProposalKind,
    wish: Entry<C>,
) -> Outcome<Held, ProposeRefusal> {
    match wish {
        Entry::New(wish) => of_new(state, viewer, kind, *wish).await,
        Entry::Other(wish) => of_another(state, viewer, kind, *wish).await,
    }
}

async fn of_new<C: Editable>(
    state: &State,
    viewer: &Viewer,
    kind: ProposalKind,
    wish: Record<C>,
) -> Outcome<Held, ProposeRefusal> {
    let patient = find_patient(state, viewer, wish.patient).await?;
    let granted = authority(state, viewer, &patient, kind).await?;
    let facts = state.facts(viewer, &**patient.row()).await?;
    if decide(
        viewer,
        Action::Create,
        &C::resource(facts, word_of_the_clinic()),
    )
    .is_allowed()
    {
        return Ok(Err(ProposeRefusal::YoursToChange(C::RECORD)));
    }
    let checked = wish.content.checked(state.clock.now());
    let content = crate::accept!(checked.at(C::RECORD).at("change"));
    crate::accept!(known(state, &content).await?.at(C::RECORD).at("change"));
    let after = serde_json::to_value(&content).map_err(Fault::internal)?;
    let changes = crate::accept!(differing(&Value::Null, &after)?);
    Ok(Ok(Held {
        granted,
        patient,
        kind,
        record: None,
        base_version: None,
        changes,
    }))
}

async fn of_another<C: Editable>(
    state: &State,
    viewer: &Viewer,
    kind: ProposalKind,
    wish: Update<C>,
) -> Outcome<Held, ProposeRefusal> {
    let (row, patient) = find(state, viewer, C::KIND, wish.record).await?;
    let granted = authority(state, viewer, &patient, kind).await?;
    let facts = state.facts(viewer, &**patient.row()).await?;
    if decide(viewer, Action::Update, &resource_of(&row, facts)).is_allowed() {
        return Ok(Err(ProposeRefusal::YoursToChange(C::UPDATE)));
    }
    if row.version != wish.expected_version {
        return Ok(Err(ProposeRefusal::Conflict));
    }
    if row.status == RecordStatus::EnteredInError {
        return Ok(Err(ProposeRefusal::EnteredInError));
    }
    let before: C = chart::sealed::open(patient.face(), &state.vault, &row)?;
    let checked = before.clone().edited(wish.edit).checked(state.clock.now());
    let after = crate::accept!(checked.at(C::UPDATE).at("change"));
    crate::accept!(after.follows(&before).at(C::UPDATE).at("change"));
    crate::accept!(known(state, &after).await?.at(C::UPDATE).at("change"));
    let before = serde_json::to_value(&before).map_err(Fault::internal)?;
    let after = serde_json::to_value(&after).map_err(Fault::internal)?;
    let changes = crate::accept!(differing(&before, &after)?);
    Ok(Ok(Held {
        granted,
        patient,
        kind,
        record: Some(row.id),
        base_version: Some(row.version),
        changes,
    }))
}

/// Asks for a change.
///
/// # Errors
/// Those of the database; not found when the viewer may not know of what it is about, forbidden when it is not their own.
pub async fn propose(
    state: &State,
    viewer: &Viewer,
    command: Propose,
) -> Outcome<ChangeProposalId, ProposeRefusal> {
    let user = viewer.signed_in()?.user;
    let key = command.idempotency_key.as_deref();
    let claim = claim_of(state, user, "proposeChange", key, &command)?;
    let message = crate::accept!(note(command.message.as_ref()).at("message"));
    let held = match command.wish {
        Wish::Demographics(wish) => of_patient(state, viewer, *wish).await?,
        Wish::Condition(wish) => of_entry(state, viewer, ProposalKind::Condition, wish).await?,
        Wish::Allergy(wish) => of_entry(state, viewer, ProposalKind::Allergy, wish).await?,
        Wish::Immunization(wish) => {
            of_entry(state, viewer, ProposalKind::Immunization, wish).await?
        }
        Wish::MedicationStatement(wish) => {
            of_entry(state, viewer, ProposalKind::MedicationStatement, wish).await?
        }
    };
    let (id, prepared) = match held {
        Err(refusal @ ProposeRefusal::Invalid(_)) => return Ok(Err(refusal)),
        // A repeated request comes here too; whether it is one, only its claim can tell.
        Err(refusal) => (state.clock.new_id(), Err(refusal)),
        Ok(held) => {
            let new = NewProposal {
                id: state.clock.new_id(),
                patient: held.patient.id(),
                by: user,
                kind: held.kind,
                record: held.record,
                base_version: held.base_version,
                content: Content {
                    changes: held.changes,
                    message,
                },
            };
            let key = Arc::clone(held.patient.key(&state.vault)?);
            let row = new.seal(&key, state.clock.now())?;
            (new.id, Ok((row, new, key, held.granted)))
        }
    };
    let shared = Arc::new((prepared, claim));
    state
        .write(viewer, move |tx| {
            let shared = Arc::clone(&shared);
            Box::pin(async move {
                let (prepared, claim) = &*shared;
                let claimed = idempotency::claimed(
                    tx,
                    claim.as_ref(),
                    id.0,
                    ProposeRefusal::IdempotencyKeyReused,
                );
                if let Some(id) = crate::accept!(claimed.await?) {
                    return Ok(Ok(ChangeProposalId(id)));
                }
                let (row, new, key, granted) = match prepared {
                    Ok(prepared) => prepared,
                    Err(refusal) => return Ok(Err(refusal.clone())),
                };
                stays(tx, new.patient).await?;
                // Two that are asked for at once are counted, and held against each other, one after the other.
                tx.lock(&[store::asking(new.patient)]).await?;
                let open = store::open_of(tx, new.patient).await?;
                for other in &open {
                    if other.kind == new.kind && overlaps(new, other, &open_with(key, other)?) {
                        return Ok(Err(ProposeRefusal::AlreadyProposed));
                    }
                }
                if open.len() >= MOST_OPEN {
                    return Ok(Err(ProposeRefusal::TooManyOpen));
                }
                store::insert(tx, *granted, row.clone()).await?;
                let fact = told(EventKind::ChangeProposed, (new.id, 1), new.patient);
                tell_team(tx, new.patient, vec![fact]).await?;
                Ok(Ok(new.id))
            })
        })
        .await
}

/// Whether one of them asks for what the other does: for a field of the same thing, or for the same new entry.
fn overlaps(new: &NewProposal, other: &entity::change_proposal::Model, content: &Content) -> bool {
    match (new.base_version, other.base_version) {
        (None, None) => new.content.changes == content.changes,
        (Some(_), Some(_)) if new.record == other.record_id => {
            let also = |one: &Change| content.changes.iter().any(|other| other.field == one.field);
            new.content.changes.iter().any(also)
        }
        _ => false,
    }
}
