//! Whether this copy lives, and whether it can serve. No detail to strangers.

use super::router::Door;
use axum::extract::State;
use axum::http::StatusCode;
use sea_orm::ConnectionTrait;
use std::sync::Arc;

/// The process answers. It touches nothing.
pub async fn live() -> &'static str {
    "ok"
}

/// The server is not about to stop, and the database answers. A Redis that is away makes deliveries later, not wrong, so it is not asked.
pub async fn ready(State(door): State<Arc<Door>>) -> (StatusCode, &'static str) {
    const NOT_READY: (StatusCode, &str) = (StatusCode::SERVICE_UNAVAILABLE, "not ready");
    if *door.leaving.borrow() {
        return NOT_READY;
    }
    let database = door.engine.state().db.read();
    match database.execute_unprepared("SELECT 1").await {
        Ok(_) => (StatusCode::OK, "ready"),
        Err(_) => NOT_READY,
    }
}
