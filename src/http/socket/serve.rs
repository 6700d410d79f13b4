//! The life of one socket: a single task that waits for whatever happens next.
//!
//! Order of attention: the end of the server, the end of the session, the clock, the peer, and only
//! then output. So a revoked session gets nothing more even if output is ready at the same moment.
//! Refuses to know JSON and frames; those are `message` and `wire`.

use std::{
    future::poll_fn,
    pin::pin,
    sync::{Arc, MutexGuard},
    task::{Context, Poll, ready},
    time::Duration,
};

use axum::extract::ws::Utf8Bytes;
use futures_util::future::BoxFuture;
use tokio::{
    sync::watch,
    time::{Instant, sleep_until},
};

use super::{
    Close, Current, Object, Sessions, Settings,
    limits::{Pace, Ticket},
    line::Line,
    message::{self, ClientMessage},
    operations::Operations,
    phase::{End, Open, Phase, Verdict},
    wire::{Turn, Wire},
};

/// Serves a socket to its end; the ticket is given back then.
pub(super) async fn serve<A: Sessions>(
    wire: Wire,
    app: Arc<A>,
    settings: Arc<Settings>,
    ticket: Ticket,
    stopping: watch::Receiver<bool>,
) {
    let wait = settings.close_wait;
    let meter = settings.meter.clone();
    let _open = meter.hold(|it| &it.sockets);
    let mut conversation = Conversation::new(wire, app, settings, ticket);
    let end = conversation.run(stopping).await;
    let Conversation {
        line,
        operations,
        phase,
        ticket,
        ..
    } = conversation;
    // First of all nothing may produce output any more.
    line.wire().ends();
    drop((operations, phase));
    meter.ends.one(end.cause());
    match end {
        End::Close(close) => {
            tracing::debug!(
                code = close.code(),
                reason = close.reason(),
                "socket closed"
            );
            if close != Close::GOING_AWAY {
                line.wire().discard();
            }
            Box::pin(line.close(close, wait)).await;
        }
        End::ClosedByPeer => Box::pin(line.hear_out(wait)).await,
        End::Slow | End::Lost => tracing::debug!("socket dropped"),
    }
    drop(ticket);
}

/// What goes over the wire.
enum Traffic {
    Turn(Turn),
    /// What is ready to go out.
    Output(Vec<Utf8Bytes>),
    /// Something was sent by others.
    News,
}

/// The peer first; and output only once all that went before has been taken.
fn poll_traffic<A: Sessions>(
    wire: &mut Wire,
    operations: &mut Operations<A>,
    context: &mut Context<'_>,
    listen: bool,
) -> Poll<Traffic> {
    if wire.rests(context) {
        return Poll::Ready(Traffic::News);
    }
    if let Poll::Ready(turn) = wire.poll_turn(context, listen) {
        return Poll::Ready(Traffic::Turn(turn));
    }
    if wire.unsent_since().is_some() {
        return Poll::Pending;
    }
    let frames = ready!(operations.poll_frames(context));
    // Nobody else may send before these.
    wire.mark_unsent();
    Poll::Ready(Traffic::Output(frames))
}

/// Returns once the server stops; a sender that is gone means the same.
async fn stopped(stopping: &mut watch::Receiver<bool>) {
    // The value seen, or the error for a lost sender, says nothing more.
    let _ = stopping.wait_for(|stopping| *stopping).await;
}

struct Conversation<A: Sessions> {
    app: Arc<A>,
    settings: Arc<Settings>,
    ticket: Ticket,
    line: Arc<Line>,
    phase: Phase<A::Session>,
    operations: Operations<A>,
    pace: Pace,
    born: Instant,
    heard: Instant,
    /// When the session is over, as far as the application's clock tells; looked at anew with every alarm.
    expires: Option<Instant>,
}

impl<A: Sessions> Conversation<A> {
    fn new(wire: Wire, app: Arc<A>, settings: Arc<Settings>, ticket: Ticket) -> Self {
        let now = Instant::now();
        let line = Arc::new(Line::new(wire));
        let most = settings.operations_per_socket;
        Self {
            operations: Operations::new(Arc::clone(&app), most, Arc::clone(&line)),
            pace: Pace::new(settings.messages_per_second, settings.message_burst, now),
            line,
            phase: Phase::Waiting,
            born: now,
            heard: now,
            expires: None,
            app,
            settings,
            ticket,
        }
    }

