//! What of a bundle is in the database already.

use super::bundle::{Bundle, Item};
use super::{Known, source};
use crate::chart::store::source::{self as chart, Kept};
use crate::doctor::record;
use crate::error::{Fault, Outcome};
use crate::fhir::{ImportedAppointment, ImportedEncounter, Reference, Said};
use crate::patient::token;
use crate::state::State;
use crate::{appointment, doctor, patient};
use entity::cell::BlindIndex;
use entity::code::{AppointmentStatus, RecordKind};
use entity::id::{AppointmentId, DepartmentId, DoctorId, PatientId, RecordId};
use std::collections::{HashMap, HashSet};
use std::convert::Infallible;

/// What of a bundle is in the database already.
#[derive(Default)]
pub(super) struct Here {
    pub(super) departments: HashMap<String, DepartmentId>,
    pub(super) doctors: HashMap<BlindIndex, DoctorId>,
    pub(super) patients: HashMap<BlindIndex, PatientId>,
    /// Appointments that came from elsewhere, and whose they are.
    pub(super) visits: HashMap<BlindIndex, (AppointmentId, PatientId)>,
    /// Those of them that were not called off.
    pub(super) standing: HashSet<AppointmentId>,
    /// The visits of those that have one.
    pub(super) visited: HashMap<AppointmentId, RecordId>,
    /// Entries of charts.
    pub(super) entries: HashMap<BlindIndex, Kept>,
    /// How many entries of each kind the charts have.
    pub(super) counts: HashMap<(PatientId, RecordKind), u64>,
    pub(super) numbers: HashSet<BlindIndex>,
}

/// What the look-up asks for.
#[derive(Clone, Default)]
struct Asked {
    departments: Vec<String>,
    doctors: Vec<BlindIndex>,
    patients: Vec<BlindIndex>,
    visits: Vec<BlindIndex>,
    entries: Vec<BlindIndex>,
    numbers: Vec<BlindIndex>,
    /// Appointments of this run's bundles before.
    agreed: Vec<AppointmentId>,
}

pub(super) fn origin<T>(item: &Item<T>) -> String {
    item.names.first().map(source).unwrap_or_default()
}

pub(super) fn visit_index(state: &State, item: &Item<ImportedEncounter>) -> BlindIndex {
    appointment::bulk::source_index(&state.vault, &origin(item))
}

pub(super) fn booking_index(state: &State, item: &Item<ImportedAppointment>) -> BlindIndex {
    appointment::bulk::source_index(&state.vault, &origin(item))
}

pub(super) fn entry_index<T>(state: &State, item: &Item<T>) -> BlindIndex {
    chart::source_index(&state.vault, &origin(item))
}

