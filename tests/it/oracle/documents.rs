//! What the oracle knows of files in records: what it puts there, what is answered of it, and what is tried on it. No bytes are
//! brought: what becomes of those other tests say.

use super::answer::{Reader, moment};
use super::cells::{Cell, Deed, Row};
use super::deeds::Expect::{self, Done, Refused, Stuck};
use super::deeds::{After, Tries};
use super::world::{Thing, World};
use crate::support::{App, Random};
use chrono::{DateTime, TimeDelta, Utc};
use entity::code::{DocumentStatus, MediaType, RecordSource, Roles, ScanState};
use entity::document;
use entity::id::{BlobId, DocumentId, PatientId};
use patient_tracker::document::detail::{Category, Detail, seal, seal_key};
use patient_tracker::vault::stream::StreamKey;
use sea_orm::{ActiveModelTrait as _, EntityTrait as _, IntoActiveModel as _};
use serde_json::{Value, json};
use uuid::Uuid;

/// A file in a record.
pub struct File {
    pub id: Uuid,
    pub patient: usize,
    pub status: DocumentStatus,
    pub source: RecordSource,
    pub title: String,
    pub description: Option<String>,
    pub shared_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
    pub version: i32,
}

/// The verbs on documents.
pub const DOCUMENTS: &[&str] = &[
    "startUpload",
    "updateDocument",
    "shareDocument",
    "enterDocumentInError",
    "createDocumentLink",
];
/// Those of them that doctors alone have.
const WORKING: &[&str] = &["updateDocument", "shareDocument", "enterDocumentInError"];

impl World {
    /// How much of this file this account reads: all of it, or that it is there.
    pub fn reads_file(&self, who: usize, at: usize, now: DateTime<Utc>) -> Cell {
        let row = match self.files[at].shared_at {
            Some(_) => Row::SharedDocuments,
            None => Row::Documents,
        };
        self.reads(who, row, self.files[at].patient, now)
    }

    /// Some records have files, some of which are shared.
    pub(super) async fn insert_files(&mut self, app: &App, random: &mut Random) {
        for patient in 0..self.patients.len() {
            for _ in 0..random.below(4) {
                let number = self.files.len();
                let minutes = TimeDelta::minutes(7 * i64::try_from(number).unwrap());
                let created_at = app.clock.now() - minutes;
                let is_theirs = random.below(3) == 0;
                let file = File {
                    id: app.clock.new_id::<DocumentId>().0,
                    patient,
                    status: DocumentStatus::Current,
                    source: match is_theirs {
                        true => RecordSource::Patient,
                        false => RecordSource::Clinic,
                    },
                    title: format!("File {number}"),
                    description: (random.below(2) == 0).then(|| format!("note number {number}")),
                    shared_at: (is_theirs || random.below(2) == 0).then_some(created_at),
                    created_at,
                    version: 1,
                };
                self.keep_file(app, &file).await;
                self.files.push(file);
            }
        }
    }

    async fn keep_file(&self, app: &App, file: &File) {
        let state = app.state();
        let patient = PatientId(self.patients[file.patient].id);
        let row = state.loaders.patients.load(patient).await.unwrap().unwrap();
        let key = state.vault.open_key(patient.0, &row.data_key).unwrap();
        let id = DocumentId(file.id);
        let detail = Detail {
            title: file.title.clone(),
            file_name: "letter.pdf".to_owned(),
            category: Category::Referral,
            description: file.description.clone(),
            sha256: None,
        };
        let row = document::Model {
            id,
            patient_id: patient,
            series_id: id,
            edition: 1,
            status: file.status,
            scan: ScanState::Clean,
            source: file.source,
            media_type: MediaType::Pdf,
            size: 4321,
            content: seal(&key, id, &detail).unwrap(),
            content_key: seal_key(&key, id, &StreamKey::generate()).unwrap(),
            blob_id: app.clock.new_id::<BlobId>(),
            shared_at: file.shared_at,
            shared_version: file.shared_at.map(|_| 1),
            withdrawn_version: None,
            version: 1,
            created_at: file.created_at,
            updated_at: file.created_at,
            recorded_by: None,
        };
        let insert = document::Entity::insert(row.into_active_model().reset_all());
        let done = insert.exec_without_returning(state.db.schema());
        done.await.unwrap();
    }

    /// Brings the files up to what was done. Nothing that is tried brings one.
    pub(super) fn mend_files(&mut self, rows: &[document::Model]) {
        for row in rows {
            let one = self.files.iter_mut().find(|one| one.id == row.id.0);
            let one = one.unwrap();
            (one.status, one.version, one.shared_at) = (row.status, row.version, row.shared_at);
        }
    }
}

