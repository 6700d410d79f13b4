//! What a socket asks of the application: who is there, for how long, and what they are told.

use super::answer::{self, Answer};
use super::request::Asked;
use super::router::Door;
use super::socket::{
    Close, Current, Object, OperationRequest, Outlet, Payload, Payloads, Sessions,
};
use super::straight::Straight;
use crate::access::Viewer;
use crate::account::{self, Client};
use crate::batch::onward;
use crate::error::Fault;
use axum::body::Bytes;
use chrono::{DateTime, Utc};
use futures_util::StreamExt as _;
use std::future::ready;
use std::sync::Arc;
use std::time::Duration;

/// One socket's application.
pub struct Live {
    door: Arc<Door>,
    client: Client,
    request_id: Arc<str>,
}

/// Who is on a socket.
pub struct LiveSession {
    viewer: Viewer,
    /// When the token ends that they came with; none if they are not signed in.
    expires_at: Option<DateTime<Utc>>,
}

impl LiveSession {
    fn of(viewer: Viewer) -> Self {
        let expires_at = viewer.actor().map(|actor| actor.expires_at);
        Self { viewer, expires_at }
    }

    /// When it ends; none when nobody is signed in.
    #[must_use]
    pub fn expires_at(&self) -> Option<DateTime<Utc>> {
        self.expires_at
    }
}

impl Live {
    /// The application of a socket that this client opened.
    #[must_use]
    pub fn new(door: Arc<Door>, client: Client, request_id: Arc<str>) -> Self {
        Self {
            door,
            client,
            request_id,
        }
    }

    async fn session(&self, token: &str) -> Result<LiveSession, Close> {
        match account::authenticate(self.door.engine.state(), token).await {
            Ok(viewer) => Ok(LiveSession::of(viewer)),
            Err(Fault::Unauthenticated) => Err(Close::forbidden("the token is not good")),
            Err(_) => Err(Close::try_again_later("try again later")),
        }
    }
}

/// The token of an object like `{ "Authorization": "Bearer …" }`; `authorization` and `token` are understood too.
fn token(payload: &Object) -> Option<&str> {
    let (name, value) = payload.iter().find(|(name, _)| {
        name.eq_ignore_ascii_case("authorization") || name.eq_ignore_ascii_case("token")
    })?;
    let text = value.as_str()?.trim();
    match text.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => Some(token.trim()),
        None if name.eq_ignore_ascii_case("token") => Some(text),
        _ => Some(""),
    }
}

impl Sessions for Live {
    type Session = LiveSession;

    async fn open(&self, payload: Option<Object>) -> Result<Arc<LiveSession>, Close> {
        let session = match payload.as_ref().and_then(token) {
            Some(token) => self.session(token).await?,
            None => LiveSession::of(Viewer::anonymous()),
        };
        Ok(Arc::new(session))
    }

    async fn renew(
        &self,
        current: &Arc<LiveSession>,
        payload: Object,
    ) -> Result<Option<Arc<LiveSession>>, Close> {
        let Some(token) = token(&payload) else {
            return Ok(None);
        };
        let renewed = self.session(token).await?;
        let same = match (current.viewer.actor(), renewed.viewer.actor()) {
            (Some(before), Some(now)) => before.user == now.user && before.session == now.session,
            _ => false,
        };
        if same {
            Ok(Some(Arc::new(renewed)))
        } else {
            Err(Close::forbidden("the token is not good"))
        }
    }

    fn owner(&self, session: &LiveSession) -> Option<u128> {
        session.viewer.actor().map(|actor| actor.user.0.as_u128())
    }

    fn time_left(&self, session: &LiveSession) -> Option<Duration> {
        let left = session.expires_at? - self.door.engine.state().clock.now();
        Some(left.to_std().unwrap_or_default())
    }

    async fn revoked(&self, session: &Arc<LiveSession>) {
        let Some(actor) = session.viewer.actor() else {
            return std::future::pending().await;
        };
        account::until_ended(self.door.engine.state(), actor).await;
    }

    async fn subscribe(
        &self,
        session: Current<LiveSession>,
        request: OperationRequest,
        outlet: Outlet,
    ) -> Result<Payloads, Payload> {
        let refused = |answer: Answer| match answer {
            Answer::Refused(errors, _) => answer::errors_json(errors, &self.request_id),
            Answer::Ran(response, _) => answer::errors_json(response.errors, &self.request_id),
            Answer::Written(_) => answer::errors_json(Vec::new(), &self.request_id),
        };
        let viewer = session.get().viewer.clone();
        if let (None, Some(address)) = (viewer.actor(), self.client.address)
            && let Err(fault) = self.door.admit(&viewer, address)
        {
            return Err(refused(super::router::faulty(&fault)).into());
        }
        let asked = Asked::of_parts(
            Some(request.query),
            request.operation_name,
            request.variables,
            request.extensions.as_ref(),
        )
        .map_err(|words| {
            let code = crate::graphql::error::Code::BadRequest;
            Payload::from(refused(answer::refused(code, words)))
        })?;
        let straight = Straight::new(Arc::clone(&self.door), session, outlet);
        let (door, client) = (Arc::clone(&self.door), self.client.clone());
        let started = onward(async move {
            let (engine, is_live_only) = (&door.engine, door.subscriptions_only);
            let straight = Some(Arc::new(straight));
            let started = engine.start(&viewer, client, asked, is_live_only, straight);
            started.await
        });
        let started = started
            .await
            .map_err(|fault| refused(super::router::faulty(&fault)))?;
        let request_id = Arc::clone(&self.request_id);
        let meter = self.door.engine.state().db.meter().clone();
        meter.operations.one(answer::begun(&started));
        match started {
            Ok(answers) => Ok(answers
                .scan(meter.hold(|it| &it.subscriptions), move |_held, answer| {
                    meter.deliveries.one();
                    let json = match answer {
                        Answer::Written(text) => Bytes::from_owner(text),
                        other => answer::bare_json(other, &request_id).into(),
                    };
                    ready(Some(Payload::try_from(json).unwrap_or_default()))
                })
                .boxed()),
            Err(answer) => Err(refused(answer).into()),
        }
    }
}
