//! The letters that a clinic has sent, as files in its folder.

use super::app::App;
use std::time::Duration;

/// How long a letter may take.
const PATIENCE: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(20);

impl App {
    /// All letters to this address until now, in no order.
    pub fn letters(&self, to: &str) -> Vec<String> {
        let folder = self.folder().join("mail");
        let Ok(files) = std::fs::read_dir(folder) else {
            return Vec::new();
        };
        let paths = files.map(|file| file.unwrap().path());
        let letters = paths.filter(|path| path.extension().is_some_and(|it| it == "eml"));
        let letters = letters.map(|path| std::fs::read_to_string(path).unwrap());
        let to = format!("To: {to}\r\n");
        letters.filter(|letter| letter.contains(&to)).collect()
    }

    /// Waits until so many letters went to this address; all of them.
    pub async fn letters_of(&self, to: &str, count: usize) -> Vec<String> {
        self.post_is_quiet().await;
        let letters = self.letters(to);
        assert_eq!(letters.len(), count, "{letters:?}");
        letters
    }

    /// Waits until nothing is left to be sent.
    pub async fn post_is_quiet(&self) {
        let begun = std::time::Instant::now();
        while self.number("SELECT count(*) FROM outgoing_mail").await > 0 {
            assert!(begun.elapsed() < PATIENCE, "letters are not sent");
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Waits until what was recorded is sealed: that is done beside everything else, in statements of its own.
    pub async fn audit_is_sealed(&self) {
        let begun = std::time::Instant::now();
        let waiting =
            "SELECT (SELECT count(*) FROM audit_entry) - (SELECT count(*) FROM audit_link)";
        while self.number(waiting).await > 0 {
            assert!(begun.elapsed() < PATIENCE, "the audit is not sealed");
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Asks for a link with this mutation, and gives its token: that of no letter before.
    pub async fn link(&self, mutation: &str, to: &str) -> String {
        self.post_is_quiet().await;
        let before = self.letters(to);
        let document = format!(
            "mutation($e: String!) {{ {mutation}(input: {{ email: $e }}) {{ accepted }} }}"
        );
        let asked = self
            .anonymous()
            .data(&document, serde_json::json!({ "e": to }))
            .await;
        assert_eq!(asked[mutation]["accepted"], true);
        self.post_is_quiet().await;
        let new: Vec<_> = self
            .letters(to)
            .into_iter()
            .filter(|it| !before.contains(it))
            .collect();
        assert_eq!(new.len(), 1, "{new:?}");
        token_in(&new[0])
    }
}

/// The token in a letter.
pub fn token_in(letter: &str) -> String {
    let letter = letter.replace("=\r\n", "");
    let at = letter.find("ptl_").unwrap_or_else(|| panic!("{letter}"));
    let is_part = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    letter[at..].chars().take_while(is_part).collect()
}