    async fn run(&mut self, mut stopping: watch::Receiver<bool>) -> End {
        // One wait for all the time: each of its own would queue, with all other sockets, at every turn.
        let mut stopped = pin!(stopped(&mut stopping));
        let mut alarm = pin!(sleep_until(self.wire().due()));
        loop {
            // An alarm that has become too early costs one look at the clock; moving it at each
            // message would cost more.
            let set = (!alarm.is_elapsed()).then(|| alarm.deadline());
            let due = self.next_alarm(set);
            if set != Some(due) {
                alarm.as_mut().reset(due);
            }
            let listen = self.phase.listens();
            let Self {
                line, operations, ..
            } = self;
            let traffic =
                poll_fn(|context| poll_traffic(&mut line.wire(), operations, context, listen));
            let done = tokio::select! {
                biased;
                () = stopped.as_mut() => Err(Close::GOING_AWAY.into()),
                verdict = self.phase.verdict() => self.on_verdict(verdict).map_err(End::from),
                () = alarm.as_mut() => self.on_alarm(Instant::now()),
                traffic = traffic => match traffic {
                    Traffic::Turn(turn) => self.on_turn(turn),
                    Traffic::News => Ok(()),
                    Traffic::Output(frames) => match self.on_output(frames) {
                        Ok(()) => match self.line.send_now().await {
                            Some(turn) => self.on_turn(turn),
                            None => Ok(()),
                        },
                        Err(end) => Err(end),
                    },
                },
            };
            if let Err(end) = done {
                return end;
            }
        }
    }

