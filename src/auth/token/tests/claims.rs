//! Claims other than those that are issued, each under a right signature.

use super::{NAME, SESSION, USER, accepted, claims, forge, header};

#[test]
fn other_claims_are_refused_though_rightly_signed() {
    let mut cases = 0;
    let mut refused = |name: &str, value: Option<&str>| {
        let claims = claims(name, value);
        assert_eq!(accepted(&forge(&header(), &claims)), None, "{claims}");
        cases += 1;
    };
    for name in [
        "iss", "aud", "sub", "sid", "jti", "iat", "nbf", "exp", "epoch",
    ] {
        for value in [
            None,
            Some("null"),
            Some("{}"),
            Some("[]"),
            Some("true"),
            Some("\"\""),
        ] {
            refused(name, value);
        }
    }
    for name in ["iat", "nbf", "exp"] {
        for value in [
            "\"1800000600\"",
            "1800000300.0",
            "1800000300.5",
            "1e400",
            "-1e400",
            "1.8e9",
        ] {
            refused(name, Some(value));
        }
    }
    for exp in [
        "0",
        "-1",
        "1799999999",
        "1800000000",
        "9223372036854775807",
        "18446744073709551616",
    ] {
        refused("exp", Some(exp));
    }
    for begin in ["1800000004", "9223372036854775807", "18446744073709551615"] {
        refused("nbf", Some(begin));
        refused("iat", Some(begin));
    }
    for aud in [
        r#""other""#,
        r#"["patient-tracker-api"]"#,
        r#"["other","patient-tracker-api"]"#,
        r#""PATIENT-TRACKER-API""#,
    ] {
        refused("aud", Some(aud));
    }
    for iss in [
        r#""other""#,
        r#"["patient-tracker"]"#,
        r#""patient-tracker ""#,
    ] {
        refused("iss", Some(iss));
    }
    for id in [
        r#""1""#,
        "1",
        r#""admin""#,
        r#"["00000000-0000-0000-0000-000000000001"]"#,
    ] {
        refused("sub", Some(id));
        refused("sid", Some(id));
    }
    for epoch in ["\"4\"", "4.0", "2147483648", "-2147483649"] {
        refused("epoch", Some(epoch));
    }
    for (name, value) in [
        ("roles", "4"),
        ("role", "\"ADMIN\""),
        ("scope", "\"all\""),
        ("azp", "\"x\""),
    ] {
        refused(name, Some(value));
    }
    assert!(cases >= 80);
}

#[test]
fn claims_of_another_shape_are_refused_though_rightly_signed() {
    let ours = claims("", None);
    let twice = ours.replacen('{', &format!("{{\"sub\":\"{SESSION}\","), 1);
    let late = ours.trim_end_matches('}').to_owned() + ",\"exp\":1900000000}";
    let list = format!(
        r#"["patient-tracker","patient-tracker-api","{USER}","{SESSION}","{NAME}",1800000000,1800000000,1800000600,4]"#
    );
    let deep = format!("{}{}", "[".repeat(500), "]".repeat(500));
    for claims in [
        &twice,
        &late,
        &list,
        &deep,
        &format!("{ours} x"),
        &format!("{ours}{ours}"),
        "",
        "null",
        "{}",
        "\"\"",
    ] {
        assert_eq!(accepted(&forge(&header(), claims)), None, "{claims}");
    }
}
