//! Doctors' hours and absences: all that is tried of them is refused, to whoever may as to whoever may not, but not alike.

use super::Expect::{self, Refused};
use super::Tries;
use crate::oracle::world::Thing;
use crate::support::Random;
use entity::code::Roles;

impl Tries<'_> {
    /// Hours that cannot be, or of nothing that there is: whoever may keep them hears that, and nobody else.
    pub(super) fn on_hours(&self, who: usize, name: &str, random: &mut Random) -> (String, Expect) {
        let (world, account) = (self.world, &self.world.accounts[who]);
        let (_, doctor) = self.pair(who, random);
        let id = world.id(Thing::Doctor(doctor));
        let keeps = account.is(Roles::ADMIN) || account.doctor == Some(doctor);
        let nothing = "7".repeat(32);
        let (input, expect) = match name {
            "addAvailabilityRule" => (
                format!("doctorId: \"{id}\" weekdays: [] from: \"09:00:00\" until: \"10:00:00\""),
                None,
            ),
            "addAvailabilityException" => (
                format!("doctorId: \"{id}\" kind: CLOSED firstDay: \"1999-01-01\""),
                None,
            ),
            "markAbsence" => (
                format!(
                    "doctorId: \"{id}\" kind: OTHER startsAt: \"1999-01-01T00:00:00Z\" endsAt: \"1999-01-02T00:00:00Z\""
                ),
                None,
            ),
            "resolveAbsence" => (format!("id: \"abs_{nothing}\""), Some("NOT_FOUND")),
            "endAbsence" | "updateAbsence" => (
                format!("id: \"abs_{nothing}\" expectedVersion: 1"),
                Some("NOT_FOUND"),
            ),
            "removeAvailabilityException" => (format!("id: \"avx_{nothing}\""), Some("NOT_FOUND")),
            "endAvailabilityRule" => (
                format!("id: \"avr_{nothing}\" expectedVersion: 1 lastDay: \"2031-01-01\""),
                Some("NOT_FOUND"),
            ),
            _ => (
                format!("id: \"avr_{nothing}\" expectedVersion: 1"),
                Some("NOT_FOUND"),
            ),
        };
        let expect = match expect {
            _ if !self.is_staff(who) => Refused("FORBIDDEN"),
            Some(code) => Refused(code),
            None if keeps => Expect::Stuck(&["INVALID_WEEKDAYS", "INVALID_DAYS", "INVALID_PERIOD"]),
            None => Refused("FORBIDDEN"),
        };
        (input, expect)
    }
}
