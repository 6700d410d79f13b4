//! Holds whose time is over. Nothing waits for this: whoever takes such a time calls the hold off on the way. It only says
//! so to those who follow, when nobody came.

use crate::appointment::store;
use crate::error::Fault;
use crate::event::log;
use crate::state::State;
use std::convert::Infallible;

/// How many are called off in one transaction.
const SOME: u64 = 100;

/// Calls off the holds whose time is over, and tells of it; returns how many.
///
/// # Errors
/// Those of the database.
pub async fn release_expired(state: &State) -> Result<usize, Fault> {
    let mut released = 0;
    loop {
        let some = store::expired_holds(&state.db, SOME).await?;
        if some.is_empty() {
            return Ok(released);
        }
        let written = state.db.write::<usize, Infallible, _>(move |tx| {
            let some = some.clone();
            Box::pin(async move {
                let told = store::release(tx, some).await?;
                log::append(tx, &told).await?;
                Ok(Ok(told.len()))
            })
        });
        match written.await? {
            // Others have called them off meanwhile.
            Ok(0) => return Ok(released),
            Ok(some) => released += some,
            Err(never) => match never {},
        }
    }
}
