//! Images: PNG by its chunks, JPEG by its segments, from the first to the last byte; how large they are stands in one of them.

use super::{Wrong, pixels};

/// A PNG as it comes (ISO/IEC 15948).
#[derive(Default)]
pub(super) struct Png {
    at: PngAt,
    /// What has come of a header.
    header: Vec<u8>,
}

#[derive(Default)]
enum PngAt {
    /// Before the eight bytes that begin it, with the first chunk and the size in it.
    #[default]
    Start,
    /// Before the header of a chunk.
    Chunk,
    /// Within a chunk: so many bytes of it are left.
    Within { left: u64, is_last: bool },
    /// After the last.
    End,
}

const PNG: &[u8; 16] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";
/// The signature, the first header, width and height.
const PNG_START: usize = 24;
/// What of the first chunk, with its sum, comes after the size.
const AFTER_SIZE: u64 = 5 + 4;

impl Png {
    pub fn take(&mut self, mut bytes: &[u8]) -> Result<(), Wrong> {
        while !bytes.is_empty() {
            match &mut self.at {
                PngAt::Start => {
                    if !gather(&mut self.header, &mut bytes, PNG_START) {
                        let some = self.header.len().min(PNG.len());
                        return match self.header[..some] == PNG[..some] {
                            true => Ok(()),
                            false => Err(Wrong::OtherKind),
                        };
                    }
                    if !self.header.starts_with(PNG) {
                        return Err(Wrong::OtherKind);
                    }
                    pixels(number(&self.header[16..20]), number(&self.header[20..24]))?;
                    self.header.clear();
                    self.at = PngAt::Within {
                        left: AFTER_SIZE,
                        is_last: false,
                    };
                }
                PngAt::Chunk => {
                    if !gather(&mut self.header, &mut bytes, 8) {
                        return Ok(());
                    }
                    let (length, kind) = (number(&self.header[..4]), &self.header[4..]);
                    if length > i32::MAX.unsigned_abs() || !kind.iter().all(u8::is_ascii_alphabetic)
                    {
                        return Err(Wrong::NotWhole);
                    }
                    let is_last = kind == b"IEND";
                    if kind == b"IHDR" || (is_last && length > 0) {
                        return Err(Wrong::NotWhole);
                    }
                    self.header.clear();
                    self.at = PngAt::Within {
                        left: u64::from(length) + 4,
                        is_last,
                    };
                }
                PngAt::Within { left, is_last } => {
                    bytes = skip(bytes, left);
                    if *left == 0 {
                        self.at = match is_last {
                            true => PngAt::End,
                            false => PngAt::Chunk,
                        };
                    }
                }
                PngAt::End => return Err(Wrong::OtherKind),
            }
        }
        Ok(())
    }

    pub fn end(self) -> Result<(), Wrong> {
        match self.at {
            PngAt::End => Ok(()),
            PngAt::Start if self.header.len() < 8 => Err(Wrong::OtherKind),
            _ => Err(Wrong::NotWhole),
        }
    }
}

/// A JPEG as it comes (ITU-T T.81). Cameras put further images behind the first; each must be whole.
#[derive(Default)]
pub(super) struct Jpeg {
    at: JpegAt,
    header: Vec<u8>,
    /// Whether the image at hand has said how large it is.
    is_sized: bool,
}

#[derive(Default)]
enum JpegAt {
    /// Before the two bytes that begin an image.
    #[default]
    Start,
    /// Before a marker.
    Marker,
    /// Before the length of a segment, and the size of the image if it holds that.
    Segment { marker: u8 },
    /// Within a segment.
    Within { left: u64, marker: u8 },
    /// Within what is drawn.
    Drawn,
    /// After an image, which may be the last.
    End,
}

