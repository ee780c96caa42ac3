//! Named tokens: what is stored of them, and how they are made, changed and taken away.
//!
//! A token is 32 random bytes as text. Only its SHA-256 is stored: no one has to be slowed down who tries to find 256 random bits again,
//! so that a password's slow hash would cost each request its time and bring nothing.

mod file;

use std::fmt;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq;

use super::Rate;
use crate::config::AccessClass;

pub use file::{TokenFile, TokensError};

/// What a token's text begins with, so that people and scanners know what they have found.
const PREFIX: &str = "kmtop_";
/// Longest name of a token, in characters.
const LONGEST_NAME: usize = 40;
/// Names that mean somebody else.
const TAKEN: [&str; 4] = ["owner", "anyone", "stdio", "nobody"];
/// Calls at once of a token that asks for nothing else.
pub const USUAL_CONCURRENT: u32 = 32;

/// The SHA-256 of a token. In a file: hexadecimal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Digest([u8; 32]);

impl Digest {
    /// Of a token's text.
    pub fn of(token: &[u8]) -> Self {
        Self(Sha256::digest(token).into())
    }

    /// Whether both are the same, found out in equal time for all that are not.
    pub fn matches(&self, other: &Self) -> bool {
        bool::from(self.0.ct_eq(&other.0))
    }
}

impl From<Digest> for String {
    fn from(digest: Digest) -> Self {
        hex(&digest.0)
    }
}

impl TryFrom<String> for Digest {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let wrong = || "a digest is 64 hexadecimal digits".to_owned();
        let mut bytes = [0; 32];
        if text.len() != 64 || !text.is_ascii() {
            return Err(wrong());
        }
        for (at, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&text[2 * at..2 * at + 2], 16).map_err(|_| wrong())?;
        }
        Ok(Self(bytes))
    }
}

/// Bytes as hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    use fmt::Write as _;
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// A token's text, for the one moment in which it is known. It never shows itself in a log.
pub struct Secret(String);

impl Secret {
    fn random() -> Result<Self, TokensError> {
        let mut bytes = [0_u8; 32];
        getrandom::fill(&mut bytes).map_err(|error| TokensError::Random(error.to_string()))?;
        Ok(Self(format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes))))
    }

    /// The text, for the one who gets it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret(…)")
    }
}

/// What is stored of a token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stored {
    /// Its name.
    pub name: String,
    /// What tells it from another of the same name that came later.
    pub id: String,
    /// The texts by which it is shown: more than one for a while after it was rotated.
    pub keys: Vec<StoredKey>,
    /// The classes that it may use; `None` for those of the settings.
    pub allow: Option<Vec<AccessClass>>,
    /// How often it may call; `None` for as often as it likes.
    pub rate: Option<Rate>,
    /// How many calls it may have under way; `None` for as many as it likes.
    pub concurrent: Option<u32>,
    /// When it was made, milliseconds since 1970.
    pub created_ms: u64,
    /// From when on it is not valid any more, milliseconds since 1970.
    pub expires_ms: Option<u64>,
}

/// One text of a token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoredKey {
    /// Its SHA-256.
    pub sha256: Digest,
    /// When it was made, milliseconds since 1970.
    pub created_ms: u64,
    /// From when on it is not valid any more because another took its place, milliseconds since 1970.
    pub until_ms: Option<u64>,
}

/// What a new token shall be.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// Its name.
    pub name: String,
    /// The classes that it may use; `None` for those of the settings.
    pub allow: Option<Vec<AccessClass>>,
    /// How often it may call.
    pub rate: Option<Rate>,
    /// How many calls it may have under way.
    pub concurrent: Option<u32>,
    /// How long it is valid, in milliseconds.
    pub valid_ms: Option<u64>,
}

