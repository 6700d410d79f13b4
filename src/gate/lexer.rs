//! Counts what a query text is made of, before the parser sees it: the parser recurses with every bracket, and has no
//! bound of its own on values. Knows where tokens begin and end, and nothing of what they mean together.
//!
//! It must never see fewer brackets or values than the parser does. So it reads strings and comments exactly as the
//! grammar does, refuses what the grammar could read in two ways, such as a string that is not closed, and counts
//! `[000]` as the three numbers that the grammar makes of it.

use super::{Limits, Reason, Refused};
use async_graphql::Pos;

/// What one step over the text found.
#[derive(Clone, Copy)]
enum Lexeme {
    /// White space, a comma or a comment.
    Blank,
    /// `(`, `[` or `{`.
    Open,
    /// `)`, `]` or `}`.
    Close,
    /// `@`.
    At,
    /// `...`.
    Spread,
    /// Any other token. A number with a sign or a fraction counts as several, and so does `nullable`: no harm is done.
    Other,
}

/// Holds the text to the limits in one pass and without allocating; answers its number of tokens.
///
/// # Errors
///
/// The first limit that is passed, with its place.
pub fn check(source: &str, limits: &Limits) -> Result<usize, Refused> {
    if source.len() > limits.bytes {
        return Err(Reason::Bytes(limits.bytes).anywhere());
    }
    let (mut tokens, mut open, mut directives, mut spreads) = (0, 0_usize, 0, 0);
    let mut rest = source.as_bytes();
    while !rest.is_empty() {
        let refuse = |reason: Reason| reason.at(place(source, source.len() - rest.len()));
        let (lexeme, length) = step(rest).ok_or_else(|| refuse(Reason::UnclosedString))?;
        match lexeme {
            Lexeme::Blank => {}
            Lexeme::Open => open += 1,
            // A bracket too many is the parser's to refuse, and it goes no deeper once it has met one.
            Lexeme::Close => open = open.saturating_sub(1),
            Lexeme::At => directives += 1,
            Lexeme::Spread => spreads += 1,
            Lexeme::Other => {}
        }
        tokens += usize::from(!matches!(lexeme, Lexeme::Blank));
        if tokens > limits.tokens {
            return Err(refuse(Reason::Tokens(limits.tokens)));
        }
        if open > limits.brackets {
            return Err(refuse(Reason::Brackets(limits.brackets)));
        }
        if directives > limits.directives {
            return Err(refuse(Reason::Directives(limits.directives)));
        }
        if spreads > limits.spreads {
            return Err(refuse(Reason::Spreads(limits.spreads)));
        }
        rest = &rest[length..];
    }
    Ok(tokens)
}

/// The lexeme at the start of a text that is not empty, and its length; nothing if it is a string without an end.
fn step(text: &[u8]) -> Option<(Lexeme, usize)> {
    Some(match text {
        [b' ' | b',' | b'\t' | b'\n' | b'\r', ..] => (Lexeme::Blank, 1),
        // The byte order mark, which GraphQL ignores wherever it stands.
        [0xef, 0xbb, 0xbf, ..] => (Lexeme::Blank, 3),
        [b'#', comment @ ..] => (Lexeme::Blank, 1 + run(comment, |byte| !ends_line(byte))),
        [b'"', b'"', b'"', inner @ ..] => (Lexeme::Other, 3 + block_string(inner)?),
        [b'"', inner @ ..] => (Lexeme::Other, 1 + string(inner)?),
        [b'.', b'.', b'.', ..] => (Lexeme::Spread, 3),
        [b'(' | b'[' | b'{', ..] => (Lexeme::Open, 1),
        [b')' | b']' | b'}', ..] => (Lexeme::Close, 1),
        [b'@', ..] => (Lexeme::At, 1),
        // The grammar reads these as values of their own even where more of a word follows, and so do we.
        [b't', b'r', b'u', b'e', ..] | [b'n', b'u', b'l', b'l', ..] => (Lexeme::Other, 4),
        [b'f', b'a', b'l', b's', b'e', ..] => (Lexeme::Other, 5),
        [b'1'..=b'9', ..] => (Lexeme::Other, run(text, |byte| byte.is_ascii_digit())),
        [b'A'..=b'Z' | b'a'..=b'z' | b'_', ..] => (
            Lexeme::Other,
            run(text, |byte| byte.is_ascii_alphanumeric() || byte == b'_'),
        ),
        _ => (Lexeme::Other, 1),
    })
}

/// How many bytes at the start satisfy the condition.
fn run(text: &[u8], condition: impl Fn(u8) -> bool) -> usize {
    text.iter()
        .position(|&byte| !condition(byte))
        .unwrap_or(text.len())
}

fn ends_line(byte: u8) -> bool {
    matches!(byte, b'\n' | b'\r')
}

/// Length of a string after its first quote, the last one included.
fn string(inner: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        match inner.get(at)? {
            b'"' => return Some(at + 1),
            // Whether the escape is a known one is the parser's affair; a line end is never part of one.
            b'\\' if !ends_line(*inner.get(at + 1)?) => at += 2,
            byte if ends_line(*byte) => return None,
            _ => at += 1,
        }
    }
}

/// Length of a block string after its first three quotes, the last three included.
fn block_string(inner: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        match inner.get(at..)? {
            [b'"', b'"', b'"', ..] => return Some(at + 3),
            [b'\\', b'"', b'"', b'"', ..] => at += 4,
            [] => return None,
            _ => at += 1,
        }
    }
}

/// Line and column of a byte, counted as the parser counts them.
fn place(source: &str, offset: usize) -> Pos {
    let before = source.get(..offset).unwrap_or(source);
    let line_start = before.rfind(['\n', '\r']).map_or(0, |end| end + 1);
    Pos {
        line: 1 + before.matches('\n').count(),
        column: 1 + before[line_start..].chars().count(),
    }
}