/// Everybody in the bundle, and everybody its encounters name.
fn asked(state: &State, before: &HashMap<Reference, Option<Known>>, bundle: &Bundle) -> Asked {
    let vault = &state.vault;
    let base = bundle.base();
    let meant = |named: &Reference| named.at(base);
    let mut doctors: HashSet<BlindIndex> = HashSet::new();
    let mut patients: HashSet<BlindIndex> = HashSet::new();
    doctors.extend(
        bundle
            .practitioners
            .iter()
            .map(|one| record::source_index(vault, &origin(one))),
    );
    patients.extend(
        bundle
            .patients
            .iter()
            .map(|one| token::of_source(vault.index(), &origin(one))),
    );
    let said = bundle.provenances.iter().flat_map(|one| &one.agents);
    let seen = bundle.encounters.iter().flat_map(|one| &one.content.agents);
    let wrote = bundle.records.iter().flat_map(|one| &one.content.agents);
    let agents = said.chain(seen).chain(wrote);
    // Patients too: whoever had to do with an entry may be another one, whose name is not to be read there.
    for named in agents.filter_map(|one| one.who.reference.as_ref()) {
        let named = source(&meant(named));
        doctors.insert(record::source_index(vault, &named));
        patients.insert(token::of_source(vault.index(), &named));
    }
    for encounter in &bundle.encounters {
        let subject = source(&meant(&encounter.content.subject));
        patients.insert(token::of_source(vault.index(), &subject));
    }
    for named in bundle
        .appointments
        .iter()
        .flat_map(|one| &one.content.actors)
    {
        let named = source(&meant(named));
        doctors.insert(record::source_index(vault, &named));
        patients.insert(token::of_source(vault.index(), &named));
    }
    let mut entries: HashSet<BlindIndex> = HashSet::new();
    entries.extend(bundle.encounters.iter().map(|one| entry_index(state, one)));
    for record in &bundle.records {
        entries.insert(entry_index(state, record));
        let subject = source(&meant(&record.content.subject));
        patients.insert(token::of_source(vault.index(), &subject));
        let encounter = record.content.encounter.as_ref();
        let ordered = record.content.based_on.as_ref();
        let added_to = match &record.content.said {
            Said::Note(note) => note.appends.as_ref(),
            _ => None,
        };
        if let Said::Order(order) = &record.content.said {
            let named = order.performers.iter();
            let named = named.filter_map(|one| one.reference.as_ref());
            patients.extend(named.map(|one| token::of_source(vault.index(), &source(&meant(one)))));
        }
        let named = encounter.into_iter().chain(ordered).chain(added_to);
        entries.extend(named.map(|one| chart::source_index(vault, &source(&meant(one)))));
    }
    let encounters = || bundle.encounters.iter();
    let numbers = bundle
        .patients
        .iter()
        .filter_map(|one| one.content.mrn.as_ref());
    Asked {
        departments: bundle
            .organizations
            .iter()
            .map(|one| one.content.name.clone())
            .collect(),
        doctors: doctors.into_iter().collect(),
        patients: patients.into_iter().collect(),
        visits: {
            let seen = encounters().map(|one| visit_index(state, one));
            let agreed = bundle.appointments.iter();
            let agreed = agreed.map(|one| booking_index(state, one));
            let named = encounters().filter_map(|one| one.content.appointment.as_ref());
            let named =
                named.map(|one| appointment::bulk::source_index(vault, &source(&meant(one))));
            seen.chain(agreed).chain(named).collect()
        },
        agreed: {
            let named = encounters().filter_map(|one| one.content.appointment.as_ref());
            let named = named.filter_map(|one| before.get(&meant(one)).copied().flatten());
            let ids = named.filter_map(|one| match one {
                Known::Appointment(id, _) => Some(id),
                _ => None,
            });
            ids.collect()
        },
        entries: entries.into_iter().collect(),
        numbers: numbers
            .filter_map(|mrn| token::of_mrn(vault.index(), &mrn.value))
            .collect(),
    }
}

/// Looks up, in one transaction, what is here already.
pub(super) async fn look_up(
    state: &State,
    before: &HashMap<Reference, Option<Known>>,
    bundle: &Bundle,
) -> Result<Here, Fault> {
    let asked = asked(state, before, bundle);
    let outcome: Outcome<Here, Infallible> = state
        .db
        .write(move |tx| {
            let asked = asked.clone();
            Box::pin(async move {
                let mut numbers = HashSet::new();
                for number in asked.numbers {
                    if patient::store::mrn_taken(tx, &number).await? {
                        numbers.insert(number);
                    }
                }
                let patients = patient::store::by_sources(tx, asked.patients).await?;
                let visits = appointment::bulk::known_sources(tx, asked.visits).await?;
                let gone = [
                    AppointmentStatus::Cancelled,
                    AppointmentStatus::EnteredInError,
                ];
                let standing = visits
                    .values()
                    .filter(|(_, _, status)| !gone.contains(status));
                let standing = standing.map(|(id, ..)| *id).collect();
                let visits: HashMap<_, _> = visits
                    .into_iter()
                    .map(|(index, (id, whose, _))| (index, (id, whose)))
                    .collect();
                let appointments = visits.values().map(|(id, _)| *id);
                let appointments = appointments.chain(asked.agreed).collect();
                Ok(Ok(Here {
                    departments: doctor::store::departments_by_names(tx, asked.departments).await?,
                    doctors: doctor::store::by_sources(tx, asked.doctors).await?,
                    entries: chart::by_sources(tx, asked.entries).await?,
                    visited: chart::visits_of(tx, appointments).await?,
                    counts: chart::counts(tx, patients.values().copied().collect()).await?,
                    patients,
                    standing,
                    visits,
                    numbers,
                }))
            })
        })
        .await;
    let Ok(here) = outcome?;
    Ok(here)
}