    fn wire(&self) -> MutexGuard<'_, Wire> {
        self.line.wire()
    }

    fn time_left(&self) -> Option<Duration> {
        match &self.phase {
            Phase::Open(open) => self.app.time_left(&open.session.borrow()),
            _ => None,
        }
    }

    fn check_expiry(&self) -> Result<(), Close> {
        if self.time_left() == Some(Duration::ZERO) {
            return Err(Close::EXPIRED);
        }
        Ok(())
    }

    /// Looks when the session is over: its end may have moved, or the clock.
    fn look_at_expiry(&mut self) -> Result<(), Close> {
        self.check_expiry()?;
        let most = self.settings.max_age;
        self.expires = self.time_left().map(|left| Instant::now() + left.min(most));
        Ok(())
    }

    /// The nearest of all deadlines of this socket, or the alarm that is set if that is earlier.
    fn next_alarm(&self, set: Option<Instant>) -> Instant {
        let mut wire = self.wire();
        let mut due = wire
            .due()
            .min(self.heard + self.settings.silence_limit)
            .min(self.born + self.settings.max_age);
        if !matches!(self.phase, Phase::Open(_)) {
            due = due.min(self.born + self.settings.init_timeout);
        }
        for earlier in [self.expires, set].into_iter().flatten() {
            due = due.min(earlier);
        }
        wire.sets_alarm(due);
        due
    }

    fn on_alarm(&mut self, now: Instant) -> Result<(), End> {
        let over = |since: Instant, limit: Duration| now >= since + limit;
        let unsent = self.wire().unsent_since();
        if unsent.is_some_and(|since| over(since, self.settings.send_timeout)) {
            return Err(End::Slow);
        }
        if !matches!(self.phase, Phase::Open(_)) && over(self.born, self.settings.init_timeout) {
            return Err(Close::INIT_TIMEOUT.into());
        }
        self.look_at_expiry()?;
        if over(self.born, self.settings.max_age) {
            return Err(Close::TOO_OLD.into());
        }
        let mut wire = self.line.wire();
        let unanswered = wire
            .asked_since()
            .is_some_and(|since| over(since, self.settings.send_timeout));
        if unanswered || over(self.heard, self.settings.silence_limit) {
            return Err(Close::SILENT.into());
        }
        wire.ping_if_due(now);
        Ok(())
    }

    fn on_verdict(&mut self, verdict: Verdict<A::Session>) -> Result<(), Close> {
        match verdict {
            Verdict::Revoked => Err(Close::REVOKED),
            Verdict::Opened(opened) => self.on_opened(opened?),
            Verdict::Renewed(renewed) => self.on_renewed(renewed?),
        }
    }

    fn on_opened(&mut self, session: Arc<A::Session>) -> Result<(), Close> {
        if let Some(owner) = self.app.owner(&session)
            && !self.ticket.claim(owner)
        {
            return Err(Close::TOO_MANY_SOCKETS);
        }
        self.phase = Phase::Open(Open {
            revoked: revoked(&self.app, &session),
            session: watch::Sender::new(session),
            renewal: None,
        });
        self.look_at_expiry()?;
        self.wire().push(Utf8Bytes::from_static(message::ACK));
        Ok(())
    }

    fn on_renewed(&mut self, renewed: Option<Arc<A::Session>>) -> Result<(), Close> {
        if let Phase::Open(open) = &mut self.phase {
            open.renewal = None;
            if let Some(session) = renewed {
                if self.app.owner(&session) != self.app.owner(&open.session.borrow()) {
                    return Err(Close::OTHER_OWNER);
                }
                open.revoked = revoked(&self.app, &session);
                open.session.send_replace(session);
            }
        }
        self.look_at_expiry()?;
        self.wire().push(Utf8Bytes::from_static(message::PONG));
        Ok(())
    }

    fn on_turn(&mut self, turn: Turn) -> Result<(), End> {
        match turn {
            Turn::Sent => return Ok(()),
            Turn::Closed => return Err(End::ClosedByPeer),
            Turn::Gone => return Err(End::Lost),
            Turn::Broken(close) => return Err(close.into()),
            Turn::Text(_) | Turn::Binary | Turn::Sign => {}
        }
        self.heard = Instant::now();
        self.wire().is_heard();
        if !self.pace.take(self.heard) {
            return Err(Close::TOO_FAST.into());
        }
        match turn {
            Turn::Text(text) => Ok(self.on_message(message::read(&text)?)?),
            Turn::Binary => Err(Close::bad_message("messages must be text").into()),
            _ => Ok(()),
        }
    }

    fn on_message(&mut self, message: ClientMessage) -> Result<(), Close> {
        match message {
            ClientMessage::Init(payload) => self.on_init(payload),
            ClientMessage::Ping(payload) => {
                self.on_ping(payload);
                Ok(())
            }
            ClientMessage::Pong => Ok(()),
            ClientMessage::Subscribe { id, request } => {
                let Phase::Open(open) = &self.phase else {
                    return Err(Close::NOT_ACKNOWLEDGED);
                };
                let session = Current::of(&open.session);
                if let Some(refused) = self.operations.start(id, request, session)? {
                    self.line.wire().push(refused);
                }
                Ok(())
            }
            ClientMessage::Complete { id } => {
                // While the wire is held, so that nothing is sent for it by others any more.
                let _held = self.line.wire();
                self.operations.stop(&id);
                Ok(())
            }
        }
    }

    fn on_init(&mut self, payload: Option<Object>) -> Result<(), Close> {
        if !matches!(self.phase, Phase::Waiting) {
            return Err(Close::SECOND_INIT);
        }
        let app = Arc::clone(&self.app);
        self.phase = Phase::Opening(Box::pin(async move { app.open(payload).await }));
        Ok(())
    }

    /// A payload may hold a fresh token, so the pong waits for what the application makes of it.
    fn on_ping(&mut self, payload: Option<Object>) {
        match (&mut self.phase, payload) {
            (Phase::Open(open), Some(payload)) => {
                let app = Arc::clone(&self.app);
                let current = Arc::clone(&open.session.borrow());
                let renewal = async move { app.renew(&current, payload).await };
                open.renewal = Some(Box::pin(renewal));
            }
            _ => self.wire().push(Utf8Bytes::from_static(message::PONG)),
        }
    }

    fn on_output(&mut self, frames: Vec<Utf8Bytes>) -> Result<(), End> {
        // The timer alone would not do: the application's clock may have been set forward.
        self.check_expiry()?;
        let mut wire = self.wire();
        for frame in frames {
            wire.tell(frame);
        }
        Ok(())
    }
}

fn revoked<A: Sessions>(app: &Arc<A>, session: &Arc<A::Session>) -> BoxFuture<'static, ()> {
    let (app, session) = (Arc::clone(app), Arc::clone(session));
    Box::pin(async move { app.revoked(&session).await })
}
