//! What a demonstration prints: where it is, who can sign in, and what to try first.

use crate::graphql::encode_id;
use crate::intake::sample::{Access, Filled, Role};
use chrono::{DateTime, Datelike, Days, NaiveDate, SecondsFormat, TimeZone as _, Utc, Weekday};
use chrono_tz::Tz;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

/// A time that the sample leaves free, and the day it was made on.
pub(super) struct FreeTime {
    today: NaiveDate,
    starts_at: DateTime<Utc>,
}

/// Half past five on the next working day but one: the sample's doctors stop at five.
pub(super) fn free_time(now: DateTime<Utc>, zone: Tz) -> FreeTime {
    let today = now.with_timezone(&zone).date_naive();
    let coming = (2..9).filter_map(|days| today.checked_add_days(Days::new(days)));
    let mut working = coming.filter(|day| !matches!(day.weekday(), Weekday::Sat | Weekday::Sun));
    let time = working.next().and_then(|day| day.and_hms_opt(17, 30, 0));
    let time = time.and_then(|time| zone.from_local_datetime(&time).earliest());
    FreeTime {
        today,
        starts_at: time.map_or(now, |time| time.with_timezone(&Utc)),
    }
}

/// Everything, in one text.
pub(super) fn told(
    (address, letters): (SocketAddr, Option<&Path>),
    filled: &Filled,
    free: FreeTime,
    took: Duration,
) -> String {
    let (doctors, patients, appointments) = filled.counts;
    let mut text = format!(
        "A sample clinic is open: {doctors} doctors, {patients} patients, {appointments} appointments, made in {:.1} s.\n\
         \n\
         GraphQL     http://{address}/graphql\n\
         WebSocket   ws://{address}/graphql/ws\n\
         GraphiQL    http://{address}/\n",
        took.as_secs_f64()
    );
    if let Some(folder) = letters {
        text.push_str(&format!(
            "Letters     {} (one file each)\n",
            folder.display()
        ));
    }
    for role in Role::ALL {
        if let Some(access) = filled.accounts.iter().find(|access| access.role == role) {
            text.push('\n');
            text.push_str(&of_role(address, access, filled, &free));
        }
    }
    text.push_str(
        "\nSend the accessToken with each operation: Authorization: Bearer <accessToken> (in GraphiQL under Headers).\n\
         Ctrl-C stops.\n",
    );
    text
}

fn of_role(address: SocketAddr, access: &Access, filled: &Filled, free: &FreeTime) -> String {
    let Access {
        role,
        email,
        password,
    } = access;
    let mut text = format!("{}   {email}   {password}\n", role.code());
    if *role == Role::Patient {
        text.push_str(&indented(&sign_in_by_curl(address, email, password)));
    } else {
        let sign_in = format!(
            "mutation {{ signIn(input: {{ email: \"{email}\", password: \"{password}\" }}) \
             {{ authSession {{ accessToken }} userErrors {{ code }} }} }}"
        );
        text.push_str(&indented(&sign_in));
    }
    for operation in operations(*role, filled, free) {
        text.push_str(&indented(&operation));
    }
    text
}

fn indented(line: &str) -> String {
    format!("  {line}\n")
}

fn sign_in_by_curl(address: SocketAddr, email: &str, password: &str) -> String {
    let body = serde_json::json!({
        "query": "mutation($input: SignInInput!) { signIn(input: $input) \
                  { authSession { accessToken } userErrors { code } } }",
        "variables": { "input": { "email": email, "password": password } },
    });
    // A name may have an apostrophe, and so may an address.
    let body = body.to_string().replace('\'', "'\\''");
    format!("curl -s http://{address}/graphql -H 'Content-Type: application/json' -d '{body}'")
}

