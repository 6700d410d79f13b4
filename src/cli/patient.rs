//! Patients' records, from the command line: what cannot be undone.

use super::{Failure, output, told};
use crate::app::Ground;
use crate::clock::Clock;
use crate::config::{Config, Keys};
use crate::error::Fault;
use crate::graphql::decode_id;
use crate::patient::service::{ErasePatientKey, EraseRefusal, erase_patient_key};

/// What to do.
#[derive(clap::Subcommand)]
pub enum Command {
    /// Makes a patient's record unreadable for good, with their account: the keys are destroyed. Servers run on.
    Erase {
        /// The patient's id, as the API gives it (pat_…).
        #[arg(value_name = "ID")]
        patient: String,
        /// Their medical record number, so that no slip of the id erases somebody else.
        #[arg(long)]
        mrn: String,
        /// Why; it is logged with the id.
        #[arg(long)]
        reason: Reason,
    },
}

/// Why a patient is erased: a code, for free text would tell of them in the log.
#[derive(Clone, Copy, clap::ValueEnum)]
pub enum Reason {
    /// They asked for it.
    Request,
    /// The time for which records are kept is over.
    Retention,
    /// A court or an authority has ordered it.
    Order,
    /// The record should never have been made.
    Mistake,
}

impl Reason {
    fn code(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Retention => "retention",
            Self::Order => "order",
            Self::Mistake => "mistake",
        }
    }
}

/// Runs the command.
///
/// # Errors
/// When there is no such patient, the record number is another's, appointments stand, or the database cannot be opened.
pub async fn run(config: &Config, keys: &Keys, command: Command) -> Result<(), Failure> {
    let Command::Erase {
        patient,
        mrn,
        reason,
    } = command;
    let id = decode_id(&patient.into()).map_err(told)?;
    let ground = Ground::open(config, keys, Clock::system())
        .await
        .map_err(told)?;
    let command = ErasePatientKey {
        patient: id,
        mrn,
        reason: reason.code(),
    };
    let done = match erase_patient_key(&ground.state, command).await {
        Ok(Ok(())) => {
            output::say(
                "Erased: the record opens no more, here or on any running copy. Backups from before still hold its key: let \
                 them expire, or\nerase again after restoring one.",
            );
            Ok(())
        }
        Ok(Err(EraseRefusal::OtherMrn)) => {
            Err("nobody was erased: the patient has another medical record number".to_owned())
        }
        Ok(Err(EraseRefusal::AppointmentsStand)) => Err(
            "nobody was erased: appointments of the patient stand; cancel or complete them first"
                .to_owned(),
        ),
        Ok(Err(EraseRefusal::StepUpRequired)) => Err("nobody was erased".to_owned()),
        Err(Fault::NotFound) => Err("there is no such patient".to_owned()),
        Err(fault) => Err(told(fault)),
    };
    ground.close().await;
    done
}
