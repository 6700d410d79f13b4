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

/// The database answers. A Redis that is away makes deliveries later, not wrong, so it is not asked.
pub async fn ready(State(door): State<Arc<Door>>) -> (StatusCode, &'static str) {
    let database = door.engine.state().db.read();
    match database.execute_unprepared("SELECT 1").await {
        Ok(_) => (StatusCode::OK, "ready"),
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "not ready"),
    }
}
