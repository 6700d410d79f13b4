//! Pages as a client walks them: by cursors alone.

use super::{Asked, Page, PageInfo, cursor, unsaid};
use crate::db::{End, Window};
use crate::error::Fault;
use proptest::prelude::*;

type Key = (String, u64);

fn asked(first: Option<i32>, last: Option<i32>) -> Asked {
    Asked {
        first,
        last,
        ..Asked::default()
    }
}

fn refusal(asked: Asked) -> &'static str {
    match asked.or::<Key>(20) {
        Err(Fault::BadRequest(words)) => words,
        other => panic!("not refused: {other:?}"),
    }
}

fn listed(length: u64) -> Vec<Key> {
    (0..length)
        .map(|id| (format!("rank {}", id / 4), id))
        .collect()
}

fn page(asked: Asked, list: &[Key]) -> (Vec<Key>, PageInfo) {
    let window = asked.or(20).unwrap();
    let page = Page::within(&window, list, Key::clone, Key::clone);
    let info = page.info();
    (page.items, info)
}

#[test]
fn who_says_nothing_gets_the_start_of_the_list() {
    assert_eq!(asked(None, None).or::<Key>(20).unwrap(), Window::first(20));
    assert_eq!((unsaid("doctors"), unsaid("clinicDay")), (20, 100));
}

#[test]
fn one_size_is_given_and_within_bounds() {
    for most in [1, 100] {
        let start = asked(Some(most), None).or::<Key>(20).unwrap();
        let end = asked(None, Some(most)).or::<Key>(20).unwrap();
        assert_eq!((start.from, start.most), (End::First, most as u64));
        assert_eq!((end.from, end.most), (End::Last, most as u64));
    }
    for most in [i32::MIN, -1, 0, 101, i32::MAX] {
        let start = refusal(asked(Some(most), None));
        assert_eq!(start, "`first` must be from 1 to 100.");
        let end = refusal(asked(None, Some(most)));
        assert_eq!(end, "`last` must be from 1 to 100.");
    }
    let both = refusal(asked(Some(1), Some(1)));
    assert_eq!(both, "Give `first` or `last`, not both.");
}

#[test]
fn a_cursor_of_another_list_is_refused() {
    let nul = cursor(&("\0", 1));
    for odd in ["", "…", "bm9wZQ", &cursor(&7), &nul] {
        let after = Asked {
            after: Some(odd.to_owned()),
            ..Asked::default()
        };
        assert_eq!(refusal(after), "`after` is not a cursor of this list.");
        let before = Asked {
            before: Some(odd.to_owned()),
            last: Some(3),
            ..Asked::default()
        };
        assert_eq!(refusal(before), "`before` is not a cursor of this list.");
    }
}

#[test]
fn a_page_between_two_cursors_ends_at_them() {
    let list = listed(10);
    let between = |first, last| Asked {
        first,
        last,
        after: Some(cursor(&list[1])),
        before: Some(cursor(&list[8])),
    };
    let flags = |info: PageInfo| (info.has_previous_page, info.has_next_page);
    let (rows, info) = page(between(Some(4), None), &list);
    assert_eq!((rows, flags(info)), (list[2..6].to_vec(), (true, true)));
    let (rows, info) = page(between(Some(6), None), &list);
    assert_eq!((rows, flags(info)), (list[2..8].to_vec(), (true, false)));
    let (rows, info) = page(between(None, Some(4)), &list);
    assert_eq!((rows, flags(info)), (list[4..8].to_vec(), (true, true)));
    let (rows, info) = page(between(None, Some(6)), &list);
    assert_eq!((rows, flags(info)), (list[2..8].to_vec(), (false, true)));
}

proptest! {
    #[test]
    fn a_client_walks_the_whole_list_from_either_end(length in 0..40_u64, size in 1..12_i32) {
        let list = listed(length);
        let (mut forward, mut next) = (Vec::new(), asked(Some(size), None));
        loop {
            let (rows, info) = page(next.clone(), &list);
            prop_assert_eq!(info.has_previous_page, !forward.is_empty());
            forward.extend(rows);
            next.after = info.end_cursor;
            if !info.has_next_page {
                break;
            }
        }
        prop_assert_eq!(&forward, &list);
        let (mut backward, mut next) = (Vec::new(), asked(None, Some(size)));
        loop {
            let (rows, info) = page(next.clone(), &list);
            prop_assert_eq!(info.has_next_page, !backward.is_empty());
            backward.extend(rows.into_iter().rev());
            next.before = info.start_cursor;
            if !info.has_previous_page {
                break;
            }
        }
        backward.reverse();
        prop_assert_eq!(&backward, &list);
    }
}
