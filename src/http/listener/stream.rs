//! The stream of one connection: holds its seat, gives up on a peer that takes nothing, ends politely.
//!
//! Refuses to know HTTP; what has been upgraded runs over the same stream.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf},
    net::TcpStream,
    runtime::Handle,
    time::{Sleep, sleep, timeout},
};

use super::{Received, Settings, seats::Seat};
use crate::meter::Meter;

/// A connection's stream that holds its seat, gives up on a peer that takes nothing, and ends politely.
pub(super) struct GuardedStream {
    /// Taken out when the stream is dropped.
    held: Option<(TcpStream, Seat)>,
    received: Received,
    write_timeout: Duration,
    meter: Meter,
    linger: Duration,
    /// Runs while the peer takes nothing; most connections never need it.
    stalled: Option<Pin<Box<Sleep>>>,
    /// The peer has ended its side, or reading failed: there is nothing to linger for.
    read_out: bool,
}

impl GuardedStream {
    pub(super) fn new(
        stream: TcpStream,
        seat: Seat,
        received: Received,
        settings: &Settings,
    ) -> Self {
        Self {
            held: Some((stream, seat)),
            received,
            write_timeout: settings.write_timeout,
            meter: settings.meter.clone(),
            linger: settings.linger,
            stalled: None,
            read_out: false,
        }
    }

    fn stream(&mut self) -> io::Result<Pin<&mut TcpStream>> {
        match &mut self.held {
            Some((stream, _)) => Ok(Pin::new(stream)),
            None => Err(io::ErrorKind::NotConnected.into()),
        }
    }

    /// Turns a write that has been pending for too long into an error.
    fn watch_stall<T>(
        &mut self,
        context: &mut Context<'_>,
        written: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.stalled = None;
            return written;
        }
        let limit = self.write_timeout;
        let stalled = self.stalled.get_or_insert_with(|| Box::pin(sleep(limit)));
        ready!(stalled.as_mut().poll(context));
        self.meter.stalled.one();
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl AsyncRead for GuardedStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = ready!(self.stream()?.poll_read(context, buffer));
        let count = buffer.filled().len() - before;
        self.received.add(count);
        let at_end = buffer.remaining() > 0 && count == 0;
        self.read_out |= at_end || read.is_err();
        Poll::Ready(read)
    }
}

impl AsyncWrite for GuardedStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = self.stream()?.poll_write(context, bytes);
        self.watch_stall(context, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = self.stream()?.poll_write_vectored(context, parts);
        self.watch_stall(context, written)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream()?.poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream()?.poll_shutdown(context)
    }
}

impl Drop for GuardedStream {
    fn drop(&mut self) {
        let Some((stream, seat)) = self.held.take() else {
            return;
        };
        if self.stalled.is_some() {
            // The kernel would keep unread data for a peer that takes nothing for minutes; a reset
            // frees it. Should that be refused, it is kept, as without the attempt.
            let _ = stream.set_zero_linger();
        } else if !self.read_out
            && let Ok(runtime) = Handle::try_current()
        {
            runtime.spawn(linger(stream, seat, self.linger));
        }
    }
}

/// Ends our side and reads what still comes: closing with bytes unread resets the connection, and the
/// peer may then never see the last answer (a 413, a close frame).
async fn linger(mut stream: TcpStream, seat: Seat, limit: Duration) {
    let rest = async {
        stream.shutdown().await?;
        // Small, for thousands may leave at once, and few have anything left to say.
        let mut buffer = vec![0; 1024];
        while stream.read(&mut buffer).await? > 0 {}
        io::Result::Ok(())
    };
    // The connection ends here, whatever came of it.
    let _ = timeout(limit, rest).await;
    drop(seat);
}
