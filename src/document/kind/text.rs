//! Text: UTF-8 that can be read, and nothing that a terminal would obey.

use super::Wrong;

/// Text as it comes.
#[derive(Default)]
pub(super) struct Text {
    /// The beginning of a character whose rest has not come.
    begun: Vec<u8>,
}

impl Text {
    pub fn take(&mut self, bytes: &[u8]) -> Result<(), Wrong> {
        let mut rest = bytes;
        while !self.begun.is_empty() && !rest.is_empty() {
            self.begun.push(rest[0]);
            rest = &rest[1..];
            match std::str::from_utf8(&self.begun) {
                Ok(text) => {
                    readable(text)?;
                    self.begun.clear();
                }
                Err(error) if error.error_len().is_some() => return Err(Wrong::OtherKind),
                Err(_) => {}
            }
        }
        match std::str::from_utf8(rest) {
            Ok(text) => readable(text),
            Err(error) if error.error_len().is_some() => Err(Wrong::OtherKind),
            Err(error) => {
                let (whole, begun) = rest.split_at(error.valid_up_to());
                begun.clone_into(&mut self.begun);
                readable(std::str::from_utf8(whole).unwrap_or_default())
            }
        }
    }

    pub fn end(self) -> Result<(), Wrong> {
        match self.begun.is_empty() {
            true => Ok(()),
            false => Err(Wrong::NotWhole),
        }
    }
}

fn readable(text: &str) -> Result<(), Wrong> {
    let wrong = |sign: char| sign.is_control() && !matches!(sign, '\n' | '\r' | '\t' | '\u{c}');
    match text.chars().any(wrong) {
        true => Err(Wrong::OtherKind),
        false => Ok(()),
    }
}
