//! WebSocket frames, as bytes: just enough of RFC 6455 for a client that costs less than any server it measures. The
//! mask is zero, which is valid and free.

/// The largest frame that is taken.
const LONGEST: usize = 4 * 1024 * 1024;

/// What a frame is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A text message, whole: no server here fragments.
    Text,
    /// The peer asks whether we are there.
    Ping,
    /// The peer closes.
    Close,
    /// Anything else, which is let pass.
    Other,
}

/// A frame as it lies in a buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame {
    /// What it is.
    pub kind: Kind,
    /// Where its payload begins.
    pub start: usize,
    /// Where it ends, and the next begins.
    pub end: usize,
}

/// The frame at the beginning of these bytes, once it is there whole; an error when it is larger than any of ours.
pub fn first(bytes: &[u8]) -> Result<Option<Frame>, String> {
    let [head, length, rest @ ..] = bytes else {
        return Ok(None);
    };
    let (extra, length) = match length & 0x7f {
        126 => match rest {
            [a, b, ..] => (2, usize::from(u16::from_be_bytes([*a, *b]))),
            _ => return Ok(None),
        },
        127 => match rest.first_chunk::<8>() {
            Some(eight) => {
                let length = usize::try_from(u64::from_be_bytes(*eight)).unwrap_or(usize::MAX);
                (8, length)
            }
            None => return Ok(None),
        },
        short => (0, usize::from(short)),
    };
    if length > LONGEST {
        return Err("a frame is too long".to_owned());
    }
    let start = 2 + extra;
    let end = start + length;
    let kind = match head & 0x0f {
        1 => Kind::Text,
        8 => Kind::Close,
        9 => Kind::Ping,
        _ => Kind::Other,
    };
    Ok((bytes.len() >= end).then_some(Frame { kind, start, end }))
}

/// A text frame from a client.
#[must_use]
pub fn text(payload: &str) -> Vec<u8> {
    made(0x81, 0x80, payload.as_bytes())
}

/// The answer to a ping.
#[must_use]
pub fn pong(payload: &[u8]) -> Vec<u8> {
    made(0x8a, 0x80, payload)
}

/// A text frame from a server, which has no mask.
#[must_use]
pub fn broadcast(payload: &[u8]) -> Vec<u8> {
    made(0x81, 0, payload)
}

fn made(head: u8, mask: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![head];
    match u16::try_from(payload.len()) {
        Ok(length) if length < 126 => frame.push(mask | length.to_be_bytes()[1]),
        Ok(length) => {
            frame.push(mask | 126);
            frame.extend(length.to_be_bytes());
        }
        Err(_) => {
            frame.push(mask | 127);
            frame.extend((payload.len() as u64).to_be_bytes());
        }
    }
    if mask != 0 {
        frame.extend([0; 4]);
    }
    frame.extend(payload);
    frame
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_read_once_it_is_whole() {
        for length in [0, 1, 125, 126, 65_535, 65_536] {
            let payload = vec![b'x'; length];
            let bytes = broadcast(&payload);
            let whole = first(&bytes).unwrap().unwrap();
            assert_eq!((whole.kind, whole.end), (Kind::Text, bytes.len()));
            assert_eq!(&bytes[whole.start..whole.end], payload);
            assert_eq!(first(&bytes[..bytes.len() - 1]).unwrap(), None);
        }
    }

    #[test]
    fn what_no_server_here_sends_is_refused() {
        assert!(first(&[0x81, 127, 0, 0, 1, 0, 0, 0, 0, 0]).is_err());
    }
}