impl Jpeg {
    pub fn take(&mut self, mut bytes: &[u8]) -> Result<(), Wrong> {
        while !bytes.is_empty() {
            match &mut self.at {
                JpegAt::Start | JpegAt::End => {
                    if !gather(&mut self.header, &mut bytes, 2) {
                        return Ok(());
                    }
                    if self.header != [0xff, 0xd8] {
                        return Err(Wrong::OtherKind);
                    }
                    self.is_sized = false;
                    self.turn(JpegAt::Marker);
                }
                JpegAt::Marker => {
                    if !gather(&mut self.header, &mut bytes, 2) {
                        return Ok(());
                    }
                    self.marker()?;
                }
                JpegAt::Segment { marker } => {
                    let marker = *marker;
                    // Of a frame: length, precision, height, width.
                    let wanted = if is_frame(marker) { 7 } else { 2 };
                    if !gather(&mut self.header, &mut bytes, wanted) {
                        return Ok(());
                    }
                    self.segment(marker, wanted)?;
                }
                JpegAt::Within { left, marker } => {
                    bytes = skip(bytes, left);
                    if *left == 0 {
                        let next = match *marker {
                            0xda => JpegAt::Drawn,
                            _ => JpegAt::Marker,
                        };
                        self.turn(next);
                    }
                }
                JpegAt::Drawn => {
                    // The byte before may have been the beginning of a marker.
                    if self.header.is_empty() {
                        let Some(at) = bytes.iter().position(|byte| *byte == 0xff) else {
                            return Ok(());
                        };
                        bytes = &bytes[at..];
                    }
                    if !gather(&mut self.header, &mut bytes, 2) {
                        return Ok(());
                    }
                    match self.header[1] {
                        // A drawn 0xff, and where drawing starts anew.
                        0 | 0xd0..=0xd7 => self.header.clear(),
                        0xff => self.header.truncate(1),
                        _ => self.marker()?,
                    }
                }
            }
        }
        Ok(())
    }

    fn turn(&mut self, at: JpegAt) {
        self.header.clear();
        self.at = at;
    }

    /// What a marker begins.
    fn marker(&mut self) -> Result<(), Wrong> {
        if self.header[0] != 0xff {
            return Err(Wrong::NotWhole);
        }
        match self.header[1] {
            // Filling.
            0xff => {
                self.header.truncate(1);
                self.at = JpegAt::Marker;
            }
            0xd9 if !self.is_sized => return Err(Wrong::NotWhole),
            0xd9 => self.turn(JpegAt::End),
            0 | 0x02..=0xbf | 0xd0..=0xd8 => return Err(Wrong::NotWhole),
            0x01 => self.turn(JpegAt::Marker),
            marker => self.turn(JpegAt::Segment { marker }),
        }
        Ok(())
    }

    fn segment(&mut self, marker: u8, known: usize) -> Result<(), Wrong> {
        let pair = |at: usize| u32::from(self.header[at]) << 8 | u32::from(self.header[at + 1]);
        let length = usize::try_from(pair(0)).unwrap_or_default();
        if length < known {
            return Err(Wrong::NotWhole);
        }
        if is_frame(marker) {
            pixels(pair(5), pair(3))?;
            self.is_sized = true;
        }
        if marker == 0xda && !self.is_sized {
            return Err(Wrong::NotWhole);
        }
        let left = (length - known) as u64;
        self.turn(match (left, marker) {
            (0, 0xda) => JpegAt::Drawn,
            (0, _) => JpegAt::Marker,
            _ => JpegAt::Within { left, marker },
        });
        Ok(())
    }

    pub fn end(self) -> Result<(), Wrong> {
        match self.at {
            JpegAt::End if self.header.is_empty() => Ok(()),
            JpegAt::End => Err(Wrong::OtherKind),
            JpegAt::Start => Err(Wrong::OtherKind),
            _ => Err(Wrong::NotWhole),
        }
    }
}

/// Whether this marker begins a frame, which says how large the image is.
fn is_frame(marker: u8) -> bool {
    matches!(marker, 0xc0..=0xcf) && !matches!(marker, 0xc4 | 0xc8 | 0xcc)
}

/// Takes bytes over until so many have been gathered; whether they have.
fn gather(into: &mut Vec<u8>, from: &mut &[u8], wanted: usize) -> bool {
    let some = from.len().min(wanted.saturating_sub(into.len()));
    into.extend_from_slice(&from[..some]);
    *from = &from[some..];
    into.len() >= wanted
}

/// Leaves out so many bytes, or as many as there are.
fn skip<'a>(bytes: &'a [u8], left: &mut u64) -> &'a [u8] {
    let some = usize::try_from(*left)
        .unwrap_or(usize::MAX)
        .min(bytes.len());
    *left -= some as u64;
    &bytes[some..]
}

fn number(bytes: &[u8]) -> u32 {
    bytes
        .iter()
        .fold(0, |number, byte| number << 8 | u32::from(*byte))
}
