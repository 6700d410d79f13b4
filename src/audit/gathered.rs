//! What followers of streams were shown at about the same time, as few entries.

use super::entry::{Follower, Maker, purpose};
use super::many::MANY;
use crate::access::Look;
use entity::audit_entry::Model;
use entity::code::Roles;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// What one follower was shown.
pub(super) struct Shown {
    pub follower: Arc<Follower>,
    pub look: Look,
}

/// The entries of it.
#[derive(Default)]
pub(super) struct Gathered {
    /// Of one each.
    pub single: Vec<Model>,
    /// Of many each.
    pub many: Vec<Model>,
    /// Who is named by those and not written down yet, by their numbers.
    pub new: HashMap<i32, Arc<Follower>>,
}

/// What an entry of many says of each of them.
#[derive(PartialEq, Eq, Hash)]
struct Alike {
    stream: Arc<str>,
    operation: Arc<str>,
    fields: Arc<str>,
    look: Look,
    purpose: Option<&'static str>,
}

impl Shown {
    /// Whether it is what this one was shown, said of another. Cheap for those of one operation, which share its texts.
    fn is_as(&self, other: &Self) -> bool {
        let (one, two) = (&*self.follower, &*other.follower);
        let same = |one: &Arc<str>, two: &Arc<str>| Arc::ptr_eq(one, two) || one == two;
        self.look == other.look
            && one.row.roles == two.row.roles
            && one.stream == two.stream
            && same(&one.operation, &two.operation)
            && same(&one.fields, &two.fields)
    }

    fn alike(&self) -> Alike {
        let (follower, look) = (&self.follower, self.look);
        let roles = Roles(follower.row.roles);
        Alike {
            stream: Arc::clone(&follower.stream),
            operation: Arc::clone(&follower.operation),
            fields: Arc::clone(&follower.fields),
            look,
            purpose: look.relationship.map(|it| purpose(it, roles)),
        }
    }
}

/// Who were shown alike, in order: whoever was shown it again is in the next crowd, too.
#[derive(Default)]
struct Crowds {
    times: HashMap<i32, usize>,
    crowds: Vec<Vec<Arc<Follower>>>,
}

impl Crowds {
    /// With room for so many.
    fn of(many: usize) -> Self {
        Self {
            times: HashMap::with_capacity(many),
            crowds: Vec::new(),
        }
    }

    fn join(&mut self, follower: Arc<Follower>) {
        let times = self.times.entry(follower.row.number).or_default();
        match self.crowds.get_mut(*times) {
            Some(crowd) => crowd.push(follower),
            None => self.crowds.push(vec![follower]),
        }
        *times += 1;
    }
}

/// Gathers what was shown: the entries, in the order in which the first of each was shown it.
pub(super) fn gathered(maker: &Maker, shown: Vec<Shown>) -> Gathered {
    let mut places: HashMap<Alike, usize> = HashMap::new();
    let mut looks: Vec<(Look, Crowds)> = Vec::new();
    let mut last: Option<(Shown, usize)> = None;
    // Nearly all were shown the same, as a rule.
    let most = shown.len();
    for one in shown {
        let as_last = last.as_ref().filter(|(last, _)| one.is_as(last));
        let place = as_last.map(|(_, place)| *place).unwrap_or_else(|| {
            *places.entry(one.alike()).or_insert_with(|| {
                let room = if looks.is_empty() { most } else { 0 };
                looks.push((one.look, Crowds::of(room)));
                looks.len() - 1
            })
        });
        if let Some((_, crowds)) = looks.get_mut(place) {
            crowds.join(Arc::clone(&one.follower));
        }
        last = Some((one, place));
    }
    let mut gathered = Gathered::default();
    for (look, crowds) in looks {
        for crowd in crowds.crowds {
            gathered.add(maker, &look, &crowd);
        }
    }
    gathered
}

impl Gathered {
    fn add(&mut self, maker: &Maker, look: &Look, crowd: &[Arc<Follower>]) {
        if crowd.len() < MANY {
            let single = crowd.iter().map(|follower| maker.shown(follower, look));
            self.single.extend(single);
            return;
        }
        self.many.extend(maker.shown_to_many(crowd, look));
        let new = crowd
            .iter()
            .filter(|it| !it.is_kept.load(Ordering::Relaxed));
        self.new
            .extend(new.map(|it| (it.row.number, Arc::clone(it))));
    }
}
