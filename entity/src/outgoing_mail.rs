//! A message that is to be sent. What it says is made when it is sent: neither an address nor a link lies here.

use sea_orm::entity::prelude::*;

use crate::cell::BlindIndex;
use crate::code::MailKind;
use crate::id::MailId;

/// A message that is to be sent.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "outgoing_mail")]
pub struct Model {
    /// The id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: MailId,
    /// The address that it was asked for, for look-ups; whether an account has it shows when it is sent.
    pub email_index: BlindIndex,
    /// What it is about.
    pub kind: MailKind,
    /// How often sending it was begun.
    pub attempts: i32,
    /// From when on it may be sent (again).
    pub due_at: DateTimeUtc,
    /// When it was asked for.
    pub created_at: DateTimeUtc,
}

/// Relations are read by the stores' own joins.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
