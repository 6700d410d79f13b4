//! What the owners of accounts want of reminders.

use super::super::plan::{Quiet, Wishes};
use super::super::store;
use super::super::store::reminders;
use super::oneself;
use crate::accept;
use crate::access::{Action, Resource, Viewer, require};
use crate::error::{Fault, Outcome};
use crate::idempotency;
use crate::patient::digest::claim_of;
use crate::state::State;
use chrono::{NaiveTime, Timelike as _};
use chrono_tz::Tz;
use entity::code::{ReminderChannel, ReminderKind};
use entity::id::UserId;
use entity::notification_preference as preference;
use serde::Serialize;
use std::sync::Arc;

/// What somebody wants of reminders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preferences {
    /// By which ways.
    pub channels: Vec<ReminderChannel>,
    /// Which kinds.
    pub kinds: Vec<ReminderKind>,
    /// From when until when nothing is sent; over midnight when it ends before it begins.
    pub quiet: Option<(NaiveTime, NaiveTime)>,
    /// By the clocks of which zone; by those of the appointment's when none.
    pub zone: Option<Tz>,
    /// Counts the changes; 0 when nothing was ever said.
    pub version: i32,
}

/// What holds for whoever has said nothing: a day and two hours before, both ways, and not at night.
impl Default for Preferences {
    fn default() -> Self {
        let night = NaiveTime::from_hms_opt(22, 0, 0).zip(NaiveTime::from_hms_opt(7, 0, 0));
        Self {
            channels: vec![ReminderChannel::Live, ReminderChannel::Email],
            kinds: vec![ReminderKind::DayBefore, ReminderKind::HoursBefore],
            quiet: night,
            zone: None,
            version: 0,
        }
    }
}

fn time(minute: i32) -> Option<NaiveTime> {
    NaiveTime::from_num_seconds_from_midnight_opt(u32::try_from(minute).ok()? * 60, 0)
}

impl From<preference::Model> for Preferences {
    fn from(row: preference::Model) -> Self {
        let channels = [
            (row.live, ReminderChannel::Live),
            (row.email, ReminderChannel::Email),
        ];
        let kinds = [
            (row.week_before, ReminderKind::WeekBefore),
            (row.day_before, ReminderKind::DayBefore),
            (row.hours_before, ReminderKind::HoursBefore),
        ];
        Self {
            channels: wanted(channels),
            kinds: wanted(kinds),
            quiet: row
                .quiet_from
                .and_then(time)
                .zip(row.quiet_until.and_then(time)),
            zone: row.zone.and_then(|zone| zone.parse().ok()),
            version: row.version,
        }
    }
}

fn wanted<T, const N: usize>(all: [(bool, T); N]) -> Vec<T> {
    let wanted = all.into_iter().filter(|(is_wanted, _)| *is_wanted);
    wanted.map(|(_, one)| one).collect()
}

impl Preferences {
    /// The quiet hours, for an appointment that was agreed in this zone.
    #[must_use]
    pub fn quiet_in(&self, zone: &str) -> Option<Quiet> {
        let (from, until) = self.quiet?;
        let zone = self.zone.or_else(|| zone.parse().ok());
        Some(Quiet {
            from,
            until,
            zone: zone.unwrap_or(Tz::UTC),
        })
    }

    /// What is wanted for an appointment that was agreed in this zone.
    #[must_use]
    pub fn wishes_in(&self, zone: &str) -> Wishes {
        Wishes {
            channels: self.channels.clone(),
            kinds: self.kinds.clone(),
            quiet: self.quiet_in(zone),
        }
    }
}

/// What the viewer wants of reminders.
///
/// # Errors
/// Those of the database; unauthenticated when nobody is signed in.
pub async fn preferences(state: &State, viewer: &Viewer) -> Result<Preferences, Fault> {
    let (user, granted) = oneself(viewer)?;
    let found = store::preference(&state.db, granted, user).await?;
    Ok(found.map(Into::into).unwrap_or_default())
}

/// Change what the viewer wants of reminders. What is absent stays.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ChangePreferences {
    /// As they were read.
    pub expected_version: i32,
    /// By which ways; none for no reminders.
    pub channels: Option<Vec<ReminderChannel>>,
    /// Which kinds.
    pub kinds: Option<Vec<ReminderKind>>,
    /// When nothing is sent; none for never.
    pub quiet: Option<Option<(NaiveTime, NaiveTime)>>,
    /// By the clocks of which zone; by those of the appointment's when none.
    pub zone: Option<Option<String>>,
    /// Under which the answer is remembered.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Why it is not changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PreferencesRefusal {
    /// Full minutes, and an end that is not the beginning.
    InvalidQuietHours,
    /// Not an IANA time zone.
    InvalidZone,
    /// They have changed since they were read.
    Conflict,
    /// The key was used with another input.
    IdempotencyKeyReused,
}

/// The change, looked through; pure.
fn changed(
    before: &Preferences,
    command: ChangePreferences,
) -> Result<Preferences, PreferencesRefusal> {
    let mut after = before.clone();
    if let Some(channels) = command.channels {
        after.channels = channels;
    }
    if let Some(kinds) = command.kinds {
        after.kinds = kinds;
    }
    if let Some(quiet) = command.quiet {
        let is_full = |time: NaiveTime| time.second() == 0 && time.nanosecond() == 0;
        if quiet.is_some_and(|(from, until)| from == until || !is_full(from) || !is_full(until)) {
            return Err(PreferencesRefusal::InvalidQuietHours);
        }
        after.quiet = quiet;
    }
    if let Some(zone) = command.zone {
        let zone = zone.map(|zone| zone.parse::<Tz>());
        after.zone = zone
            .transpose()
            .map_err(|_| PreferencesRefusal::InvalidZone)?;
    }
    Ok(after)
}

