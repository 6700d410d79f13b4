//! Writing many patients at once: for import, samples, and the one who registers.

#![expect(
    clippy::disallowed_methods,
    reason = "a store: the place the ban points to"
)]

use crate::db::{Tx, breaks};
use crate::error::Fault;
use crate::patient::sealed::SealedPatient;
use entity::cell::BlindIndex;
use entity::id::PatientId;
use entity::{patient, patient_index};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter,
    QuerySelect,
};
use std::collections::{HashMap, HashSet};

/// SQLite takes 32,766 parameters a statement and PostgreSQL 65,535; larger statements were no faster.
const PARAMETERS: usize = 20_000;
/// Columns of a patient, each a parameter.
const PATIENT_COLUMNS: usize = 18;
/// Columns of a search token.
const TOKEN_COLUMNS: usize = 3;
/// Columns of an insurance.
const COVERAGE_COLUMNS: usize = 8;

/// Another patient has this medical record number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MrnTaken;

/// Writes new patients with their search tokens and insurances. Numbers that were given out are exchanged if they are
/// taken; one that the caller chose is refused.
///
/// # Errors
/// Those of the database.
pub async fn insert_rows(
    tx: &Tx,
    mut patients: Vec<SealedPatient>,
) -> Result<Result<(), MrnTaken>, Fault> {
    exchange_taken_numbers(tx, &mut patients).await?;
    let mut rows = Vec::with_capacity(patients.len());
    let mut tokens = Vec::new();
    let mut coverages = Vec::new();
    for patient in patients {
        let id = patient.row.id;
        tokens.extend(
            patient
                .tokens
                .into_iter()
                .map(|token| patient_index::ActiveModel {
                    kind: Set(token.kind.stored()),
                    token: Set(token.hash),
                    patient_id: Set(id),
                }),
        );
        coverages.extend(
            patient
                .coverages
                .into_iter()
                .map(|row| row.into_active_model()),
        );
        rows.push(patient.row.into_active_model());
    }
    match in_chunks(tx, rows, PATIENT_COLUMNS).await {
        Err(error) if breaks(&error, "patient_mrn_unique", "patient.mrn_index") => {
            return Ok(Err(MrnTaken));
        }
        written => written?,
    }
    in_chunks(tx, tokens, TOKEN_COLUMNS).await?;
    in_chunks(tx, coverages, COVERAGE_COLUMNS).await?;
    Ok(Ok(()))
}

/// Inserts rows of so many columns, as many a statement as both databases take.
async fn in_chunks<A>(tx: &Tx, rows: Vec<A>, columns: usize) -> Result<(), sea_orm::DbErr>
where
    A: ActiveModelTrait,
{
    let most = PARAMETERS / columns;
    let mut rest = rows;
    while !rest.is_empty() {
        let later = rest.split_off(rest.len().min(most));
        // `reset_all`: what came from a model counts as unchanged, and is to be written all the same.
        let rows = rest.into_iter().map(ActiveModelTrait::reset_all);
        A::Entity::insert_many(rows)
            .exec_without_returning(tx.connection())
            .await?;
        rest = later;
    }
    Ok(())
}

/// Gives those whose number was given out, not chosen, another one while theirs is taken.
async fn exchange_taken_numbers(tx: &Tx, patients: &mut [SealedPatient]) -> Result<(), Fault> {
    let mut open: Vec<usize> = (0..patients.len())
        .filter(|at| !patients[*at].spare.is_empty())
        .collect();
    let mut used: HashSet<BlindIndex> = patients
        .iter()
        .filter(|patient| patient.spare.is_empty())
        .map(|patient| patient.row.mrn_index.clone())
        .collect();
    while !open.is_empty() {
        let asked = open.iter().map(|at| patients[*at].row.mrn_index.clone());
        let taken = taken_numbers(tx, asked.collect()).await?;
        let mut again = Vec::new();
        for at in open {
            let row = &patients[at].row;
            if !taken.contains(&row.mrn_index) && used.insert(row.mrn_index.clone()) {
                continue;
            }
            let (mrn, mrn_index) = patients[at]
                .spare
                .pop()
                .ok_or_else(|| Fault::internal("all record numbers on offer are taken"))?;
            patients[at].row.mrn = mrn;
            patients[at].row.mrn_index = mrn_index;
            again.push(at);
        }
        open = again;
    }
    Ok(())
}

async fn taken_numbers(tx: &Tx, asked: Vec<BlindIndex>) -> Result<HashSet<BlindIndex>, Fault> {
    let mut taken = HashSet::new();
    for some in asked.chunks(PARAMETERS) {
        let found: Vec<BlindIndex> = patient::Entity::find()
            .select_only()
            .column(patient::Column::MrnIndex)
            .filter(patient::Column::MrnIndex.is_in(some.iter().cloned()))
            .into_tuple()
            .all(tx.connection())
            .await?;
        taken.extend(found);
    }
    Ok(taken)
}

/// Which of these sources are here already, and as whom; for import.
///
/// # Errors
/// Those of the database.
pub async fn by_sources(
    tx: &Tx,
    sources: Vec<BlindIndex>,
) -> Result<HashMap<BlindIndex, PatientId>, Fault> {
    let mut known = HashMap::new();
    for some in sources.chunks(PARAMETERS) {
        let found: Vec<(BlindIndex, PatientId)> = patient::Entity::find()
            .select_only()
            .columns([patient::Column::SourceIndex, patient::Column::Id])
            .filter(patient::Column::SourceIndex.is_in(some.iter().cloned()))
            .into_tuple()
            .all(tx.connection())
            .await?;
        known.extend(found);
    }
    Ok(known)
}
