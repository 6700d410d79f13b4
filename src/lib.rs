//! A real-time patient tracker: one GraphQL API, with live subscriptions that lose nothing.
//!
//! # The map of the house
//!
//! Arrows point down only; a test holds them (`tests/architecture.rs`).
//!
//! | floor | rooms |
//! |---|---|
//! | the command line | `main.rs`, [`cli`] |
//! | wiring | [`app`] |
//! | the wire | [`http`], [`gate`] |
//! | the graph | [`schema`], the faces (`<room>/graphql`), the kit ([`graphql`]) |
//! | the domain | [`account`] → [`patient`], [`doctor`] → [`care`] → [`schedule`] → [`appointment`] → [`waitlist`] → [`chart`] → [`proposal`] → [`document`] → [`export`] → [`feed`] → [`notification`] → [`oversight`] |
//! | the floor under all verbs | [`state`], [`auth`], [`access`], [`audit`], [`event`], [`keyring`] |
//! | the ground | [`db`], [`meter`], [`vault`], [`batch`], [`recent`], [`mail`], [`depot`], [`scan`], [`wake`], [`interaction`], [`config`], [`clock`], [`error`] |
//!
//! In each room: `mod.rs` (the door), `service.rs` (verbs), `store.rs` (selects and writes), `graphql.rs` (the face), and
//! pure rule files beside them. A room calls the services of earlier rooms only.

pub mod access;
pub mod account;
pub mod app;
pub mod appointment;
pub mod audit;
pub mod auth;
pub mod batch;
pub mod care;
pub mod chart;
pub mod cli;
pub mod clock;
pub mod config;
pub mod db;
pub mod depot;
pub mod doctor;
pub mod document;
pub mod error;
pub mod event;
pub mod export;
pub mod feed;
pub mod fhir;
pub mod gate;
pub mod graphql;
pub mod http;
pub mod idempotency;
pub mod intake;
pub mod interaction;
pub mod keyring;
pub mod loaders;
pub mod mail;
pub mod meter;
pub mod notification;
pub mod oversight;
pub mod patient;
pub mod proposal;
pub mod recent;
pub mod sample;
pub mod scan;
pub mod schedule;
pub mod schema;
pub mod state;
pub mod vault;
pub mod waitlist;
pub mod wake;
