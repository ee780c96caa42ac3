//! The file of named tokens: read whole, changed under a lock, written beside and renamed.

use std::{
    fs, io,
    os::unix::fs::{MetadataExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use super::Stored;
use crate::util::files::replace;

/// The form of the file.
const VERSION: u32 = 1;
/// The most tokens: each request is compared with all of them.
const MOST: usize = 1_000;

/// Why tokens cannot be had or changed.
#[derive(Debug, thiserror::Error)]
pub enum TokensError {
    /// The name is none.
    #[error(
        "“{0}” cannot be a token's name; take 1 to 40 letters, digits, and - _ . @, and none of owner, anyone, stdio, nobody"
    )]
    Name(String),
    /// There is one of this name.
    #[error("there is a token “{0}” already; `kmtop token rotate {0}` gives it another text, `kmtop token revoke {0}` ends it")]
    Taken(String),
    /// There is none of this name.
    #[error("there is no token “{0}”; `kmtop token list` names them all")]
    Missing(String),
    /// There are too many.
    #[error("there are {MOST} tokens; revoke some")]
    Full,
    /// The system has no random numbers.
    #[error("the system gives no random numbers: {0}")]
    Random(String),
    /// The file cannot be taken.
    #[error("{path}: {what}")]
    File {
        /// The file.
        path: String,
        /// What is the matter, and what to do.
        what: String,
    },
}

impl From<TokensError> for io::Error {
    fn from(error: TokensError) -> Self {
        Self::other(error)
    }
}

/// What is in the file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Whole {
    version: u32,
    tokens: Vec<Stored>,
}

/// The file of named tokens of a home.
#[derive(Debug, Clone)]
pub struct TokenFile(PathBuf);

impl TokenFile {
    /// The file at this path, which need not be there.
    pub fn new(path: PathBuf) -> Self {
        Self(path)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Its tokens; none when there is no file.
    ///
    /// # Errors
    /// When it cannot be read, others may read or write it, or it is of another version.
    pub fn read(&self) -> Result<Vec<Stored>, TokensError> {
        let text = match fs::read_to_string(&self.0) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(self.fault(format!("cannot be read ({error})"))),
        };
        let about = fs::metadata(&self.0).map_err(|error| self.fault(format!("cannot be looked at ({error})")))?;
        if about.mode() & 0o077 != 0 {
            return Err(self.fault(format!("can be read or written by others; run: chmod 600 {}", self.0.display())));
        }
        let version = serde_json::from_str::<serde_json::Value>(&text).ok().and_then(|whole| whole["version"].as_u64());
        if version.is_some_and(|version| version > u64::from(VERSION)) {
            return Err(self.fault("was written by a later kmtop; use that one".to_owned()));
        }
        let whole: Whole = serde_json::from_str(&text)
            .map_err(|error| self.fault(format!("is no list of tokens ({error}); remove it and make the tokens anew")))?;
        Ok(whole.tokens)
    }

    /// Changes the tokens, alone among all processes of this home. Nothing is written when `change` fails.
    ///
    /// # Errors
    /// When the file cannot be read or written, and what `change` says.
    pub fn change<T>(&self, change: impl FnOnce(&mut Vec<Stored>) -> Result<T, TokensError>) -> Result<T, TokensError> {
        let failed = |what: &str, error: io::Error| self.fault(format!("{what} ({error})"));
        let lock = self.0.with_extension("lock");
        let lock = fs::OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(lock);
        let lock = lock.map_err(|error| failed("cannot be locked", error))?;
        lock.lock().map_err(|error| failed("cannot be locked", error))?;
        let mut tokens = self.read()?;
        let done = change(&mut tokens)?;
        if tokens.len() > MOST {
            return Err(TokensError::Full);
        }
        self.write(&Whole { version: VERSION, tokens }).map_err(|error| failed("cannot be written", error))?;
        Ok(done)
    }

    fn write(&self, whole: &Whole) -> io::Result<()> {
        replace(&self.0, format!("{}\n", serde_json::to_string_pretty(whole)?).as_bytes())
    }

    fn fault(&self, what: String) -> TokensError {
        TokensError::File { path: self.0.display().to_string(), what }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::{super::Wanted, *};

    fn add(file: &TokenFile, name: &str) -> Result<(), TokensError> {
        let wanted = Wanted { name: name.into(), allow: None, rate: None, concurrent: None, valid_ms: None };
        let (stored, _) = Stored::make(wanted, 0)?;
        file.change(|tokens| {
            tokens.push(stored);
            Ok(())
        })
    }

    #[test]
    fn written_whole_for_its_owner_alone_and_by_one_at_a_time() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = TokenFile::new(folder.path().join("tokens.json"));
        assert!(file.read().expect("none yet").is_empty());
        std::thread::scope(|scope| {
            for number in 0..20 {
                let file = &file;
                scope.spawn(move || add(file, &format!("t{number}")).expect("added"));
            }
        });
        assert_eq!(file.read().expect("there").len(), 20, "none was lost");
        assert_eq!(fs::metadata(file.path()).expect("there").mode() & 0o777, 0o600);
        file.change(|_| Err::<(), _>(TokensError::Missing("x".into()))).expect_err("it says no");
        assert_eq!(file.read().expect("there").len(), 20);
    }

    #[test]
    fn what_cannot_be_trusted_is_not_read() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = TokenFile::new(folder.path().join("tokens.json"));
        add(&file, "ci").expect("added");
        fs::set_permissions(file.path(), fs::Permissions::from_mode(0o644)).expect("changed");
        assert!(file.read().expect_err("open to others").to_string().contains("chmod 600"));
        fs::set_permissions(file.path(), fs::Permissions::from_mode(0o600)).expect("changed");
        for (text, said) in [("{\"version\":2,\"future\":1}", "later"), ("{]", "no list"), ("{\"version\":1}", "no list")] {
            fs::write(file.path(), text).expect("written");
            assert!(file.read().expect_err(text).to_string().contains(said), "{text}");
        }
    }
}