impl Stored {
    /// Makes a token, and the text that only its owner will know.
    ///
    /// # Errors
    /// When the name is none, or the system has no random numbers.
    pub fn make(wanted: Wanted, now_ms: u64) -> Result<(Self, Secret), TokensError> {
        let Wanted { name, allow, rate, concurrent, valid_ms } = wanted;
        if !is_name(&name) {
            return Err(TokensError::Name(name));
        }
        let (key, secret) = StoredKey::make(now_ms)?;
        let id = uuid::Uuid::new_v4().simple().to_string();
        let expires_ms = valid_ms.map(|valid| now_ms.saturating_add(valid));
        Ok((Self { name, id, keys: vec![key], allow, rate, concurrent, created_ms: now_ms, expires_ms }, secret))
    }

    /// Gives the token another text; those before stay valid for `keep_ms` more.
    ///
    /// # Errors
    /// When the system has no random numbers.
    pub fn rotate(&mut self, now_ms: u64, keep_ms: u64) -> Result<Secret, TokensError> {
        let (key, secret) = StoredKey::make(now_ms)?;
        let until = now_ms.saturating_add(keep_ms);
        self.keys.retain(|key| key.until_ms.is_none_or(|until| now_ms < until));
        self.keys.iter_mut().for_each(|key| key.until_ms = Some(key.until_ms.map_or(until, |before| before.min(until))));
        self.keys.push(key);
        Ok(secret)
    }

    /// From when on this text of it is not valid any more.
    pub fn end_of(&self, key: &StoredKey) -> Option<u64> {
        [self.expires_ms, key.until_ms].into_iter().flatten().min()
    }
}

impl StoredKey {
    fn make(now_ms: u64) -> Result<(Self, Secret), TokensError> {
        let secret = Secret::random()?;
        Ok((Self { sha256: Digest::of(secret.0.as_bytes()), created_ms: now_ms, until_ms: None }, secret))
    }
}

fn is_name(name: &str) -> bool {
    let letters = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.' | '@');
    (1..=LONGEST_NAME).contains(&name.len())
        && name.chars().all(letters)
        && name.starts_with(|letter: char| letter.is_ascii_alphanumeric())
        && !TAKEN.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(name: &str) -> Wanted {
        Wanted { name: name.into(), allow: None, rate: None, concurrent: None, valid_ms: Some(1_000) }
    }

    #[test]
    fn what_is_stored_does_not_tell_the_token() {
        let (stored, secret) = Stored::make(wanted("ci"), 5_000).expect("made");
        let text = serde_json::to_string(&stored).expect("plain");
        assert!(secret.reveal().starts_with(PREFIX) && secret.reveal().len() >= PREFIX.len() + 43);
        assert!(!text.contains(&secret.reveal()[PREFIX.len()..]) && !format!("{secret:?}").contains(secret.reveal()));
        assert!(stored.keys[0].sha256.matches(&Digest::of(secret.reveal().as_bytes())));
        assert_eq!(serde_json::from_str::<Stored>(&text).expect("own"), stored);
        assert_eq!(stored.end_of(&stored.keys[0]), Some(6_000));
    }

    #[test]
    fn rotated_both_are_valid_for_a_while() {
        let (mut stored, old) = Stored::make(Wanted { valid_ms: None, ..wanted("ci") }, 0).expect("made");
        let new = stored.rotate(10_000, 500).expect("rotated");
        assert_ne!(old.reveal(), new.reveal());
        let ends: Vec<_> = stored.keys.iter().map(|key| stored.end_of(key)).collect();
        assert_eq!(ends, [Some(10_500), None]);
        stored.rotate(10_100, 10_000).expect("again");
        let ends: Vec<_> = stored.keys.iter().map(|key| stored.end_of(key)).collect();
        assert_eq!(ends, [Some(10_500), Some(20_100), None], "a second turn lets the first live no longer");
        stored.rotate(11_000, 0).expect("at once");
        assert_eq!(stored.keys.len(), 3, "what is over is dropped");
    }

    #[test]
    fn names() {
        for good in ["ci", "claude-code", "a.b_c@mini", "9"] {
            assert!(is_name(good), "{good}");
        }
        for bad in ["", "owner", "stdio", "-x", "a b", "ü", "a\n", &"x".repeat(41)] {
            assert!(!is_name(bad), "{bad}");
        }
    }
}