fn row(user: UserId, wants: &Preferences, now: chrono::DateTime<chrono::Utc>) -> preference::Model {
    let minute = |time: NaiveTime| i32::try_from(time.num_seconds_from_midnight() / 60).ok();
    let (kinds, channels) = (&wants.kinds, &wants.channels);
    preference::Model {
        user_id: user,
        live: channels.contains(&ReminderChannel::Live),
        email: channels.contains(&ReminderChannel::Email),
        week_before: kinds.contains(&ReminderKind::WeekBefore),
        day_before: kinds.contains(&ReminderKind::DayBefore),
        hours_before: kinds.contains(&ReminderKind::HoursBefore),
        quiet_from: wants.quiet.and_then(|(from, _)| minute(from)),
        quiet_until: wants.quiet.and_then(|(_, until)| minute(until)),
        zone: wants.zone.map(|zone| zone.name().to_owned()),
        version: wants.version + 1,
        updated_at: now,
    }
}

/// Changes what the viewer wants of reminders. What is planned for them follows within seconds.
///
/// # Errors
/// Those of the database; unauthenticated when nobody is signed in.
pub async fn change_preferences(
    state: &State,
    viewer: &Viewer,
    command: ChangePreferences,
) -> Outcome<(), PreferencesRefusal> {
    let user = viewer.signed_in()?.user;
    let granted = require(viewer, Action::Update, &Resource::Account(user))?;
    let key = command.idempotency_key.as_deref();
    let mutation = "updateNotificationPreferences";
    let claim = Arc::new(claim_of(state, user, mutation, key, &command)?);
    state
        .write(viewer, move |tx| {
            let (command, claim) = (command.clone(), Arc::clone(&claim));
            Box::pin(async move {
                let claimed = idempotency::claimed(
                    tx,
                    claim.as_ref().as_ref(),
                    user.0,
                    PreferencesRefusal::IdempotencyKeyReused,
                );
                if accept!(claimed.await?).is_some() {
                    return Ok(Ok(()));
                }
                let before = store::preference_within(tx, user).await?;
                let before: Preferences = before.map(Into::into).unwrap_or_default();
                let expected = command.expected_version;
                if before.version != expected {
                    return Ok(Err(PreferencesRefusal::Conflict));
                }
                let after = accept!(changed(&before, command));
                let row = row(user, &after, tx.clock().now());
                if !store::keep_preference(tx, granted, expected, row).await? {
                    return Ok(Err(PreferencesRefusal::Conflict));
                }
                reminders::plan_anew(tx, user).await?;
                Ok(Ok(()))
            })
        })
        .await
}

#[cfg(test)]
mod tests {
    use super::{ChangePreferences, Preferences, PreferencesRefusal, changed, row};
    use crate::clock::Clock;
    use entity::code::{ReminderChannel, ReminderKind};

    #[test]
    fn what_was_said_reads_back_as_it_was() {
        let clock = Clock::system();
        let command = ChangePreferences {
            channels: Some(vec![ReminderChannel::Email]),
            kinds: Some(vec![ReminderKind::WeekBefore, ReminderKind::HoursBefore]),
            quiet: Some(Some((
                "21:30:00".parse().unwrap(),
                "06:15:00".parse().unwrap(),
            ))),
            zone: Some(Some("Europe/Tallinn".to_owned())),
            ..ChangePreferences::default()
        };
        let said = changed(&Preferences::default(), command).unwrap();
        let read: Preferences = row(clock.new_id(), &said, clock.now()).into();
        assert_eq!(read, Preferences { version: 1, ..said });
        let nothing = changed(&read, ChangePreferences::default()).unwrap();
        assert_eq!(nothing, read);
        let never = ChangePreferences {
            quiet: Some(None),
            zone: Some(None),
            ..ChangePreferences::default()
        };
        let never = changed(&read, never).unwrap();
        assert_eq!((never.quiet, never.zone), (None, None));
        assert_eq!(never.quiet_in("Europe/Tallinn"), None);
    }

    #[test]
    fn quiet_hours_that_mean_nothing_are_refused() {
        let said = |from: &str, until: &str| {
            let command = ChangePreferences {
                quiet: Some(Some((from.parse().unwrap(), until.parse().unwrap()))),
                ..ChangePreferences::default()
            };
            changed(&Preferences::default(), command).map(drop)
        };
        let refused = Err(PreferencesRefusal::InvalidQuietHours);
        assert_eq!(said("22:00:00", "22:00:00"), refused);
        assert_eq!(said("22:00:30", "07:00:00"), refused);
        assert_eq!(said("22:00:00", "21:59:00"), Ok(()));
        let elsewhere = ChangePreferences {
            zone: Some(Some("Mars/Olympus".to_owned())),
            ..ChangePreferences::default()
        };
        let refused = changed(&Preferences::default(), elsewhere);
        assert_eq!(refused.unwrap_err(), PreferencesRefusal::InvalidZone);
    }
}