impl Reader<'_> {
    /// A patient's current files, the first first, if the viewer may know of any.
    pub(super) fn files(&self, patient: usize) -> Option<Vec<Thing>> {
        let any = self
            .world
            .reads(self.who, Row::SharedDocuments, patient, self.now);
        if any == Cell::Nothing {
            return None;
        }
        let files = &self.world.files;
        let mut all: Vec<_> = (0..files.len())
            .filter(|at| files[*at].patient == patient)
            .filter(|at| files[*at].status == DocumentStatus::Current)
            .filter(|at| self.world.reads_file(self.who, *at, self.now) > Cell::Nothing)
            .collect();
        all.sort_by_key(|at| (files[*at].created_at, files[*at].id));
        Some(all.into_iter().map(Thing::File).collect())
    }

    /// What is said of a file.
    pub(super) fn of_file(&self, at: usize, field: &str) -> Value {
        let one = &self.world.files[at];
        match field {
            "status" => json!(match one.status {
                DocumentStatus::Current => "CURRENT",
                DocumentStatus::Superseded => "SUPERSEDED",
                DocumentStatus::EnteredInError => "ENTERED_IN_ERROR",
            }),
            "scan" => json!("CLEAN"),
            "source" if one.source == RecordSource::Patient => json!("PATIENT"),
            "source" => json!("CLINIC"),
            "mediaType" => json!("PDF"),
            "size" => json!(4321),
            "edition" => json!(1),
            "version" => json!(one.version),
            "recordedAt" => moment(one.created_at),
            "sharedAt" => one.shared_at.map_or(Value::Null, moment),
            // Whoever runs the clinic knows that it is there, and not this.
            _ if self.world.reads_file(self.who, at, self.now) != Cell::Whole => Value::Null,
            "title" => json!(one.title),
            "fileName" => json!("letter.pdf"),
            "category" => json!("REFERRAL"),
            "description" => json!(one.description),
            other => panic!("the oracle knows no {other}"),
        }
    }
}

impl Tries<'_> {
    /// Asking for leave to bring a file, and working on those that are there.
    pub(super) fn on_file(
        &self,
        who: usize,
        name: &str,
        random: &mut Random,
    ) -> (String, Expect, After) {
        let world = self.world;
        let (patient, _) = self.pair(who, random);
        if name == "startUpload" {
            let may = world.does(who, Deed::Bring, patient, self.now);
            let id = world.id(Thing::Patient(patient));
            let expect = self.on(who, Thing::Patient(patient), may, &["QUOTA_EXCEEDED"]);
            let input = format!("patientId: \"{id}\" fileName: \"letter.pdf\" size: 4321");
            return (input, expect, After::Nothing);
        }
        // Now and then one of a patient whom they know.
        let near = (0..world.files.len()).filter(|at| world.files[*at].patient == patient);
        let near: Vec<_> = near.collect();
        let at = match near.is_empty() {
            true => usize::try_from(random.below(world.files.len() as u64)).unwrap(),
            false => *random.pick(&near),
        };
        let (file, id) = (&world.files[at], world.id(Thing::File(at)));
        let void = file.status == DocumentStatus::EnteredInError;
        let version = format!("id: \"{id}\" expectedVersion: {}", file.version);
        let shared = random.below(2) == 0;
        let title = format!("title of {}", 10_000 + random.below(89_999));
        let (input, stuck): (_, Option<&'static [&'static str]>) = match name {
            "createDocumentLink" => (
                format!("id: \"{id}\""),
                void.then_some(&["ENTERED_IN_ERROR"] as &[_]),
            ),
            "updateDocument" => (
                format!("{version} title: \"{title}\""),
                void.then_some(&["ENTERED_IN_ERROR"] as &[_]),
            ),
            "enterDocumentInError" => (version, void.then_some(&["ALREADY_IN_ERROR"] as &[_])),
            _ => (
                format!("{version} shared: {shared}"),
                match (file.shared_at.is_some() == shared, file.source) {
                    (true, _) => Some(&["ALREADY_SO"] as &[_]),
                    (_, RecordSource::Patient) => Some(&["PATIENTS_OWN"] as &[_]),
                    _ => (void && shared).then_some(&["ENTERED_IN_ERROR"] as &[_]),
                },
            ),
        };
        let may = match name {
            "createDocumentLink" => world.reads_file(who, at, self.now) == Cell::Whole,
            _ => world.does(who, Deed::Treat, file.patient, self.now),
        };
        let expect = match (self.on(who, Thing::File(at), may, &[]), stuck) {
            (Done(_), Some(codes)) => Stuck(codes),
            (expect, _) => expect,
        };
        let is_open = !WORKING.contains(&name) || world.accounts[who].is(Roles::DOCTOR);
        let expect = match is_open {
            true => expect,
            false => Refused("FORBIDDEN"),
        };
        let after = match name {
            "updateDocument" => After::Titled(at, title),
            _ => After::Nothing,
        };
        (input, expect, after)
    }
}
