//! Of which rows a filter is to be asked. Each kind has an index that finds it in the order of the ids.

#![expect(
    clippy::disallowed_methods,
    reason = "the store of the audit's own tables"
)]

use super::finding::Filter;
use super::followers::Crowd;
use entity::audit_entry::{self, Column};
use entity::audit_patient;
use sea_orm::sea_query::{CaseStatement, Expr, ExprTrait as _};
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QuerySelect, Select};

/// How many streams are asked one by one.
const STREAMS: usize = 32;

/// Rows that a filter is to be asked of.
pub struct Source {
    /// The rows, in no order.
    pub select: Select<audit_entry::Entity>,
    /// The id by which an index has them in order.
    pub id: Expr,
    size: Size,
}

impl Source {
    /// For how many entries a row stands, if the database can say it.
    pub fn each(&self) -> Option<Expr> {
        // Of a row of many it says there how many they are; of others it is how often the same was denied.
        let is_of_one = Column::ShownTo.is_null().and(Column::Patients.is_null());
        match self.size {
            Size::Said => {
                let each = CaseStatement::new().case(is_of_one, 1);
                Some(each.finally(Column::Times.into_expr()).into())
            }
            Size::One => Some(Expr::val(1)),
            Size::Named => None,
        }
    }
}

/// How it is known for how many entries rows stand that fit.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Size {
    /// Each says it.
    Said,
    /// Each stands for one of the patient asked about.
    One,
    /// For as many as are asked about among those whom each names.
    Named,
}

/// The rows that a filter is to be asked of: those that its columns find, those that name the patient, and those that name the crowd.
///
/// The last stream by stream, each of which an index has in order: in few streams so many ever followed at the same time. Of
/// more they are asked together, which sorts them.
pub fn sources(filter: &Filter, crowd: Option<&Crowd>) -> Vec<Source> {
    let id = Column::Id.into_expr();
    let own = audit_entry::Entity::find().filter(filter.condition(&id));
    let mut sources = vec![Source {
        select: match crowd {
            Some(_) => own.filter(Column::ShownTo.is_null()),
            None => own,
        },
        id: id.clone(),
        size: Size::Said,
    }];
    if let Some(patient) = filter.patient {
        let id = audit_patient::Column::EntryId.into_expr();
        let mut select = audit_entry::Entity::find();
        QuerySelect::query(&mut select)
            .inner_join(audit_patient::Entity, id.clone().eq(Column::Id.into_expr()));
        sources.push(Source {
            select: select
                .filter(audit_patient::Column::PatientId.eq(patient))
                // Whoever can write the index alone finds nothing else by it.
                .filter(Column::Patients.is_not_null())
                .filter(filter.of_any_patient().condition(&id)),
            id,
            size: Size::One,
        });
    }
    let streams = crowd.map_or([].as_slice(), |crowd| &crowd.streams);
    let together = if streams.len() > STREAMS {
        streams.len()
    } else {
        1
    };
    sources.extend(streams.chunks(together).map(|streams| {
        Source {
            select: audit_entry::Entity::find()
                .filter(filter.of_anybody().condition(&id))
                .filter(Column::Stream.is_in(streams))
                .filter(Expr::cust("shown_to IS NOT NULL")),
            id: id.clone(),
            size: Size::Named,
        }
    }));
    sources
}

#[cfg(test)]
mod tests {
    use super::super::finding::tests::plan_of;
    use super::*;
    use crate::db::Window;
    use entity::id::{AuditEntryId, PatientId, UserId};
    use uuid::Uuid;

    #[tokio::test]
    async fn what_somebody_was_shown_among_many_is_found_in_the_order_of_an_index() {
        let filter = Filter {
            actor: Some(UserId(Uuid::from_u128(7))),
            ..Filter::default()
        };
        let crowd = Crowd {
            streams: vec!["clinic".to_owned(), "doctor:1".to_owned()],
            ..Crowd::default()
        };
        let sources = sources(&filter, Some(&crowd));
        assert_eq!(sources.len(), 3);
        for source in sources.into_iter().skip(1) {
            let plan = plan_of(first_page(source)).await;
            assert!(plan.contains("audit_entry_shown_in"), "{plan}");
            assert!(!plan.contains("TEMP B-TREE"), "{plan}");
        }
    }

    #[tokio::test]
    async fn what_names_a_patient_among_many_is_found_in_the_order_of_an_index() {
        let filter = Filter {
            patient: Some(PatientId(Uuid::from_u128(7))),
            from: Some(chrono::DateTime::UNIX_EPOCH),
            ..Filter::default()
        };
        let sources = sources(&filter, None);
        assert_eq!(sources.len(), 2);
        for source in sources.into_iter().skip(1) {
            let plan = plan_of(first_page(source)).await;
            assert!(
                plan.contains("audit_patient USING PRIMARY KEY (patient_id=? AND entry_id>?)"),
                "{plan}"
            );
            assert!(!plan.contains("TEMP B-TREE"), "{plan}");
        }
    }

    fn first_page(source: Source) -> Select<audit_entry::Entity> {
        let Source { select, id, .. } = source;
        Window::first(20).over_newest(select, [id], |id: &AuditEntryId| [(*id).into()])
    }
}
