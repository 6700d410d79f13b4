//! What kind of file some bytes are: looked at piece by piece as they come, by what is in them and not by what anybody says.
//!
//! Four kinds are taken, and each only if it is that and nothing else besides: whole, from its first byte to its last, with no
//! archive and no page of a browser hidden in it. Nothing is ever unpacked or drawn here; how large an image is stands at its
//! beginning. What a PDF holds is not looked at: files are given to be kept, and never shown by us.

mod image;
mod text;

use entity::code::MediaType;
use image::{Jpeg, Png};
use text::Text;

/// The most pixels that an image can have.
const MOST_PIXELS: u64 = 40_000_000;
/// How many of the first bytes are looked at for other kinds; readers of a PDF look for its beginning so far.
const HEAD: usize = 1024;
/// How many of the last bytes are looked at for the end of an archive, which can be so far from the end.
const TAIL: usize = 22 + 65_535;

/// Why a file is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// It is another kind, or two at once.
    OtherKind,
    /// It has more pixels than are taken.
    TooManyPixels,
    /// It is not whole.
    NotWhole,
}

/// Looks at a file as it comes.
pub struct Inspector {
    is: Is,
    head: Vec<u8>,
    tail: Vec<u8>,
}

enum Is {
    Pdf,
    Png(Png),
    Jpeg(Jpeg),
    Text(Text),
}

impl Inspector {
    /// Of a file that is said to be this.
    #[must_use]
    pub fn new(said: MediaType) -> Self {
        Self {
            is: match said {
                MediaType::Pdf => Is::Pdf,
                MediaType::Png => Is::Png(Png::default()),
                MediaType::Jpeg => Is::Jpeg(Jpeg::default()),
                MediaType::Text => Is::Text(Text::default()),
            },
            head: Vec::with_capacity(HEAD),
            tail: Vec::new(),
        }
    }

    /// Looks at what comes next.
    ///
    /// # Errors
    /// What is wrong, as soon as it is seen.
    pub fn take(&mut self, bytes: &[u8]) -> Result<(), Wrong> {
        if self.head.len() < HEAD {
            let some = bytes.len().min(HEAD - self.head.len());
            self.head.extend_from_slice(&bytes[..some]);
            if self.head.len() == HEAD {
                self.begins()?;
            }
        }
        let last = &bytes[bytes.len().saturating_sub(TAIL)..];
        let surplus = (self.tail.len() + last.len()).saturating_sub(TAIL);
        self.tail.drain(..surplus.min(self.tail.len()));
        self.tail.extend_from_slice(last);
        match &mut self.is {
            Is::Pdf => Ok(()),
            Is::Png(png) => png.take(bytes),
            Is::Jpeg(jpeg) => jpeg.take(bytes),
            Is::Text(text) => text.take(bytes),
        }
    }

    /// That was all.
    ///
    /// # Errors
    /// What is wrong with the whole.
    pub fn end(mut self) -> Result<(), Wrong> {
        if self.head.len() < HEAD {
            self.begins()?;
        }
        if holds(&self.tail, b"PK\x05\x06") {
            return Err(Wrong::OtherKind);
        }
        match self.is {
            Is::Pdf => {
                let end = self.tail.trim_ascii_end();
                match end.ends_with(b"%%EOF") {
                    true => Ok(()),
                    false => Err(Wrong::NotWhole),
                }
            }
            Is::Png(png) => png.end(),
            Is::Jpeg(jpeg) => jpeg.end(),
            Is::Text(text) => text.end(),
        }
    }

    /// The beginning: it is the kind that was said, and no other that is looked for within it.
    fn begins(&mut self) -> Result<(), Wrong> {
        let is_pdf = |bytes: &[u8]| bytes.starts_with(b"%PDF-1.") || bytes.starts_with(b"%PDF-2.");
        let within = match self.is {
            Is::Pdf if !is_pdf(&self.head) => return Err(Wrong::OtherKind),
            Is::Pdf => &self.head[5..],
            _ => &self.head[..],
        };
        let within = within.to_ascii_lowercase();
        let hidden: [&[u8]; 8] = [
            b"%pdf-",
            b"<html",
            b"<script",
            b"<svg",
            b"<!doctype",
            b"<iframe",
            b"<body",
            b"<?php",
        ];
        let text: [&[u8]; 3] = [b"<?xml", b"#!", b"{\\rtf"];
        let is_text = matches!(self.is, Is::Text(_));
        let starts = |sign: &[u8]| within.trim_ascii_start().starts_with(sign);
        let is_other = hidden.iter().any(|sign| holds(&within, sign))
            || (is_text && text.iter().any(|sign| starts(sign)));
        match is_other {
            true => Err(Wrong::OtherKind),
            false => Ok(()),
        }
    }
}

fn holds(bytes: &[u8], sign: &[u8]) -> bool {
    bytes.windows(sign.len()).any(|some| some == sign)
}

/// Whether an image of this size is taken.
fn pixels(width: u32, height: u32) -> Result<(), Wrong> {
    match u64::from(width) * u64::from(height) {
        0 => Err(Wrong::NotWhole),
        1..=MOST_PIXELS => Ok(()),
        _ => Err(Wrong::TooManyPixels),
    }
}

#[cfg(test)]
mod tests;
