//! Which bytes of a file are asked for (RFC 9110, section 14).

use axum::http::HeaderMap;
use axum::http::header;
use std::ops::Range;

/// What a client asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// All of it.
    All,
    /// One stretch.
    Some(Range<u64>),
    /// What there is not.
    Beyond,
}

/// What these headers ask for of a file of so many bytes that is called so. More than one stretch, and what is no range, ask for all.
pub fn wanted(headers: &HeaderMap, size: u64, tag: &str) -> Wanted {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    if headers.contains_key(header::IF_RANGE) && text(header::IF_RANGE) != Some(tag) {
        return Wanted::All;
    }
    text(header::RANGE).map_or(Wanted::All, |range| of(range, size))
}

fn of(range: &str, size: u64) -> Wanted {
    let Some((unit, one)) = range.split_once('=') else {
        return Wanted::All;
    };
    if !unit.trim().eq_ignore_ascii_case("bytes") {
        return Wanted::All;
    }
    let Some((first, last)) = one.trim().split_once('-') else {
        return Wanted::All;
    };
    let digits = |text: &str| text.bytes().all(|sign| sign.is_ascii_digit());
    if !digits(first) || !digits(last) {
        return Wanted::All;
    }
    // More digits than fit are more bytes than there are.
    let number = |text: &str| text.parse::<u64>().unwrap_or(u64::MAX);
    match (first, last) {
        ("", "") => Wanted::All,
        ("", suffix) => match number(suffix) {
            0 => Wanted::Beyond,
            length => Wanted::Some(size.saturating_sub(length)..size),
        },
        (first, last) => {
            let start = number(first);
            let end = match last {
                "" => size,
                last => number(last).saturating_add(1).min(size),
            };
            match last.is_empty() || number(last) >= start {
                false => Wanted::All,
                true if start >= size => Wanted::Beyond,
                true => Wanted::Some(start..end),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[test]
    fn one_stretch_is_given_and_what_is_none_asks_for_all() {
        let cases = [
            ("bytes=0-0", Wanted::Some(0..1)),
            ("bytes=2-5", Wanted::Some(2..6)),
            ("Bytes=9-", Wanted::Some(9..10)),
            ("bytes=-3", Wanted::Some(7..10)),
            ("bytes=-99", Wanted::Some(0..10)),
            ("bytes=5-99999999999999999999999", Wanted::Some(5..10)),
            ("bytes=10-", Wanted::Beyond),
            ("bytes=99999999999999999999-", Wanted::Beyond),
            ("bytes=-0", Wanted::Beyond),
            ("bytes=5-2", Wanted::All),
            ("bytes=0-1,3-4", Wanted::All),
            ("bytes=-", Wanted::All),
            ("bytes=+1-2", Wanted::All),
            ("bytes=a-b", Wanted::All),
            ("lines=0-1", Wanted::All),
            ("0-1", Wanted::All),
        ];
        for (range, expected) in cases {
            let mut headers = HeaderMap::new();
            headers.insert(header::RANGE, HeaderValue::from_static(range));
            assert_eq!(wanted(&headers, 10, "\"x\""), expected, "{range}");
            headers.insert(header::IF_RANGE, HeaderValue::from_static("\"x\""));
            assert_eq!(wanted(&headers, 10, "\"x\""), expected, "{range}");
            headers.insert(header::IF_RANGE, HeaderValue::from_static("\"y\""));
            assert_eq!(wanted(&headers, 10, "\"x\""), Wanted::All);
        }
        assert_eq!(wanted(&HeaderMap::new(), 10, ""), Wanted::All);
    }
}
