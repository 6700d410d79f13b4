//! A kind of visit.

use sea_orm::entity::prelude::*;

use crate::code::Modality;
use crate::id::VisitTypeId;

/// A kind of visit.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "visit_type")]
pub struct Model {
    /// The id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: VisitTypeId,
    /// A short name for programs; unique.
    pub code: String,
    /// What patients call it.
    pub name: String,
    /// How long it takes, in minutes.
    pub minutes: i32,
    /// How patient and doctor meet.
    pub modality: Modality,
    /// Whether a patient can only ask for it, and the doctor accepts.
    pub requires_approval: bool,
    /// Whether it can be booked now.
    pub active: bool,
    /// Counts the changes of this row.
    pub version: i32,
    /// For how many minutes before it the doctor is not to be had either.
    pub buffer_before: i32,
    /// For how many minutes after it the doctor is not to be had yet.
    pub buffer_after: i32,
    /// How many minutes ahead a patient books at the latest.
    pub minimum_notice: i32,
    /// How many days ahead a patient books at the earliest.
    pub maximum_advance: i32,
    /// How many patients come at once; more than one makes it a group visit.
    pub capacity: i32,
}

/// Relations are read by the stores' own joins.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
