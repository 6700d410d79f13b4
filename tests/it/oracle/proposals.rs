//! What the oracle knows of changes that patients ask for: what it puts there, what is answered of it, and what is tried on it.

use super::answer::{Reader, moment};
use super::cells::{Cell, Deed, Row};
use super::chart::tried;
use super::deeds::Expect::{self, Done, Refused, Told};
use super::deeds::{After, Tries};
use super::world::{Thing, World};
use crate::support::{App, Random, write};
use chrono::{DateTime, TimeDelta, Utc};
use entity::change_proposal;
use entity::code::{ProposalKind, ProposalStatus, RecordKind, RecordSource, Roles};
use entity::id::{ChangeProposalId, PatientId, RecordId, UserId};
use patient_tracker::proposal::content::{Change, Content, Field};
use patient_tracker::proposal::sealed::NewProposal;
use patient_tracker::proposal::store::insert_row;
use serde_json::{Value, json};
use uuid::Uuid;

/// A change that a patient asks for.
pub struct Proposal {
    pub id: Uuid,
    pub patient: usize,
    pub kind: ProposalKind,
    /// Which entry; none of a new one, and of the blood group.
    pub entry: Option<usize>,
    pub status: ProposalStatus,
    /// Field by field: what it said, and what it should say.
    pub fields: Vec<(&'static str, Option<String>, String)>,
    pub message: Option<String>,
    pub proposed_at: DateTime<Utc>,
    pub version: i32,
}

/// The verbs on them.
pub const PROPOSALS: &[&str] = &[
    "proposeChange",
    "withdrawChangeProposal",
    "decideChangeProposal",
];

fn spelled(kind: ProposalKind) -> &'static str {
    match kind {
        ProposalKind::Demographics => "DEMOGRAPHICS",
        ProposalKind::Condition => "CONDITION",
        ProposalKind::Allergy => "ALLERGY",
        ProposalKind::MedicationStatement => "MEDICATION_STATEMENT",
        ProposalKind::Immunization => "IMMUNIZATION",
    }
}

/// What of a chart can be asked for.
fn of_chart(kind: RecordKind) -> Option<ProposalKind> {
    match kind {
        RecordKind::Condition => Some(ProposalKind::Condition),
        RecordKind::Allergy => Some(ProposalKind::Allergy),
        RecordKind::MedicationStatement => Some(ProposalKind::MedicationStatement),
        RecordKind::Immunization => Some(ProposalKind::Immunization),
        _ => None,
    }
}

impl Proposal {
    /// What it says, as it lies sealed.
    fn content(&self) -> Content {
        let changes = self.fields.iter().map(|(field, before, after)| Change {
            field: match *field {
                "BLOOD_GROUP" => Field::BloodGroup,
                _ => Field::Note,
            },
            before: json!(before),
            after: json!(after),
        });
        Content {
            changes: changes.collect(),
            message: self.message.clone(),
        }
    }
}

impl World {
    /// Of some records another blood group, and of some entries another note.
    pub(super) async fn insert_proposals(&mut self, app: &App, random: &mut Random) {
        let of_patients = (0..self.patients.len()).map(|patient| (patient, None));
        let asked = |(at, one): (usize, &super::chart::Entry)| {
            let clinics = one.source == RecordSource::Clinic;
            of_chart(one.kind).filter(|_| clinics)?;
            Some((one.patient, Some(at)))
        };
        let of_entries = self.entries.iter().enumerate().filter_map(asked);
        let all: Vec<_> = of_patients.chain(of_entries).collect();
        for (patient, entry) in all {
            if random.below(3) > 0 {
                continue;
            }
            let number = self.proposals.len();
            let (kind, field) = match entry {
                None => {
                    let group = self.patients[patient].blood_group;
                    // The world begins with one group alone.
                    let before = group.map(|_| "O-".to_owned());
                    let field = ("BLOOD_GROUP", before, "A+".to_owned());
                    (ProposalKind::Demographics, field)
                }
                Some(at) => {
                    let entry = &self.entries[at];
                    let after = format!("asked as number {number}");
                    let field = ("NOTE", entry.note.clone(), after);
                    (of_chart(entry.kind).unwrap(), field)
                }
            };
            let minutes = i64::try_from(number).unwrap();
            let proposal = Proposal {
                id: app.clock.new_id::<ChangeProposalId>().0,
                patient,
                kind,
                entry,
                status: ProposalStatus::Pending,
                fields: vec![field],
                message: (random.below(2) == 0).then(|| format!("please, number {number}")),
                proposed_at: app.clock.now() - TimeDelta::minutes(minutes),
                version: 1,
            };
            self.keep_proposal(app, &proposal).await;
            self.proposals.push(proposal);
        }
    }

