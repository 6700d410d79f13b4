//! What letters say. Nothing about anybody's health, not even that they are a patient; no name, for whoever mistyped an
//! address would learn whose it is.

use uuid::Uuid;
use zeroize::Zeroizing;

/// A letter, ready to be sent.
pub struct Letter {
    /// Its subject.
    pub subject: String,
    /// Its text, which may hold a link.
    pub text: Zeroizing<String>,
    /// What it is known by, if it may have to be sent again: mailboxes recognise a second one.
    pub id: Option<Uuid>,
}

/// Where the pages lie that links lead to, if there are any.
pub struct Links(pub(super) Option<String>);

impl Links {
    /// The words that lead to a page. The token stands behind the `#`, which browsers send to no server and to no other
    /// page. Without pages the token is told alone, to be pasted.
    fn to(&self, page: &str, token: &str) -> Zeroizing<String> {
        Zeroizing::new(match &self.0 {
            Some(origin) => format!("Open this link:\n\n{origin}/{page}#{token}\n"),
            None => format!("Give this code where you are asked for it:\n\n{token}\n"),
        })
    }
}

impl Letter {
    fn new(subject: &str, parts: &[&str]) -> Self {
        let mut text = Zeroizing::new(String::new());
        for part in parts {
            text.push_str(part);
            text.push('\n');
        }
        Self {
            subject: subject.to_owned(),
            text,
            id: None,
        }
    }

    /// With a link to choose another password with.
    #[must_use]
    pub fn password_reset(links: &Links, token: &str) -> Self {
        let link = links.to("reset-password", token);
        let parts = [
            "Somebody, presumably you, has asked to choose another password for the account of this address.\n",
            &link,
            "It works once, for 30 minutes, and ends all sessions of the account. If it was not you, do nothing: nothing has \
             changed.",
        ];
        Self::new("Choose another password", &parts)
    }

    /// With a link that shows that the letter arrived.
    #[must_use]
    pub fn email_verification(links: &Links, token: &str) -> Self {
        let link = links.to("verify-email", token);
        let parts = [
            "Somebody, presumably you, has made an account with this address. Show that it is yours.\n",
            &link,
            "It works once, for 24 hours. If it was not you, do nothing.",
        ];
        Self::new("Confirm your e-mail address", &parts)
    }

    /// To whoever has an account already.
    #[must_use]
    pub fn already_registered() -> Self {
        let parts = [
            "Somebody, perhaps you, has tried to make an account with this address. There is one already, and it has not \
             changed: sign in, or ask for another password if you have forgotten yours.",
            "If it was not you, there is nothing to do; whoever it was has learnt nothing.",
        ];
        Self::new("You have an account already", &parts)
    }

    /// After a password was chosen by a link.
    #[must_use]
    pub fn password_changed() -> Self {
        let parts = [
            "Another password was chosen for the account of this address, by a link that was sent to it. All its sessions have \
             ended.",
            "If it was not you, ask for another password at once, and tell whoever runs the service.",
        ];
        Self::new("Your password was changed", &parts)
    }

    /// Before an appointment: where (`at the clinic`, `by video`) and when, and nothing else of it. `may_change`: whether it can
    /// still be moved and called off.
    #[must_use]
    pub fn appointment_reminder(
        links: &Links,
        place: &str,
        time: &str,
        may_change: bool,
        id: Uuid,
    ) -> Self {
        let at = format!("You are expected {place}:\n\n{time}\n");
        let link = match (&links.0, may_change) {
            (Some(origin), true) => {
                format!("See it, move it or call it off here:\n\n{origin}/appointments\n")
            }
            (Some(origin), false) => format!("See it here:\n\n{origin}/appointments\n"),
            (None, true) => "Sign in to see it, to move it or to call it off.\n".to_owned(),
            (None, false) => "Sign in to see it.\n".to_owned(),
        };
        let parts = [
            at.as_str(),
            &link,
            "Which reminders you get, and when not, is set in your account.",
        ];
        Self {
            id: Some(id),
            ..Self::new("Reminder of an appointment", &parts)
        }
    }

    /// After an administrator took a second factor away.
    #[must_use]
    pub fn second_factor_removed() -> Self {
        let parts = [
            "An administrator has taken the second factor of the account of this address away. All its sessions have ended; \
             enrol a new one when you sign in next.",
            "If you have not asked for it, tell whoever runs the service at once.",
        ];
        Self::new("Your second factor was taken away", &parts)
    }
}

#[cfg(test)]
mod tests {
    use super::{Letter, Links};

    #[test]
    fn a_token_stands_where_no_server_reads_it() {
        let links = Links(Some("https://clinic.example".to_owned()));
        let letter = Letter::password_reset(&links, "ptl_secret");
        assert!(
            letter
                .text
                .contains("\nhttps://clinic.example/reset-password#ptl_secret\n")
        );
        let letter = Letter::email_verification(&Links(None), "ptl_secret");
        assert!(letter.text.contains("\nptl_secret\n"));
    }
}
