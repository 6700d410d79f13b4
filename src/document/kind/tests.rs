//! Which files are taken, whatever the pieces that they come in.

use super::{Inspector, Wrong};
use entity::code::MediaType::{Jpeg, Pdf, Png, Text};
use proptest::prelude::*;

fn looked(said: entity::code::MediaType, bytes: &[u8], piece: usize) -> Result<(), Wrong> {
    let mut inspector = Inspector::new(said);
    for some in bytes.chunks(piece.max(1)) {
        inspector.take(some)?;
    }
    inspector.end()
}

fn png(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
    bytes.extend(width.to_be_bytes());
    bytes.extend(height.to_be_bytes());
    bytes.extend(b"\x08\x02\0\0\0sum!");
    bytes.extend(b"\0\0\0\x05IDATdrawnsum!");
    bytes.extend(b"\0\0\0\0IEND\xaeB`\x82");
    bytes
}

fn jpeg(width: u16, height: u16) -> Vec<u8> {
    let mut bytes =
        b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0\xff\xff\xc2\0\x0b\x08".to_vec();
    bytes.extend(height.to_be_bytes());
    bytes.extend(width.to_be_bytes());
    bytes.extend(
        b"\x01\x01\x11\0\xff\xda\0\x08\x01\x01\0\0\x3f\0drawn\xff\0more\xff\xd0again\xff\xff\xd9",
    );
    bytes
}

const PDF: &[u8] =
    b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n";

fn with(bytes: &[u8], more: &[u8]) -> Vec<u8> {
    [bytes, more].concat()
}

fn cut(bytes: &[u8], by: usize) -> Vec<u8> {
    bytes[..bytes.len() - by].to_vec()
}

