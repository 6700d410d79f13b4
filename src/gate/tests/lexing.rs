//! What counts as a token, and what merely looks like one.

use super::super::{Limits, Reason, lexer};
use async_graphql::Pos;

/// Limits under which one bracket, directive or spread is already too much.
fn strict() -> Limits {
    Limits {
        brackets: 0,
        directives: 0,
        spreads: 0,
        ..Limits::default()
    }
}

fn tokens(source: &str) -> usize {
    lexer::check(source, &Limits::default()).unwrap()
}

fn refused(source: &str, limits: &Limits) -> (Reason, Option<Pos>) {
    let refused = lexer::check(source, limits).unwrap_err();
    (refused.reason, refused.at)
}

#[test]
fn every_name_value_and_punctuator_is_a_token() {
    assert_eq!(tokens("query Q($a: [Int!] = [1]) { a(x: $a) @b ...C }"), 28);
}

#[test]
fn what_the_parser_reads_as_several_values_counts_as_several() {
    assert_eq!(tokens("[0000]"), 2 + 4);
    assert_eq!(tokens("[truefalsenull]"), 2 + 3);
    assert_eq!(tokens("[1-2-3]"), 2 + 5);
    assert_eq!(tokens("[1230]"), 2 + 1);
    assert_eq!(tokens("nullable"), 2);
}

#[test]
fn white_space_commas_comments_and_byte_order_marks_are_none() {
    assert_eq!(tokens("\u{feff} ,,\t\r\n # a comment { [ (\n,"), 0);
}

#[test]
fn nothing_in_a_string_counts_but_the_string() {
    assert!(lexer::check(r#" "{[( @ ... # \" \\" "#, &strict()).is_ok());
    assert!(lexer::check(r#" """{[( " "" \""" @ ... \""" "#, &strict()).is_err());
    assert!(lexer::check("\"\"\"{[(\n \" \"\" \\\"\"\" @ ... # \"\"\"", &strict()).is_ok());
    assert_eq!(tokens("\"\" \"a\" \"\"\"\"\"\" \"\"\" b \"\"\""), 4);
}

#[test]
fn nothing_in_a_comment_counts() {
    assert!(lexer::check("# {[( @ ... \" \"\"\"\n", &strict()).is_ok());
    assert!(lexer::check("# the last line {[(", &strict()).is_ok());
}

#[test]
fn a_comment_ends_with_its_line() {
    for end in ["\n", "\r", "\r\n"] {
        let source = format!("# {{{end}{{");
        assert_eq!(refused(&source, &strict()).0, Reason::Brackets(0));
    }
}

#[test]
fn a_string_that_is_not_closed_is_refused() {
    for source in [
        "\"abc",
        "\"abc\n\"",
        "\"abc\\",
        "\"abc\\\n\"",
        "\"\"\"abc\"\"",
        "\"\"\"",
        "\"\"\"\\\"\"\"",
    ] {
        let (reason, _) = refused(source, &Limits::default());
        assert_eq!(reason, Reason::UnclosedString, "{source}");
    }
}

#[test]
fn brackets_of_all_kinds_count_together() {
    let limits = Limits {
        brackets: 3,
        ..Limits::default()
    };
    assert!(lexer::check("([{}])([{}])", &limits).is_ok());
    assert_eq!(refused("([{[", &limits).0, Reason::Brackets(3));
}

#[test]
fn a_bracket_too_many_does_not_make_room_for_more() {
    assert_eq!(refused("]]]]{", &strict()).0, Reason::Brackets(0));
}

#[test]
fn each_limit_is_the_last_figure_that_passes() {
    let limits = Limits {
        bytes: 40,
        tokens: 6,
        directives: 2,
        spreads: 1,
        ..Limits::default()
    };
    assert!(lexer::check("a b c d e f", &limits).is_ok());
    assert_eq!(refused("a b c d e f g", &limits).0, Reason::Tokens(6));
    assert!(lexer::check("@a @b", &limits).is_ok());
    assert_eq!(refused("@a @b @c", &limits).0, Reason::Directives(2));
    assert!(lexer::check("...a", &limits).is_ok());
    assert_eq!(refused("...a ...b", &limits).0, Reason::Spreads(1));
    assert!(lexer::check(&" ".repeat(40), &limits).is_ok());
    assert_eq!(refused(&" ".repeat(41), &limits).0, Reason::Bytes(40));
}

#[test]
fn a_refusal_names_line_and_column_in_characters() {
    let (_, place) = refused("\"é\"\n  \"é\" {", &strict());
    assert_eq!(place, Some(Pos { line: 2, column: 7 }));
}

#[test]
fn text_that_is_not_graphql_at_all_is_only_counted() {
    assert_eq!(tokens("\u{0} ~ é"), 4);
}
