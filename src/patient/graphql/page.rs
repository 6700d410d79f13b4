//! Pages of lists that are loaded whole, because they are short: a patient's insurances, a care team.

use crate::graphql::PageInput;
use crate::graphql::page::Page;
use std::sync::Arc;
use uuid::Uuid;

/// The page of these rows, which are in the order of their ids.
pub fn within<T, N>(
    input: &PageInput<Uuid>,
    rows: &[T],
    id: impl Fn(&T) -> Uuid,
    node: impl Fn(&T) -> N,
) -> Page<N> {
    let total = i64::try_from(rows.len()).unwrap_or(i64::MAX);
    let most = usize::try_from(input.first).unwrap_or(100);
    let some: Vec<&T> = rows
        .iter()
        .filter(|row| input.after.is_none_or(|after| id(row) > after))
        .take(most + 1)
        .collect();
    Page::of(
        input,
        some,
        |row| id(row),
        node,
        Arc::new(move || Box::pin(async move { Ok(total) })),
    )
}

#[cfg(test)]
mod tests {
    use super::within;
    use crate::graphql::PageInput;
    use proptest::prelude::*;
    use uuid::Uuid;

    proptest! {
        #[test]
        fn pages_laid_end_to_end_are_the_list(length in 0_u128..30, first in 1_u64..12) {
            let rows: Vec<u128> = (0..length).collect();
            let mut seen = Vec::new();
            let mut after = None;
            loop {
                let input = PageInput { first, after };
                let page = within(&input, &rows, |row| Uuid::from_u128(*row), |row| *row);
                prop_assert!(page.items.len() as u64 <= first);
                seen.extend(page.items.iter().map(|(_, row)| *row));
                after = seen.last().map(|row| Uuid::from_u128(*row));
                if !page.more {
                    break;
                }
            }
            prop_assert_eq!(seen, rows);
        }
    }
}
