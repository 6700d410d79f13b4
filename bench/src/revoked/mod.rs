//! The rights that are taken away, and how: each act is prepared, done, and undone as far as the next one needs it.

mod made;

pub use made::{Made, made};

use crate::http::Target;
use crate::kit::{Kit, sign_in};
use crate::output::{Done, tell};
use chrono::TimeDelta;
use made::Person;
use patient_tracker::auth::Seed;
use patient_tracker::clock::Clock;
use serde_json::{Value, json};

/// A proof is good for five minutes; it is given anew a little before.
const PROVED_FOR: TimeDelta = TimeDelta::minutes(4);

/// What takes a right away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    SignedOut,
    SessionsEnded,
    LockedOut,
    RoleTaken,
    ClearanceSet,
    CareEnded,
    GrantEnded,
    GrantRevoked,
}

/// All of them.
pub const KINDS: [Kind; 8] = [
    Kind::SignedOut,
    Kind::SessionsEnded,
    Kind::LockedOut,
    Kind::RoleTaken,
    Kind::ClearanceSet,
    Kind::CareEnded,
    Kind::GrantEnded,
    Kind::GrantRevoked,
];

impl Kind {
    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Self::SignedOut => "signing out",
            Self::SessionsEnded => "ending somebody's sessions",
            Self::LockedOut => "locking out",
            Self::RoleTaken => "taking a role",
            Self::ClearanceSet => "setting another clearance",
            Self::CareEnded => "ending a care relation",
            Self::GrantEnded => "closing a record opened through broken glass",
            Self::GrantRevoked => "taking a break-glass grant",
        }
    }
}

/// An act that is about to be done, and the token of whoever loses by it.
pub struct Act {
    /// With what they follow.
    pub token: String,
    by: Target,
    document: String,
}

/// The clinic, as its administrator reaches it.
pub struct Clinic {
    /// Who is followed.
    pub patient: String,
    /// The administrator, at the copy where things are done.
    pub admin: Target,
    doctor: Person,
    member: Option<String>,
    breaker: Breaker,
    level: bool,
}

struct Breaker {
    token: String,
    seed: Seed,
    proved_at: chrono::DateTime<chrono::Utc>,
}

impl Clinic {
    /// Signs in those who are needed, at the copy where things are done.
    pub async fn open(kit: &Kit, here: &Target, made: Made) -> Done<Self> {
        let admin = here.with_token(sign_in(here, &kit.admin, &kit.password).await?);
        let [doctor, second] = made.doctors;
        let token = sign_in(here, &second.email, &second.password).await?;
        let breaker = enrolled(&here.with_token(token.clone()), &second.password).await?;
        Ok(Self {
            patient: made.patient,
            admin,
            doctor,
            member: None,
            breaker: Breaker { token, ..breaker },
            level: false,
        })
    }

    /// Brings about what the act takes away.
    pub async fn prepare(&mut self, kind: Kind) -> Done<Act> {
        if matches!(kind, Kind::GrantEnded | Kind::GrantRevoked) {
            return self.broken(kind).await;
        }
        let member = self.joined().await?;
        let (user, doctor) = (self.doctor.user.clone(), &self.doctor);
        let token = sign_in(&self.admin, &doctor.email, &doctor.password).await?;
        let own = self.admin.with_token(token.clone());
        let version = self.version().await?;
        let (by, document) = match kind {
            Kind::SignedOut => (own, "signOut(input: {}) { userErrors { code } }".to_owned()),
            Kind::SessionsEnded => (
                self.admin.clone(),
                format!(
                    "revokeOtherSessions(input: {{ userId: \"{user}\" }}) {{ userErrors {{ code }} }}"
                ),
            ),
            Kind::LockedOut => (self.admin.clone(), locked(&user, "LOCKED", version)),
            Kind::RoleTaken => (self.admin.clone(), role("withdrawRole", &user, version)),
            Kind::ClearanceSet => {
                self.level = !self.level;
                let level = if self.level { "RESTRICTED" } else { "NORMAL" };
                let input =
                    format!("userId: \"{user}\", clearance: {level}, expectedVersion: {version}");
                let document =
                    format!("setClearance(input: {{ {input} }}) {{ userErrors {{ code }} }}");
                (self.admin.clone(), document)
            }
            _ => {
                self.member = None;
                let input = format!("id: \"{member}\", expectedVersion: 1");
                let document =
                    format!("endCareTeamMember(input: {{ {input} }}) {{ userErrors {{ code }} }}");
                (self.admin.clone(), document)
            }
        };
        Ok(Act {
            token,
            by,
            document,
        })
    }

    /// Takes the right away.
    pub async fn act(&self, act: &Act) -> Done<()> {
        change(&act.by, &act.document).await.map(drop)
    }