#[test]
fn each_kind_is_what_it_says_whole_and_nothing_else() {
    use Wrong::{NotWhole, OtherKind, TooManyPixels};
    let zip = b"PK\x03\x04name\x00bytesPK\x01\x02namePK\x05\x06\0\0\0\0\x01\0\x01\0\x10\0\0\0\x10\0\0\0\0\0";
    // An archive in a comment of which the rest stands.
    let commented = with(&with(&PDF[..9], zip), &PDF[9..]);
    let two = with(&jpeg(10, 10), &jpeg(4, 4));
    let cases = [
        (Pdf, PDF.to_vec(), Ok(())),
        (Png, png(100, 50), Ok(())),
        (Jpeg, jpeg(100, 50), Ok(())),
        (Jpeg, two.clone(), Ok(())),
        (Text, "Grüße, 血圧 120/80\r\n\tgut".into(), Ok(())),
        (Text, b"1 < 2".to_vec(), Ok(())),
        // One kind under the name of another.
        (Pdf, png(1, 1), Err(OtherKind)),
        (Png, jpeg(1, 1), Err(OtherKind)),
        (Jpeg, PDF.to_vec(), Err(OtherKind)),
        (
            Png,
            b"<svg xmlns='http://www.w3.org/2000/svg'/>".to_vec(),
            Err(OtherKind),
        ),
        (
            Png,
            b"<html><script>alert(1)</script>".to_vec(),
            Err(OtherKind),
        ),
        (Jpeg, b"alert(1)//".to_vec(), Err(OtherKind)),
        (Png, b"GIF89a\x01\0\x01\0".to_vec(), Err(OtherKind)),
        (Pdf, b"MZ\x90\0".to_vec(), Err(OtherKind)),
        (Text, b"MZ\x90\0".to_vec(), Err(OtherKind)),
        (Text, b"\x7fELF\x02".to_vec(), Err(OtherKind)),
        (Text, b"h\0e\0l\0l\0o\0".to_vec(), Err(OtherKind)),
        (Text, b"caf\xe9".to_vec(), Err(NotWhole)),
        (Text, b"caf\xe9!".to_vec(), Err(OtherKind)),
        (Text, b"\x1b]0;title\x07".to_vec(), Err(OtherKind)),
        (Text, b" <!DOCTYPE html><p>".to_vec(), Err(OtherKind)),
        (Text, b"<?xml version='1.0'?>".to_vec(), Err(OtherKind)),
        (Text, b"#!/bin/sh\nrm".to_vec(), Err(OtherKind)),
        (Text, PDF.to_vec(), Err(OtherKind)),
        // Two kinds in one file.
        (Pdf, with(PDF, zip), Err(OtherKind)),
        (Pdf, commented, Err(OtherKind)),
        (Pdf, with(b"\n\n", PDF), Err(OtherKind)),
        (
            Pdf,
            with(&PDF[..9], &with(b"<script>x</script>", &PDF[9..])),
            Err(OtherKind),
        ),
        (Png, with(&png(1, 1), zip), Err(OtherKind)),
        (Png, with(&png(1, 1), b"\n"), Err(OtherKind)),
        (Jpeg, with(&jpeg(1, 1), zip), Err(OtherKind)),
        (Jpeg, with(&jpeg(1, 1), b"<?php"), Err(OtherKind)),
        (
            Jpeg,
            with(b"\xff\xd8\xff\xfe\0\x0a%PDF-1.4", &jpeg(1, 1)[2..]),
            Err(OtherKind),
        ),
        // Cut off.
        (Pdf, cut(PDF, 3), Err(NotWhole)),
        (Png, cut(&png(9, 9), 1), Err(NotWhole)),
        (Png, cut(&png(9, 9), 12), Err(NotWhole)),
        (Jpeg, cut(&jpeg(9, 9), 2), Err(NotWhole)),
        (Jpeg, cut(&two, 2), Err(NotWhole)),
        (Text, "Grü".as_bytes()[..3].to_vec(), Err(NotWhole)),
        (Pdf, Vec::new(), Err(OtherKind)),
        (Png, Vec::new(), Err(OtherKind)),
        (Jpeg, Vec::new(), Err(OtherKind)),
        // Larger than anybody could look at.
        (Png, png(10_000, 10_000), Err(TooManyPixels)),
        (Png, png(8_000, 5_000), Ok(())),
        (Png, png(8_000, 5_001), Err(TooManyPixels)),
        (Png, png(u32::MAX, u32::MAX), Err(TooManyPixels)),
        (Png, png(0, 5), Err(NotWhole)),
        (Jpeg, jpeg(60_000, 60_000), Err(TooManyPixels)),
        (Jpeg, jpeg(10, 0), Err(NotWhole)),
        (
            Jpeg,
            with(&jpeg(4, 4), &jpeg(60_000, 60_000)),
            Err(TooManyPixels),
        ),
    ];
    for (at, (said, bytes, expected)) in cases.iter().enumerate() {
        for piece in [1, 2, 7, 1_000_000] {
            assert_eq!(
                looked(*said, bytes, piece),
                *expected,
                "case {at}, pieces of {piece}"
            );
        }
    }
}

#[test]
fn the_end_of_an_archive_is_found_however_long_its_comment() {
    let mut bytes = b"PK\x05\x06".to_vec();
    bytes.resize(22, 0);
    let long = vec![b' '; 65_535 - 30];
    let hidden = with(&with(&with(&PDF[..9], &bytes), &long), b"\n%%EOF");
    assert_eq!(looked(Pdf, &hidden, 4096), Err(Wrong::OtherKind));
}

proptest! {
    #[test]
    fn nothing_that_comes_makes_it_fail_and_pieces_make_no_difference(
        bytes in proptest::collection::vec(any::<u8>(), 0..3000), start in 0_usize..5, piece in 1_usize..200
    ) {
        for said in [Pdf, Png, Jpeg, Text] {
            let beginning = [Vec::new(), PDF.to_vec(), png(9, 9), jpeg(9, 9), b"text".to_vec()][start].clone();
            let all = with(&beginning, &bytes);
            prop_assert_eq!(looked(said, &all, piece).is_ok(), looked(said, &all, usize::MAX).is_ok());
        }
    }
}
