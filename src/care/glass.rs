//! The rules of break-glass, pure: what a justification must be, when a grant is in force, what is overdue, how one that
//! nobody ended has ended.

use chrono::{DateTime, TimeDelta, Utc};
use entity::break_glass_grant as grant;
use entity::code::BreakGlassEnd;
use entity::session;

/// No grant lasts longer, whatever the setting says.
pub const LONGEST: TimeDelta = TimeDelta::minutes(60);
/// A grant that nobody has reviewed so long after it began is overdue.
pub const REVIEWED_WITHIN: TimeDelta = TimeDelta::hours(72);
/// The shortest justification, in characters.
pub const SHORTEST_WORDS: usize = 20;
/// The longest justification, and the longest note, in characters.
pub const LONGEST_WORDS: usize = 1000;

/// What is wrong with a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Problem {
    /// Fewer characters than must be.
    TooShort,
    /// More characters than are kept.
    TooLong,
    /// A control character that is no line's end.
    InvalidCharacter,
}

/// A text of at least so many characters, trimmed; what is blank does not count however long.
///
/// # Errors
/// What is wrong with it.
pub fn words(text: &str, least: usize) -> Result<String, Problem> {
    let text = text.trim();
    let visible = text.chars().filter(|c| !c.is_whitespace()).count();
    if text.chars().any(|c| c.is_control() && c != '\n') {
        Err(Problem::InvalidCharacter)
    } else if text.chars().nth(LONGEST_WORDS).is_some() {
        Err(Problem::TooLong)
    } else if text.chars().count() < least || visible * 2 < least {
        Err(Problem::TooShort)
    } else {
        Ok(text.to_owned())
    }
}

/// When a grant that begins now ends at the latest.
#[must_use]
pub fn expiry(now: DateTime<Utc>, lasts: TimeDelta) -> DateTime<Utc> {
    now + lasts.clamp(TimeDelta::seconds(1), LONGEST)
}

/// Whether the grant is in force at this instant, as far as its own row says: that its session is live is for whoever
/// has the session at hand.
#[must_use]
pub fn in_force(row: &grant::Model, now: DateTime<Utc>) -> bool {
    row.ended_at.is_none() && row.starts_at <= now && now < row.expires_at
}

/// When the grant ended, or will at the latest.
#[must_use]
pub fn end(row: &grant::Model) -> DateTime<Utc> {
    row.ended_at.unwrap_or(row.expires_at)
}

/// Whether the grant should have been reviewed by now.
#[must_use]
pub fn is_overdue(row: &grant::Model, now: DateTime<Utc>) -> bool {
    row.reviewed_at.is_none() && now >= row.starts_at + REVIEWED_WITHIN
}

/// How a grant that nobody ended has ended by now, if it has: by its time, or with the session it was given in. A session
/// whose row is gone has ended long ago.
#[must_use]
pub fn lapse(
    row: &grant::Model,
    session: Option<&session::Model>,
    now: DateTime<Utc>,
) -> Option<(DateTime<Utc>, BreakGlassEnd)> {
    if row.ended_at.is_some() {
        return None;
    }
    let session_end = match session {
        None => row.expires_at,
        Some(session) => session
            .idle_expires_at
            .min(session.expires_at)
            .min(session.revoked_at.unwrap_or(session.expires_at)),
    };
    let (at, how) = if session_end < row.expires_at {
        (session_end.max(row.starts_at), BreakGlassEnd::SessionEnded)
    } else {
        (row.expires_at, BreakGlassEnd::Expired)
    };
    (at <= now).then_some((at, how))
}

#[cfg(test)]
mod tests {
    use super::*;
    use entity::cell::Sealed;
    use entity::code::BreakGlassReason;
    use entity::id::{BreakGlassGrantId, DoctorId, PatientId, SessionId, UserId};
    use proptest::prelude::*;
    use uuid::Uuid;

    fn at(minute: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::minutes(minute)
    }

    fn grant(minutes: i64) -> grant::Model {
        grant::Model {
            id: BreakGlassGrantId(Uuid::nil()),
            patient_id: PatientId(Uuid::nil()),
            doctor_id: DoctorId(Uuid::nil()),
            user_id: UserId(Uuid::nil()),
            session_id: SessionId(Uuid::nil()),
            reason: BreakGlassReason::EmergencyTreatment,
            justification: Sealed::GONE,
            starts_at: at(0),
            expires_at: expiry(at(0), TimeDelta::minutes(minutes)),
            ended_at: None,
            end_reason: None,
            reviewed_at: None,
            reviewed_by: None,
            outcome: None,
            note: None,
            version: 1,
        }
    }

    fn session(idle: i64, absolute: i64, revoked: Option<i64>) -> session::Model {
        session::Model {
            id: SessionId(Uuid::nil()),
            user_id: UserId(Uuid::nil()),
            auth_epoch: 0,
            device: Sealed::GONE,
            created_at: at(-5),
            last_used_at: at(0),
            idle_expires_at: at(idle),
            expires_at: at(absolute),
            revoked_at: revoked.map(at),
            proved_at: None,
        }
    }

    #[test]
    fn a_justification_has_twenty_characters_and_they_are_no_blanks() {
        assert_eq!(
            words("  unconscious, found at the station ", 20),
            Ok("unconscious, found at the station".to_owned())
        );
        assert_eq!(words("unconscious, found", 20), Err(Problem::TooShort));
        assert_eq!(
            words("a                        b", 20),
            Err(Problem::TooShort)
        );
        assert_eq!(words(&"x".repeat(1001), 20), Err(Problem::TooLong));
        assert_eq!(
            words("unconscious\u{0} at the station", 20),
            Err(Problem::InvalidCharacter)
        );
        assert!(words("ei räägi, leiti jaamast\nteadvuseta", 20).is_ok());
    }

    #[test]
    fn a_grant_is_overdue_after_three_days_unless_reviewed() {
        let mut row = grant(60);
        assert!(!is_overdue(&row, at(72 * 60 - 1)));
        assert!(is_overdue(&row, at(72 * 60)));
        row.reviewed_at = Some(at(100));
        assert!(!is_overdue(&row, at(72 * 60)));
    }

    proptest! {
        #[test]
        fn no_grant_is_in_force_before_it_begins_after_an_hour_or_once_it_has_ended(
            minutes in 0_i64..200, now in -10_i64..300, ended in prop::option::of(0_i64..100)
        ) {
            let mut row = grant(minutes);
            row.ended_at = ended.map(at);
            let holds = in_force(&row, at(now));
            prop_assert!(!holds || (0..60).contains(&now));
            prop_assert!(!holds || ended.is_none());
            prop_assert!(end(&row) <= at(100).max(at(60)));
        }

        #[test]
        fn a_grant_lapses_with_the_first_of_its_time_and_its_session(
            minutes in 1_i64..90, idle in 0_i64..120, absolute in 0_i64..120,
            revoked in prop::option::of(0_i64..120), now in 0_i64..200
        ) {
            let row = grant(minutes);
            let session = session(idle, absolute, revoked);
            let first = idle.min(absolute).min(revoked.unwrap_or(absolute)).min(minutes.min(60));
            match lapse(&row, Some(&session), at(now)) {
                Some((ended, _)) => {
                    prop_assert!(ended <= at(now));
                    prop_assert_eq!(ended, at(first));
                }
                None => prop_assert!(at(now) < at(first)),
            }
        }
    }
}
