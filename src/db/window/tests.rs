//! Windows over lists with ties: walked from either end they give the list, in memory and out of a database.

use super::{End, Stretch, Window};
use proptest::prelude::*;
use sea_orm::sea_query::{Expr, Index};
use sea_orm::{
    ActiveValue::Set, ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend,
    EntityTrait, QueryTrait, Schema, Value,
};

/// By rank, of which many have the same, then by id.
type Key = (i64, i64);

mod thing {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "thing")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i64,
        pub rank: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

#[expect(
    clippy::disallowed_methods,
    reason = "the table of a test is nobody's to see"
)]
fn select(window: &Window<Key>, is_newest: bool) -> sea_orm::Select<thing::Entity> {
    use sea_orm::ColumnTrait;
    let columns: [Expr; 2] = [
        thing::Column::Rank.into_expr(),
        thing::Column::Id.into_expr(),
    ];
    let values = |(rank, id): &Key| -> [Value; 2] { [(*rank).into(), (*id).into()] };
    match is_newest {
        true => window.over_newest(thing::Entity::find(), columns, values),
        false => window.over(thing::Entity::find(), columns, values),
    }
}

struct Table {
    runtime: tokio::runtime::Runtime,
    database: DatabaseConnection,
}

impl Table {
    fn open() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let mut options = ConnectOptions::new("sqlite::memory:");
        // Each connection would have a memory of its own.
        options.max_connections(1).sqlx_logging(false);
        let database = runtime.block_on(async {
            let database = Database::connect(options).await.unwrap();
            let table = Schema::new(DbBackend::Sqlite).create_table_from_entity(thing::Entity);
            database.execute(&table).await.unwrap();
            let index = Index::create()
                .name("by_rank")
                .table(thing::Entity)
                .col(thing::Column::Rank)
                .to_owned();
            database.execute(&index).await.unwrap();
            database
        });
        Self { runtime, database }
    }

    fn fill(&self, list: &[Key]) {
        let rows = list.iter().map(|(rank, id)| thing::ActiveModel {
            id: Set(*id),
            rank: Set(*rank),
        });
        self.runtime.block_on(async {
            let all = thing::Entity::delete_many();
            all.exec(&self.database).await.unwrap();
            if !list.is_empty() {
                let insert = thing::Entity::insert_many(rows);
                insert.exec_without_returning(&self.database).await.unwrap();
            }
        });
    }

    fn read(&self, window: &Window<Key>, is_newest: bool) -> Stretch<Key> {
        let select = select(window, is_newest);
        let rows = self.runtime.block_on(select.all(&self.database));
        window.cut(rows.unwrap()).map(|row| (row.rank, row.id))
    }
}

fn in_memory(list: &[Key], window: &Window<Key>) -> Stretch<Key> {
    window.of(list, |key| *key).map(|key| *key)
}

/// The pages of a walk from one end to the other, as they were read.
fn walk(from: End, most: u64, read: impl Fn(&Window<Key>) -> Stretch<Key>) -> Vec<Vec<Key>> {
    let mut pages = Vec::new();
    let mut window = Window {
        from,
        ..Window::first(most)
    };
    loop {
        let page = read(&window);
        match from {
            End::First => window.after = page.rows.last().copied(),
            End::Last => window.before = page.rows.first().copied(),
        }
        pages.push(page.rows);
        if !page.more {
            return pages;
        }
    }
}

/// Lists in the order of their keys, with few ranks for many ids.
fn lists() -> impl Strategy<Value = Vec<Key>> {
    prop::collection::btree_set((0..4_i64, 0..200_i64), 0..40).prop_map(|keys| {
        let mut seen = std::collections::BTreeSet::new();
        let once = keys.into_iter().filter(|(_, id)| seen.insert(*id));
        once.collect()
    })
}

fn windows() -> impl Strategy<Value = Window<Key>> {
    let key = || prop::option::of((0..4_i64, 0..200_i64));
    let from = prop::sample::select(&[End::First, End::Last][..]);
    (from, 1..12_u64, key(), key()).prop_map(|(from, most, after, before)| Window {
        from,
        most,
        after,
        before,
    })
}

fn is_the_list(list: &[Key], most: u64, read: impl Fn(&Window<Key>) -> Stretch<Key>) {
    let forward = walk(End::First, most, &read);
    assert_eq!(forward.concat(), list, "forward by {most}");
    let mut backward = walk(End::Last, most, &read);
    backward.reverse();
    assert_eq!(backward.concat(), list, "backward by {most}");
    for pages in [&forward[..forward.len() - 1], &backward[1..]] {
        assert!(pages.iter().all(|page| page.len() as u64 == most));
    }
}

proptest! {
    #[test]
    fn pages_laid_end_to_end_are_the_list_from_either_end(list in lists(), most in 1..12_u64) {
        is_the_list(&list, most, |window| in_memory(&list, window));
    }

    #[test]
    fn a_window_holds_what_lies_between_its_keys(list in lists(), window in windows()) {
        let between = |key: &&Key| {
            window.after.is_none_or(|after| **key > after)
                && window.before.is_none_or(|before| **key < before)
        };
        let all: Vec<Key> = list.iter().filter(between).copied().collect();
        let most = usize::try_from(window.most).unwrap().min(all.len());
        let rows = match window.from {
            End::First => &all[..most],
            End::Last => &all[all.len() - most..],
        };
        let more = all.len() > most;
        prop_assert_eq!(in_memory(&list, &window), Stretch { rows: rows.to_vec(), more });
    }
}

#[test]
fn a_database_reads_the_same_windows() {
    let table = Table::open();
    let config = ProptestConfig {
        cases: 64,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let given = (lists(), 1..12_u64, prop::collection::vec(windows(), 8));
    proptest!(config, |((list, most, windows) in given)| {
        table.fill(&list);
        is_the_list(&list, most, |window| table.read(window, false));
        for window in windows {
            prop_assert_eq!(table.read(&window, false), in_memory(&list, &window), "{:?}", window);
        }
        let newest: Vec<Key> = list.into_iter().rev().collect();
        is_the_list(&newest, most, |window| table.read(window, true));
    });
}

#[test]
fn from_the_end_the_whole_order_is_turned_and_an_index_has_where_to_start() {
    let window = Window {
        from: End::Last,
        most: 5,
        after: Some((1, 10)),
        before: Some((3, 30)),
    };
    assert_eq!(
        select(&window, false)
            .build(DbBackend::Postgres)
            .to_string(),
        "SELECT \"thing\".\"id\", \"thing\".\"rank\" FROM \"thing\" \
         WHERE \"thing\".\"rank\" >= 1 AND (\"thing\".\"rank\" > 1 OR \"thing\".\"id\" > 10) \
         AND (\"thing\".\"rank\" <= 3 AND (\"thing\".\"rank\" < 3 OR \"thing\".\"id\" < 30)) \
         ORDER BY \"thing\".\"rank\" DESC, \"thing\".\"id\" DESC LIMIT 6"
    );
}
