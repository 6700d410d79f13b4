//! The entries of the table: the whole schema, type by type.

mod absence;
mod account;
mod appointment;
mod break_glass;
mod calendar;
mod chart;
mod document;
mod links;
mod notification;
mod oversight;
mod people;
mod proposal;
mod queue;
mod roots;
mod second_factor;
mod series;
mod visit;
mod waitlist;

use super::Rule;
use entity::code::Roles;

/// A type, who may ask, and for which of its fields.
pub(super) type Entry = (&'static str, Rule, &'static [&'static str]);

const PUBLIC: Rule = Rule::Public;
const PROVED: Rule = Rule::Proved;
const SIGNED_IN: Rule = Rule::SignedIn;
const ADMIN: Rule = Rule::Roles(Roles::ADMIN);
/// Doctors and administrators.
const STAFF: Rule = Rule::Roles(Roles::DOCTOR.with(Roles::ADMIN));
/// Everybody but analysts, who reach no person, and accounts that have no role yet.
const PEOPLE: Rule = Rule::Roles(Roles::PATIENT.with(Roles::DOCTOR).with(Roles::ADMIN));

/// The rooms' parts of the table.
pub(super) const ENTRIES: [&[Entry]; 18] = [
    roots::ENTRIES,
    absence::ENTRIES,
    account::ENTRIES,
    links::ENTRIES,
    second_factor::ENTRIES,
    people::ENTRIES,
    appointment::ENTRIES,
    break_glass::ENTRIES,
    calendar::ENTRIES,
    series::ENTRIES,
    waitlist::ENTRIES,
    chart::ENTRIES,
    visit::ENTRIES,
    proposal::ENTRIES,
    document::ENTRIES,
    notification::ENTRIES,
    oversight::ENTRIES,
    queue::ENTRIES,
];
