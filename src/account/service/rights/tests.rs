use super::*;

const EVERY: [Roles; 4] = [Roles::PATIENT, Roles::DOCTOR, Roles::ADMIN, Roles::ANALYST];

fn found(roles: Roles, called_for: Roles, another_administrator: bool) -> Found {
    Found {
        roles,
        clearance: Confidentiality::Restricted,
        called_for,
        another_administrator,
    }
}

/// What is left of these roles when one is given and one is taken, or why not.
fn given(role: Roles, found: Found) -> Result<Roles, AssignRoleRefusal> {
    let command = AssignRole {
        user: UserId(uuid::Uuid::nil()),
        role,
        expected_version: 1,
        idempotency_key: None,
    };
    command.after(found).map(|(roles, _)| roles)
}

fn taken(role: Roles, found: Found) -> Result<Roles, WithdrawRoleRefusal> {
    let command = WithdrawRole {
        user: UserId(uuid::Uuid::nil()),
        role,
        expected_version: 1,
        idempotency_key: None,
    };
    command.after(found).map(|(roles, _)| roles)
}

#[test]
fn a_role_that_was_given_and_taken_leaves_the_others() {
    let both = Roles::PATIENT.with(Roles::DOCTOR);
    for role in EVERY {
        for bits in 0..16 {
            let before = Roles(bits);
            let after = given(role, found(before, both, true));
            assert_eq!(after, Ok(before.with(role)));
            let after = taken(role, found(before.with(role), Roles::NONE, true));
            assert_eq!(after, Ok(before.without(role)));
        }
    }
}

#[test]
fn patients_have_records_and_doctors_entries() {
    use {AssignRoleRefusal as No, WithdrawRoleRefusal as Stays};
    let nobody = found(Roles::ANALYST, Roles::NONE, true);
    assert_eq!(given(Roles::PATIENT, nobody), Err(No::NoPatientRecord));
    assert_eq!(given(Roles::DOCTOR, nobody), Err(No::NoDoctorEntry));
    let patient = found(Roles::PATIENT, Roles::PATIENT, true);
    assert_eq!(taken(Roles::PATIENT, patient), Err(Stays::HasPatientRecord));
    let doctor = found(Roles::DOCTOR, Roles::DOCTOR, true);
    assert_eq!(taken(Roles::DOCTOR, doctor), Ok(Roles::NONE));
}

#[test]
fn the_last_administrator_stays_one() {
    let refused = Err(WithdrawRoleRefusal::LastAdministrator);
    let both = Roles::ADMIN.with(Roles::ANALYST);
    assert_eq!(
        taken(Roles::ADMIN, found(both, Roles::NONE, false)),
        refused
    );
    assert_eq!(
        taken(Roles::ADMIN, found(both, Roles::NONE, true)),
        Ok(Roles::ANALYST)
    );
    assert_eq!(
        taken(Roles::ANALYST, found(both, Roles::NONE, false)),
        Ok(Roles::ADMIN)
    );
}
