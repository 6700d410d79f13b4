//! A bucket of an S3-compatible service, and the secret its requests are signed with.
//!
//! It speaks with no service; it only reads how one is named.

use std::fmt;

use zeroize::Zeroizing;

use super::table::Secrecy;
use super::value::Value;

/// `s3://BUCKET` or `s3://BUCKET/PREFIX`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BucketUrl {
    bucket: String,
    prefix: String,
}

impl BucketUrl {
    /// The name of the bucket.
    #[must_use]
    pub fn bucket(&self) -> &str {
        &self.bucket
    }

    /// What the names in it begin with, without slashes at either end; nothing when it is empty.
    #[must_use]
    pub fn prefix(&self) -> &str {
        &self.prefix
    }
}

impl Value for BucketUrl {
    fn form() -> String {
        "`s3://BUCKET` or `s3://BUCKET/PREFIX`".to_owned()
    }
    // Names as Amazon S3's "Bucket naming rules" has them, without a dot: those do not go with certificates.
    fn parse(text: &str) -> Result<Self, String> {
        let wrong = || "is not a bucket such as s3://clinic-documents or s3://clinic/documents";
        let rest = text.strip_prefix("s3://").ok_or_else(wrong)?;
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let prefix = prefix.trim_end_matches('/');
        let is_name = |text: &str, others: &str| {
            text.bytes()
                .all(|sign| sign.is_ascii_alphanumeric() || others.as_bytes().contains(&sign))
        };
        let is_bucket = (3..=63).contains(&bucket.len())
            && is_name(bucket, "-")
            && !bucket.bytes().any(|sign| sign.is_ascii_uppercase());
        let mut parts = prefix.split('/');
        let is_prefix =
            prefix.is_empty() || parts.all(|part| !part.is_empty() && is_name(part, "-_"));
        match is_bucket && is_prefix {
            true => Ok(Self {
                bucket: bucket.to_owned(),
                prefix: prefix.to_owned(),
            }),
            false => Err(wrong().to_owned()),
        }
    }
    fn text(&self) -> String {
        let slash = if self.prefix.is_empty() { "" } else { "/" };
        format!("s3://{}{slash}{}", self.bucket, self.prefix)
    }
}

/// A secret that somebody else has given out, which shows in no format string.
#[derive(Clone, PartialEq, Eq)]
pub struct Passphrase(Zeroizing<String>);

impl Passphrase {
    /// Its text, for the client alone.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Passphrase {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("***")
    }
}

impl Value for Passphrase {
    const SECRECY: Secrecy = Secrecy::Password;

    fn form() -> String {
        "text".to_owned()
    }
    fn parse(text: &str) -> Result<Self, String> {
        // A file that holds one may end with a line.
        let text = text.trim();
        if text.is_empty() || text.chars().any(char::is_control) {
            return Err("is empty or holds a control character".to_owned());
        }
        Ok(Self(Zeroizing::new(text.to_owned())))
    }
    fn text(&self) -> String {
        "***".to_owned()
    }
    fn literal(&self) -> Option<String> {
        None
    }
}
