//! How the tables came to be, one step a file, in order.
//!
//! A step is SQL in words that both databases read; the few words that differ are filled in by [`dialect`]. This crate
//! never imports `entity`: what a table was then must not move when what it is now does.

use sea_orm_migration::prelude::*;

pub use sea_orm_migration::MigratorTrait;

mod dialect;
mod m0001_people;
mod m0002_appointments;
mod m0003_events;
mod m0004_wrapped_by;
mod m0005_second_factor;
mod m0006_audit;
mod m0007_break_glass;
mod m0008_one_time_links;
mod m0009_audit_filters;
mod m0010_calendar;
mod m0011_chart;
mod m0012_appointment_history;
mod m0013_series;
mod m0014_absence;
mod m0015_waitlist;
mod m0016_reminders;
mod m0017_calendar_feeds;
mod m0018_visits;
mod m0019_alerts;
mod m0020_absence_kept;
mod m0021_chart_sources;
mod m0022_documents;
mod m0023_proposals;
mod m0024_withdrawn;
mod m0025_provenance;
mod m0026_shown_to_many;
mod m0027_looked_at_many;

/// All steps, oldest first.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m0001_people::Migration),
            Box::new(m0002_appointments::Migration),
            Box::new(m0003_events::Migration),
            Box::new(m0004_wrapped_by::Migration),
            Box::new(m0005_second_factor::Migration),
            Box::new(m0006_audit::Migration),
            Box::new(m0007_break_glass::Migration),
            Box::new(m0008_one_time_links::Migration),
            Box::new(m0009_audit_filters::Migration),
            Box::new(m0010_calendar::Migration),
            Box::new(m0011_chart::Migration),
            Box::new(m0012_appointment_history::Migration),
            Box::new(m0013_series::Migration),
            Box::new(m0014_absence::Migration),
            Box::new(m0015_waitlist::Migration),
            Box::new(m0016_reminders::Migration),
            Box::new(m0017_calendar_feeds::Migration),
            Box::new(m0018_visits::Migration),
            Box::new(m0019_alerts::Migration),
            Box::new(m0020_absence_kept::Migration),
            Box::new(m0021_chart_sources::Migration),
            Box::new(m0022_documents::Migration),
            Box::new(m0023_proposals::Migration),
            Box::new(m0024_withdrawn::Migration),
            Box::new(m0025_provenance::Migration),
            Box::new(m0026_shown_to_many::Migration),
            Box::new(m0027_looked_at_many::Migration),
        ]
    }
}
