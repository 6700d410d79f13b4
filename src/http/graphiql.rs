//! The development page at `/`: GraphiQL, from the content network its makers use. Off in production by default.

use axum::http::header;
use axum::response::IntoResponse;

const CONTENT_SECURITY: &str = "default-src 'none'; script-src 'unsafe-inline' https://unpkg.com; \
    style-src 'unsafe-inline' https://unpkg.com; font-src https://unpkg.com data:; img-src data: https://unpkg.com; \
    worker-src blob:; connect-src 'self' ws: wss:; frame-ancestors 'none'";

/// The page.
pub async fn page() -> impl IntoResponse {
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY),
    ];
    (headers, include_str!("graphiql.html"))
}
