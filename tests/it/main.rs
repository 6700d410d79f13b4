//! The clinic through its front door: every test starts a server of its own with a database of its own, and does what a
//! client would do. Each runs on SQLite and on PostgreSQL with Redis.
//!
//! Run them with `./test.sh`, which starts PostgreSQL and Redis; without those the tests fail, they are never skipped.
#![expect(
    clippy::unwrap_used,
    reason = "where something that must be there is not, the test has failed"
)]

#[macro_use]
mod support;

mod absence;
mod absence_of_many;
mod abuse;
mod alerts;
mod at_rest;
mod audit;
mod audit_chain;
mod audit_log;
mod audit_refusals;
mod audit_role;
mod audit_whole;
mod booking;
mod bounds;
mod break_glass;
mod bus;
mod calendar;
mod cares;
mod chart;
mod charts_live;
mod checked;
mod choir;
mod clearance;
mod cluster;
mod crashes;
mod directory;
mod documents;
mod documents_bucket;
mod documents_kept;
mod documents_live;
mod documents_refused;
mod documents_slow;
mod door;
mod erasure;
mod export;
mod feeds;
mod flood;
mod guards;
mod guesses;
mod identity;
mod import;
mod import_bookings;
mod import_meaning;
mod import_names;
mod kept;
mod keys;
mod lifecycle;
mod links;
mod live;
mod look;
mod looked_at_many;
mod mail;
mod masks;
mod metrics;
#[cfg(feature = "mutation")]
mod mutation;
mod notifications;
mod obey;
mod opening;
mod oracle;
mod pages;
mod panel;
mod patients_live;
mod periods;
mod places;
mod policy;
mod proposals;
mod proposals_bounds;
mod proposals_live;
mod queue;
mod reading;
mod recorded;
mod reminders;
mod reminders_of_many;
mod retention;
mod retries;
mod rights;
mod roots;
mod round_trip;
mod rules;
mod rush;
mod safety;
mod second_factor;
mod sentinels;
mod series;
mod series_changes;
mod sessions;
mod sharing;
mod shown_to_many;
mod sse;
mod statements;
mod step_up;
mod stop;
mod table;
mod visit_course;
mod visits;
mod vitals;
mod waiting;
mod waitlist;
mod waitlist_races;
mod walk;
mod writers;