    async fn keep_proposal(&self, app: &App, one: &Proposal) {
        let state = app.state();
        let patient = PatientId(self.patients[one.patient].id);
        let row = state.loaders.patients.load(patient).await.unwrap().unwrap();
        let key = state.vault.open_key(patient.0, &row.data_key).unwrap();
        let new = NewProposal {
            id: ChangeProposalId(one.id),
            patient,
            by: UserId(self.accounts[0].id),
            kind: one.kind,
            record: one.entry.map(|at| RecordId(self.entries[at].id)),
            base_version: Some(1),
            content: one.content(),
        };
        let row = new.seal(&key, one.proposed_at).unwrap();
        write(state, move |tx| {
            let row = row.clone();
            Box::pin(async move {
                insert_row(tx, row).await?;
                Ok(Ok(()))
            })
        })
        .await;
    }

    /// Brings the proposals up to what was done. What is asked for anew is a condition.
    pub(super) fn mend_proposals(&mut self, rows: &[change_proposal::Model]) {
        for row in rows {
            let known = self.proposals.iter_mut().find(|one| one.id == row.id.0);
            if let Some(one) = known {
                (one.status, one.version) = (row.status, row.version);
                continue;
            }
            let mut patients = self.patients.iter();
            let patient = patients.position(|one| one.id == row.patient_id.0);
            let says = tried(RecordKind::Condition).to_owned();
            self.proposals.push(Proposal {
                id: row.id.0,
                patient: patient.unwrap(),
                kind: row.kind,
                entry: None,
                status: row.status,
                fields: vec![("CODE", None, says), ("STATUS", None, "active".to_owned())],
                message: None,
                proposed_at: row.proposed_at,
                version: row.version,
            });
        }
    }

    /// Whether this one reads a proposal: whoever reads what would change.
    pub(super) fn reads_proposal(&self, who: usize, at: usize, now: DateTime<Utc>) -> bool {
        let one = &self.proposals[at];
        let row = match one.kind {
            ProposalKind::Demographics => Row::Demographics,
            _ => Row::Chart,
        };
        self.reads(who, row, one.patient, now) > Cell::Nothing
    }

    /// Whether this one decides on a proposal: whoever may change what would change, but in their own record.
    fn decides(&self, who: usize, at: usize, now: DateTime<Utc>) -> bool {
        let one = &self.proposals[at];
        let deed = match one.kind {
            ProposalKind::Demographics => Deed::ChangeRecord,
            _ => Deed::Treat,
        };
        let is_own = self.accounts[who].patient == Some(one.patient);
        !is_own && self.does(who, deed, one.patient, now)
    }
}

impl Reader<'_> {
    /// A patient's proposals, the first first, if the viewer may read any.
    pub(super) fn proposals(&self, patient: usize) -> Option<Vec<Thing>> {
        let (world, who) = (self.world, self.who);
        let cell = world.reads(who, Row::Demographics, patient, self.now);
        if cell == Cell::Nothing {
            return None;
        }
        let all = (0..world.proposals.len()).filter(|at| {
            world.proposals[*at].patient == patient && world.reads_proposal(who, *at, self.now)
        });
        let mut all: Vec<_> = all.collect();
        all.sort_by_key(|at| (world.proposals[*at].proposed_at, world.proposals[*at].id));
        Some(all.into_iter().map(Thing::Proposal).collect())
    }

    /// What a proposal says.
    pub(super) fn of_proposal(&self, at: usize, field: &str) -> Value {
        let one = &self.world.proposals[at];
        let word = match one.status {
            ProposalStatus::Accepted => json!("ACCEPT"),
            ProposalStatus::Rejected => json!("REJECT"),
            _ => Value::Null,
        };
        match field {
            "kind" => json!(spelled(one.kind)),
            "status" => json!(match one.status {
                ProposalStatus::Pending => "PENDING",
                ProposalStatus::Accepted => "ACCEPTED",
                ProposalStatus::PartlyAccepted => "PARTLY_ACCEPTED",
                ProposalStatus::Rejected => "REJECTED",
                ProposalStatus::Withdrawn => "WITHDRAWN",
            }),
            "changes" => {
                let fields = one.fields.iter().map(|(field, before, after)| {
                    json!({ "__typename": "FieldProposal", "field": field, "before": before,
                        "after": after, "decision": word })
                });
                fields.collect()
            }
            "message" => json!(one.message),
            "proposedAt" => moment(one.proposed_at),
            "version" => json!(one.version),
            _ => Value::Null,
        }
    }
}