    /// Gives back what the act took, as far as the next one needs it.
    pub async fn restore(&self, kind: Kind) -> Done<()> {
        let version = self.version().await?;
        let document = match kind {
            Kind::LockedOut => locked(&self.doctor.user, "ACTIVE", version),
            Kind::RoleTaken => role("assignRole", &self.doctor.user, version),
            _ => return Ok(()),
        };
        change(&self.admin, &document).await.map(drop)
    }

    async fn version(&self) -> Done<i64> {
        let ask = "query($id: ID!) { user(id: $id) { version } }";
        let found = self
            .admin
            .ask(ask, json!({ "id": self.doctor.user }))
            .await?;
        let version = found.pointer("/user/version").and_then(Value::as_i64);
        version.ok_or_else(|| format!("the doctor is not there: {found}"))
    }

    /// The doctor's membership of the patient's care team.
    async fn joined(&mut self) -> Done<String> {
        if let Some(member) = &self.member {
            return Ok(member.clone());
        }
        let (patient, doctor) = (&self.patient, &self.doctor.doctor);
        let document = format!(
            "addCareTeamMember(input: {{ patientId: \"{patient}\", doctorId: \"{doctor}\", role: COVERING }}) {{
                careTeamMember {{ id }} userErrors {{ code }} }}"
        );
        let answer = change(&self.admin, &document).await?;
        let member = string(&answer, "/addCareTeamMember/careTeamMember/id")?;
        self.member = Some(member.clone());
        Ok(member)
    }

    /// A record opened through broken glass, and what closes it.
    async fn broken(&mut self, kind: Kind) -> Done<Act> {
        let own = self.admin.with_token(self.breaker.token.clone());
        let now = Clock::system().now();
        if now - self.breaker.proved_at > PROVED_FOR {
            let code = self.breaker.seed.code_at(now);
            let document =
                format!("proveIdentity(input: {{ code: \"{code}\" }}) {{ userErrors {{ code }} }}");
            change(&own, &document).await?;
            self.breaker.proved_at = now;
            tell("The doctor has proved who they are.");
        }
        let patient = &self.patient;
        let document = format!(
            "breakGlass(input: {{ patientId: \"{patient}\", reason: EMERGENCY_TREATMENT,
                justification: \"measuring how soon this ends\" }}) {{
                breakGlassGrant {{ id }} userErrors {{ code }} }}"
        );
        let answer = change(&own, &document).await?;
        let id = string(&answer, "/breakGlass/breakGlassGrant/id")?;
        let (by, verb) = match kind {
            Kind::GrantEnded => (own, "endBreakGlass"),
            _ => (self.admin.clone(), "revokeBreakGlass"),
        };
        Ok(Act {
            token: self.breaker.token.clone(),
            by,
            document: format!("{verb}(input: {{ id: \"{id}\" }}) {{ userErrors {{ code }} }}"),
        })
    }
}

fn locked(user: &str, status: &str, version: i64) -> String {
    let input = format!("id: \"{user}\", status: {status}, expectedVersion: {version}");
    format!("setUserStatus(input: {{ {input} }}) {{ userErrors {{ code }} }}")
}

fn role(verb: &str, user: &str, version: i64) -> String {
    let input = format!("userId: \"{user}\", role: DOCTOR, expectedVersion: {version}");
    format!("{verb}(input: {{ {input} }}) {{ userErrors {{ code }} }}")
}

fn string(answer: &Value, place: &str) -> Done<String> {
    let text = answer.pointer(place).and_then(Value::as_str);
    text.map(str::to_owned)
        .ok_or_else(|| format!("{place} is not in {answer}"))
}

/// Runs a mutation that must not be refused.
async fn change(by: &Target, document: &str) -> Done<Value> {
    let answer = by
        .ask(&format!("mutation {{ {document} }}"), json!({}))
        .await?;
    let refused = answer.as_object().into_iter().flatten();
    let refused = refused.filter_map(|(_, payload)| payload["userErrors"].as_array());
    if refused.flatten().next().is_some() {
        return Err(format!("refused: {answer}"));
    }
    Ok(answer)
}

/// Enrols a second factor.
async fn enrolled(own: &Target, password: &str) -> Done<Breaker> {
    let document = format!(
        "beginMfaEnrolment(input: {{ password: \"{password}\" }}) {{ mfaEnrolment {{ secret }} userErrors {{ code }} }}"
    );
    let begun = change(own, &document).await?;
    let secret = string(&begun, "/beginMfaEnrolment/mfaEnrolment/secret")?;
    let seed = Seed::parse(&secret).ok_or("a secret of no proper shape")?;
    let proved_at = Clock::system().now();
    let code = seed.code_at(proved_at);
    let document =
        format!("confirmMfaEnrolment(input: {{ code: \"{code}\" }}) {{ userErrors {{ code }} }}");
    change(own, &document).await?;
    Ok(Breaker {
        token: String::new(),
        seed,
        proved_at,
    })
}
