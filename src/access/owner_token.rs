//! The owner's access token: a file that only its owner can read.

use std::{fmt, fs, io, os::unix::fs::MetadataExt, path::Path};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

use super::tokens::Digest;
use crate::util::files::replace;

/// An access token. It never shows itself in a log.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    /// The token in this file, which is made on first use: 32 random bytes as text, readable by its owner alone.
    ///
    /// # Errors
    /// When the file cannot be read or made, is open to others, or holds no token.
    pub fn load_or_create(path: &Path) -> io::Result<Self> {
        match fs::read_to_string(path) {
            Ok(text) => Self::checked(path, &text),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Self::create(path),
            Err(error) => Err(error),
        }
    }

    fn checked(path: &Path, text: &str) -> io::Result<Self> {
        let mode = fs::metadata(path)?.mode() & 0o077;
        if mode != 0 {
            let path = path.display();
            return Err(io::Error::other(format!("{path} can be read or written by others; run: chmod 600 {path}")));
        }
        let token = text.trim();
        if token.len() < 16 || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
            let path = path.display();
            return Err(io::Error::other(format!(
                "{path} holds no token of 16 or more printable characters; remove it to get a new one"
            )));
        }
        Ok(Self(token.to_owned()))
    }

    fn create(path: &Path) -> io::Result<Self> {
        let mut bytes = [0_u8; 32];
        getrandom::fill(&mut bytes).map_err(|error| io::Error::other(error.to_string()))?;
        let token = URL_SAFE_NO_PAD.encode(bytes);
        replace(path, format!("{token}\n").as_bytes())?;
        Ok(Self(token))
    }

    /// The token's text, for the one who has to give it.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What it is known by.
    pub(super) fn digest(&self) -> Digest {
        Digest::of(self.0.as_bytes())
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Token(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn made_once_and_for_its_owner_alone() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("token");
        let token = Token::load_or_create(&path).expect("made");
        assert_eq!(fs::metadata(&path).expect("there").mode() & 0o777, 0o600);
        assert!(token.reveal().len() >= 43);
        assert_eq!(Token::load_or_create(&path).expect("read"), token);
        assert!(!format!("{token:?}").contains(token.reveal()));
        fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o644)).expect("changed");
        assert!(Token::load_or_create(&path).expect_err("open to others").to_string().contains("chmod 600"));
    }
}