impl Tries<'_> {
    /// Asking for a change, taking that back, and deciding.
    pub(super) fn on_proposal(
        &self,
        who: usize,
        name: &str,
        random: &mut Random,
    ) -> (String, Expect, After) {
        let world = self.world;
        let (patient, _) = self.pair(who, random);
        let is_patient = world.accounts[who].is(Roles::PATIENT);
        let is_staff = world.accounts[who].is(Roles::DOCTOR.with(Roles::ADMIN));
        if name == "proposeChange" {
            let id = world.id(Thing::Patient(patient));
            let code = format!("code: {{ text: \"{}\" }}", tried(RecordKind::Condition));
            let new = format!("patientId: \"{id}\" status: ACTIVE {code}");
            let may = world.does(who, Deed::Propose, patient, self.now);
            let unless = &["ALREADY_PROPOSED", "TOO_MANY_OPEN"];
            let expect = match self.on(who, Thing::Patient(patient), may, unless) {
                _ if !is_patient => Refused("FORBIDDEN"),
                // Whoever may do it is not asked.
                Done(_) if world.does(who, Deed::Treat, patient, self.now) => {
                    Told("YOURS_TO_CHANGE")
                }
                expect => expect,
            };
            let input = format!("change: {{ recordCondition: {{ {new} }} }}");
            return (input, expect, After::Nothing);
        }
        // Now and then one of a patient whom they know.
        let all = 0..world.proposals.len();
        let near: Vec<_> = all
            .filter(|at| world.proposals[*at].patient == patient)
            .collect();
        let at = match near.is_empty() {
            true => usize::try_from(random.below(world.proposals.len() as u64)).unwrap(),
            false => *random.pick(&near),
        };
        let one = &world.proposals[at];
        let thing = Thing::Proposal(at);
        let known = format!(
            "id: \"{}\" expectedVersion: {}",
            world.id(thing),
            one.version
        );
        let ended = match one.status {
            ProposalStatus::Pending => None,
            ProposalStatus::Withdrawn => Some("WITHDRAWN"),
            _ => Some("ALREADY_DECIDED"),
        };
        let done = |may: bool, open: bool, unless: &'static [&'static str]| match (
            self.on(who, thing, may, unless),
            ended,
        ) {
            _ if !open => Refused("FORBIDDEN"),
            (Done(_), Some(code)) => Told(code),
            (expect, _) => expect,
        };
        if name == "withdrawChangeProposal" {
            let may = world.does(who, Deed::Propose, one.patient, self.now);
            return (known, done(may, is_patient, &[]), After::Nothing);
        }
        let accepts = random.below(2) == 0;
        let word = if accepts { "ACCEPT" } else { "REJECT" };
        let fields = one.fields.iter();
        let fields: Vec<_> = fields
            .map(|(field, ..)| format!("{{ field: {field} decision: {word} }}"))
            .collect();
        let input = format!("{known} fields: [{}]", fields.join(" "));
        let may = world.decides(who, at, self.now);
        let expect = done(may, is_staff, &["FIELD_CHANGED", "ENTERED_IN_ERROR"]);
        let after = match (accepts, one.entry, one.kind) {
            (true, Some(entry), _) => After::Remarked(entry, one.fields[0].2.clone()),
            (true, None, ProposalKind::Demographics) => After::Blood(one.patient),
            _ => After::Nothing,
        };
        (input, expect, after)
    }
}
