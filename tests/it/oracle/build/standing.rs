//! What goes with an account: the record and the entry of its roles, and whether it is shut out.

use super::record::patient;
use super::word;
use crate::oracle::grants::becomes;
use crate::oracle::world::{Doctor, World};
use crate::support::App;
use entity::code::{Roles, UserStatus};
use entity::id::DoctorId;

impl World {
    /// Of the accounts of each role the last are not what they were: one invited again, one locked, one disabled. Of the
    /// doctors some have a second factor.
    pub(super) async fn shut_out(&mut self, app: &App) {
        for role in [Roles::PATIENT, Roles::DOCTOR, Roles::ADMIN] {
            let all = self.accounts.iter().enumerate();
            let of_role = all.filter(|(_, one)| one.roles == role);
            let mut of_role: Vec<_> = of_role.map(|(at, _)| at).collect();
            for status in [
                UserStatus::Invited,
                UserStatus::Locked,
                UserStatus::Disabled,
            ] {
                // One administrator of each clearance is enough, and the first changes what followers are told.
                let at = if role == Roles::ADMIN {
                    of_role.remove(1)
                } else {
                    of_role.pop().unwrap()
                };
                becomes(app, self.accounts[at].id, status).await;
                self.accounts[at].status = status;
            }
            for at in of_role
                .into_iter()
                .step_by(2)
                .filter(|_| role == Roles::DOCTOR)
            {
                self.accounts[at].proved = true;
            }
        }
        // What is known of a session is believed for a moment.
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    }

    /// Gives an account the record and the entry that go with its roles.
    pub(super) fn belongs(&mut self, app: &App, at: usize, roles: Roles) {
        if roles.any_of(Roles::DOCTOR) && self.accounts[at].doctor.is_none() {
            self.accounts[at].doctor = Some(self.doctors.len());
            let number = self.doctors.len();
            self.doctors.push(Doctor {
                id: app.clock.new_id::<DoctorId>().0,
                given: word('D', number),
                family: word('Y', number),
                licence: format!("LIC-{number:04}"),
                version: 1,
            });
        }
        if roles.any_of(Roles::PATIENT) && self.accounts[at].patient.is_none() {
            self.accounts[at].patient = Some(self.patients.len());
            let number = self.patients.len();
            self.patients.push(patient(app, number));
        }
    }
}
