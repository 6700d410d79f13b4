//! Close codes and their reasons. Refuses to know who closes; a reason is program text, never input.

use axum::extract::ws::{CloseFrame, Utf8Bytes};

/// RFC 6455: a control frame carries at most 125 bytes, two of them are the code.
const MAX_REASON: usize = 123;

/// Why a socket ends: a close code and a short reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Close {
    code: u16,
    reason: &'static str,
}

impl Close {
    pub(in crate::http) const GOING_AWAY: Self = Self::new(1001, "the server is going away");
    pub(super) const SILENT: Self = Self::new(1001, "no sign of life");
    pub(super) const PROTOCOL: Self = Self::new(1002, "WebSocket protocol error");
    pub(super) const NOT_UTF8: Self = Self::new(1007, "text is not UTF-8");
    pub(super) const TOO_FAST: Self = Self::new(1008, "too many messages");
    pub(super) const TOO_BIG: Self = Self::new(1009, "message too big");
    pub(super) const NOT_ACKNOWLEDGED: Self = Self::new(4401, "subscribe before connection_ack");
    pub(in crate::http) const EXPIRED: Self = Self::forbidden("token expired");
    pub(in crate::http) const REVOKED: Self = Self::forbidden("session revoked");
    pub(super) const OTHER_OWNER: Self = Self::forbidden("renewal for another owner");
    pub(in crate::http) const TOO_OLD: Self = Self::forbidden("socket too old, connect again");
    pub(super) const INIT_TIMEOUT: Self = Self::new(4408, "connection initialisation timeout");
    pub(super) const DUPLICATE_ID: Self = Self::new(4409, "operation id is in use");
    pub(super) const SECOND_INIT: Self = Self::new(4429, "too many initialisation requests");
    pub(super) const TOO_MANY_SOCKETS: Self = Self::new(1013, "too many sockets");

    const fn new(code: u16, reason: &'static str) -> Self {
        Self { code, reason }
    }

    pub(super) const fn bad_message(reason: &'static str) -> Self {
        Self::new(4400, reason)
    }

    /// 4403: the session is not, or no longer, good; clients may come back with a better one.
    pub const fn forbidden(reason: &'static str) -> Self {
        Self::new(4403, reason)
    }

    /// 1013: cannot be decided now (a database is down); clients come back by themselves.
    pub const fn try_again_later(reason: &'static str) -> Self {
        Self::new(1013, reason)
    }

    /// The close code.
    pub const fn code(&self) -> u16 {
        self.code
    }

    /// The reason, as a client may read it.
    pub const fn reason(&self) -> &'static str {
        self.reason
    }

    /// What it is counted as.
    pub(in crate::http) fn cause(&self) -> &'static str {
        match *self {
            Self::GOING_AWAY => "stopped",
            Self::SILENT => "silent",
            Self::EXPIRED => "expired",
            Self::REVOKED => "revoked",
            Self::TOO_OLD => "old",
            Self::TOO_MANY_SOCKETS => "refused",
            Self {
                code: 1013 | 4403, ..
            } => "refused",
            _ => "misused",
        }
    }

    /// A longer reason would make the frame illegal and the peer see 1006, so it is cut.
    pub(super) fn frame(&self) -> CloseFrame {
        let end = self.reason.floor_char_boundary(MAX_REASON);
        CloseFrame {
            code: self.code,
            reason: Utf8Bytes::from_static(&self.reason[..end]),
        }
    }
}
