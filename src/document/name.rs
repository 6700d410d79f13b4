//! What a file may be called: it is shown, and given back with the file, and nothing is ever found or kept by it.

use crate::patient::input::{Problem, line};
use entity::code::MediaType;
use unicode_normalization::UnicodeNormalization as _;

/// The longest name, in characters.
pub const LONGEST: usize = 150;

/// What stands for a way in a folder, or for a command, somewhere.
const NOT_IN_NAMES: &[char] = &['/', '\\', ':', '*', '?', '"', '<', '>', '|', '%', '`', '$'];

/// What runs somewhere, and so stands in no name, not even before another ending.
const RUNS: &[&str] = &[
    "apk", "app", "asp", "aspx", "bash", "bat", "bin", "cgi", "cmd", "com", "cpl", "dll", "docm",
    "exe", "hta", "htm", "html", "iso", "jar", "js", "jse", "jsp", "lnk", "mhtml", "mjs", "msi",
    "php", "phtml", "pif", "pl", "ps1", "py", "reg", "scr", "sh", "svg", "swf", "vbe", "vbs",
    "wsf", "xhtml", "xlsm", "xml", "zip",
];

/// Whether a sign makes a name look like another: it turns the direction of writing, or is not seen at all.
#[must_use]
pub fn misleads(sign: char) -> bool {
    matches!(sign,
        '\u{00ad}' | '\u{034f}' | '\u{061c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// A name in one spelling.
///
/// # Errors
/// When it is blank or too long, or has a character that a name cannot have.
pub fn checked(name: &str) -> Result<String, Problem> {
    let name: String = line(name, LONGEST)?.nfc().collect();
    let wrong = |sign: char| misleads(sign) || NOT_IN_NAMES.contains(&sign);
    if name.chars().any(wrong) || name.starts_with('.') || name.ends_with(['.', ' ']) {
        return Err(Problem::InvalidCharacter);
    }
    Ok(name)
}

/// What kind of file a name says that it is; none when it says another than those that are taken, or two things.
#[must_use]
pub fn media_type(name: &str) -> Option<MediaType> {
    let mut parts = name
        .rsplit('.')
        .map(|part| part.trim().to_ascii_lowercase());
    let media_type = match parts.next()?.as_str() {
        "pdf" => MediaType::Pdf,
        "png" => MediaType::Png,
        "jpg" | "jpeg" => MediaType::Jpeg,
        "txt" => MediaType::Text,
        _ => return None,
    };
    let mut rest = parts.peekable();
    rest.peek()?;
    // The first part is the name proper.
    let before: Vec<_> = rest.collect();
    let endings = &before[..before.len() - 1];
    let runs = endings.iter().any(|part| RUNS.contains(&part.as_str()));
    (!runs).then_some(media_type)
}

/// How a file is told to be kept, under this name: RFC 6266, with the name in ASCII for old programs, and whole by RFC 8187.
#[must_use]
pub fn disposition(name: &str) -> String {
    let ascii: String = name
        .chars()
        .map(|sign| match sign {
            ' '..='~' if !matches!(sign, '"' | '\\' | '%') => sign,
            _ => '_',
        })
        .collect();
    let mut whole = String::with_capacity(name.len() * 3);
    for byte in name.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                whole.push(char::from(byte));
            }
            _ => whole.push_str(&format!("%{byte:02X}")),
        }
    }
    format!("attachment; filename=\"{ascii}\"; filename*=UTF-8''{whole}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_that_lead_elsewhere_or_look_like_others_are_not_taken() {
        for name in [
            "../../etc/passwd.txt",
            "/etc/passwd.txt",
            "a\\b.pdf",
            "C:x.pdf",
            "..",
            ".",
            ".htaccess.txt",
            "x.pdf.",
            "x\0.pdf",
            "x\n.pdf",
            "x\u{202e}fdp.exe.txt",
            "x\u{200b}.pdf",
            "%2e%2e%2fx.pdf",
            "x\".pdf",
            "",
        ] {
            assert!(checked(name).is_err(), "{name:?}");
        }
        assert!(checked(&format!("{}.pdf", "x".repeat(4096))).is_err());
        assert_eq!(
            checked(" Bericht fu\u{308}r Zoë.pdf ").unwrap(),
            "Bericht für Zoë.pdf"
        );
    }

    #[test]
    fn a_name_says_one_kind_or_none() {
        for (name, kind) in [
            ("x.pdf", Some(MediaType::Pdf)),
            ("x.PDF", Some(MediaType::Pdf)),
            ("x.2026.pdf", Some(MediaType::Pdf)),
            ("x.jpeg", Some(MediaType::Jpeg)),
            ("x.jpg", Some(MediaType::Jpeg)),
            ("x.png", Some(MediaType::Png)),
            ("x.txt", Some(MediaType::Text)),
            ("x.pdf.exe", None),
            ("x.exe.pdf", None),
            ("x.php.jpg", None),
            ("x.html", None),
            ("x.svg", None),
            ("x.zip", None),
            ("pdf", None),
            ("exe.pdf", Some(MediaType::Pdf)),
        ] {
            assert_eq!(media_type(name), kind, "{name}");
        }
    }

    proptest! {
        #[test]
        fn a_disposition_is_one_header_whatever_the_name(name in "\\PC{1,60}") {
            let header = disposition(&name);
            prop_assert!(header.bytes().all(|byte| (b' '..=b'~').contains(&byte)));
            prop_assert_eq!(header.matches('"').count(), 2);
            let whole = header.rsplit("UTF-8''").next().unwrap();
            let mut bytes = Vec::new();
            let mut rest = whole.bytes();
            while let Some(byte) = rest.next() {
                bytes.push(match byte {
                    b'%' => {
                        let digits = [rest.next().unwrap(), rest.next().unwrap()];
                        u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap()
                    }
                    byte => byte,
                });
            }
            prop_assert_eq!(String::from_utf8(bytes).unwrap(), name);
        }
    }
}
