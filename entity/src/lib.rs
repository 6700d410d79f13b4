//! The tables as types: what a row is, and nothing else.
//!
//! One module a table, typed ids so that a patient's id cannot stand where a doctor's belongs, coded values as closed
//! enums, and the two shapes in which a person's data lies in a row: [`cell::Sealed`] and [`cell::BlindIndex`].
//! This crate knows sea-orm. It refuses to know GraphQL, keys, policy, or how the tables came to be.

pub mod cell;
pub mod code;
pub mod id;

pub mod absence;
pub mod alert_call;
pub mod appointment;
pub mod appointment_change;
pub mod appointment_kind;
pub mod appointment_series;
pub mod attendance;
pub mod audit_entry;
pub mod audit_follower;
pub mod audit_key;
pub mod audit_link;
pub mod audit_patient;
pub mod availability_exception;
pub mod availability_rule;
pub mod break_glass_grant;
pub mod calendar_feed;
pub mod care_team_member;
pub mod change_proposal;
pub mod chart_record;
pub mod chart_source;
pub mod chart_version;
pub mod coverage;
pub mod department;
pub mod doctor;
pub mod document;
pub mod document_upload;
pub mod document_waste;
pub mod event;
pub mod idempotency;
pub mod key_check;
pub mod mfa_challenge;
pub mod notification;
pub mod notification_preference;
pub mod one_time_link;
pub mod outgoing_mail;
pub mod patient;
pub mod patient_index;
pub mod recovery_code;
pub mod refresh_token;
pub mod reminder;
pub mod reminder_task;
pub mod second_factor;
pub mod session;
pub mod sign_in_throttle;
pub mod stream_head;
pub mod user;
pub mod visit_type;
pub mod vital_alert;
pub mod vital_threshold;
pub mod waitlist_entry;
pub mod waitlist_offer;
pub mod waitlist_turn;
