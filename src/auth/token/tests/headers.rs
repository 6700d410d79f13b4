//! Headers other than the one that is issued, each under a right signature.

use super::{accepted, claims, forge, header, kid};

#[test]
fn other_headers_are_refused_though_rightly_signed() {
    let kid = kid();
    let ours = header();
    let ours = ours.trim_end_matches('}');
    let mut headers: Vec<String> = ["none", "None", "NONE", "nOnE", "", "null"]
        .iter()
        .map(|alg| format!(r#"{{"typ":"at+jwt","alg":"{alg}","kid":"{kid}"}}"#))
        .collect();
    for alg in [
        "HS384", "HS512", "RS256", "PS256", "ES256", "EdDSA", "hs256", "HS256 ",
    ] {
        headers.push(format!(r#"{{"typ":"at+jwt","alg":"{alg}","kid":"{kid}"}}"#));
    }
    for other in [
        "../../../../dev/null",
        "/dev/null",
        "x' UNION SELECT 'k' -- ",
        "' OR '1'='1",
        "",
        "|/usr/bin/id",
        "http://127.0.0.1/key",
    ] {
        headers.push(format!(
            r#"{{"typ":"at+jwt","alg":"HS256","kid":"{other}"}}"#
        ));
    }
    for typ in [
        "JWT",
        "jwt",
        "at+JWT",
        "application/at+jwt",
        "refresh+jwt",
        "mfa+jwt",
        "dpop+jwt",
    ] {
        headers.push(format!(r#"{{"typ":"{typ}","alg":"HS256","kid":"{kid}"}}"#));
    }
    for more in [
        r#""jku":"http://127.0.0.1/keys""#,
        r#""x5u":"http://127.0.0.1/cert""#,
        r#""jwk":{"kty":"oct","k":"AAAA"}"#,
        r#""x5c":["AAAA"]"#,
        r#""crit":["exp"]"#,
        r#""crit":["never-heard-of"],"never-heard-of":true"#,
        r#""b64":false,"crit":["b64"]"#,
        r#""zip":"DEF""#,
        r#""cty":"JWT""#,
        r#""alg":"none""#,
        r#""kid":"other""#,
        r#""extra":1"#,
    ] {
        headers.push(format!("{ours},{more}}}"));
    }
    headers.push(format!(
        r#"{{"typ":"at+jwt","alg":"HS256","kid":["{kid}"]}}"#
    ));
    headers.push(format!(r#"{{"alg":"HS256","kid":"{kid}"}}"#));
    headers.push(r#"{"typ":"at+jwt","alg":"HS256"}"#.to_owned());
    headers.push(format!(r#"{{"typ":"at+jwt","kid":"{kid}"}}"#));
    headers.push(format!(r#"["at+jwt","HS256","{kid}"]"#));
    headers.push(format!(" {}", header()));
    headers.push("{}".to_owned());
    headers.push(String::new());
    for header in &headers {
        let token = forge(header, &claims("", None));
        assert_eq!(accepted(&token), None, "{header}");
    }
    assert!(headers.len() >= 45);
}