/// Three operations of a role, with ids that exist.
fn operations(role: Role, filled: &Filled, free: &FreeTime) -> [String; 3] {
    let patient = encode_id(filled.patient);
    let doctor = encode_id(filled.doctor);
    let kind = encode_id(filled.visit_type);
    let (patient, doctor, kind) = (patient.as_str(), doctor.as_str(), kind.as_str());
    let today = free.today;
    // A working day, whatever day it is today.
    let busy = free.starts_at.date_naive();
    let starts_at = free.starts_at.to_rfc3339_opts(SecondsFormat::Secs, true);
    let from = today.and_time(chrono::NaiveTime::MIN).and_utc();
    let from = from.to_rfc3339_opts(SecondsFormat::Secs, true);
    let mine = "{ viewer { user { displayName roles } sessions { id device current } } }";
    match role {
        Role::Patient => [
            format!(
                "{{ appointments(filter: {{ from: \"{from}\" }}, first: 5) {{ edges {{ node {{ id startsAt status reason \
                 doctor {{ displayName }} visitType {{ name }} }} }} }} }}"
            ),
            format!(
                "mutation {{ bookAppointment(input: {{ patientId: \"{patient}\", doctorId: \"{doctor}\", visitTypeId: \
                 \"{kind}\", startsAt: \"{starts_at}\", reason: \"A sore knee\" }}) {{ appointment {{ id startsAt status \
                 version }} userErrors {{ code message path }} }} }}"
            ),
            match filled.coming {
                Some(coming) => format!(
                    "mutation {{ confirmAppointment(input: {{ id: \"{}\", expectedVersion: 1 }}) {{ appointment {{ status \
                     startsAt }} userErrors {{ code message }} }} }}",
                    encode_id(coming).as_str()
                ),
                None => mine.to_owned(),
            },
        ],
        Role::Doctor => [
            format!(
                "{{ appointments(filter: {{ from: \"{from}\" }}, first: 20) {{ edges {{ node {{ startsAt status reason \
                 patient {{ displayName }} visitType {{ name }} }} }} }} }}"
            ),
            format!(
                "{{ patients(search: {{ name: \"{}\" }}, first: 5) {{ edges {{ node {{ id displayName birthDate }} }} \
                 totalCount }} }}",
                filled.patient_family.replace(['"', '\\'], " ")
            ),
            format!(
                "subscription {{ appointmentChanged(of: {{ doctor: \"{doctor}\" }}) {{ __typename ... on AppointmentChange \
                 {{ cursor kind appointment {{ id startsAt status }} }} }} }}"
            ),
        ],
        Role::Admin => [
            format!(
                "{{ clinicDay(day: \"{busy}\", first: 20) {{ totalCount edges {{ node {{ startsAt status doctor {{ \
                 displayName }} }} }} }} }}"
            ),
            "{ users(first: 12) { edges { node { id displayName roles status } } } }".to_owned(),
            "mutation { createVisitType(input: { code: \"travel-advice\", name: \"Travel advice\", minutes: 20, modality: \
             VIDEO, requiresApproval: false }) { visitType { id name } userErrors { code message } } }"
                .to_owned(),
        ],
        Role::Analyst => [
            mine.to_owned(),
            "mutation { revokeOtherSessions(input: {}) { sessions { id } userErrors { code } } }".to_owned(),
            "mutation { signOut(input: {}) { session { id revokedAt } userErrors { code } } }".to_owned(),
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::free_time;
    use chrono::{DateTime, Datelike, Days, Timelike, Weekday};
    use chrono_tz::Europe::Madrid;

    #[test]
    fn the_free_time_is_after_hours_on_a_working_day() {
        let first = DateTime::from_timestamp(1_790_000_000, 0).unwrap();
        for days in 0..14 {
            let now = first + Days::new(days);
            let free = free_time(now, Madrid).starts_at.with_timezone(&Madrid);
            assert!(free > now && free.hour() == 17 && free.minute() == 30);
            assert!(!matches!(free.weekday(), Weekday::Sat | Weekday::Sun));
        }
    }
}
