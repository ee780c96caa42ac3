//! Which tokens open the door now. The file of named tokens is looked at again and again, and taken over whole or not at all.

use std::{
    fs, io,
    os::unix::fs::MetadataExt as _,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use arc_swap::ArcSwap;

use super::{
    Principal, Token,
    tokens::{Digest, Stored, TokenFile},
};
use crate::util::clock::unix_ms;

/// What opens the door, and for whom.
#[derive(Debug)]
pub struct Keyring {
    /// Who comes in without a token; `None` when one is needed.
    anyone: Option<Arc<Principal>>,
    owner: Option<(Digest, Arc<Principal>)>,
    file: Option<TokenFile>,
    known: ArcSwap<Known>,
    /// What the file was when it was last looked at.
    stamp: Mutex<Option<Stamp>>,
}

/// The named tokens as they are now.
#[derive(Debug, Default)]
struct Known {
    tokens: Vec<(Stored, Arc<Principal>)>,
}

/// What tells one state of a file from another.
type Stamp = (u64, i64, i64, u64);

impl Keyring {
    /// Everybody comes in; named tokens are known all the same, so that who shows one has its limits.
    ///
    /// # Errors
    /// When the file of tokens cannot be taken.
    pub(super) fn open(file: Option<PathBuf>) -> io::Result<Self> {
        Self::new(Some(Principal::anyone()), None, file)
    }

    /// Only who shows a token comes in.
    ///
    /// # Errors
    /// When the file of tokens cannot be taken.
    pub(super) fn locked(owner: Option<&Token>, file: Option<PathBuf>) -> io::Result<Self> {
        Self::new(None, owner.map(|token| (token.digest(), Principal::owner())), file)
    }

    /// Everybody comes in.
    pub(super) fn anyone() -> Self {
        Self { anyone: Some(Principal::anyone()), owner: None, file: None, known: ArcSwap::default(), stamp: Mutex::default() }
    }

    fn new(anyone: Option<Arc<Principal>>, owner: Option<(Digest, Arc<Principal>)>, file: Option<PathBuf>) -> io::Result<Self> {
        let keyring = Self { anyone, owner, file: file.map(TokenFile::new), ..Self::anyone() };
        keyring.read()?;
        Ok(keyring)
    }

    /// Who shows this `Authorization`. Takes equally long for every wrong token.
    pub(super) fn admit(&self, authorization: Option<&[u8]>) -> Option<Arc<Principal>> {
        let Some(authorization) = authorization else { return self.anyone.clone() };
        let (scheme, token) = authorization.split_at_checked(7)?;
        if !scheme.eq_ignore_ascii_case(b"bearer ") {
            return None;
        }
        let shown = Digest::of(token.trim_ascii());
        let mut found = self.owner.as_ref().filter(|(digest, _)| digest.matches(&shown)).map(|(_, owner)| Arc::clone(owner));
        let now = unix_ms();
        for (stored, principal) in &self.known.load().tokens {
            for key in &stored.keys {
                if key.sha256.matches(&shown) && stored.end_of(key).is_none_or(|end| now < end) {
                    found = Some(Arc::clone(principal));
                }
            }
        }
        // Where no token is needed, one that nobody knows does no harm.
        found.or_else(|| self.anyone.clone())
    }

    /// The named token.
    pub(super) fn find(&self, name: &str) -> Option<Arc<Principal>> {
        let known = self.known.load();
        known.tokens.iter().find(|(stored, _)| stored.name == name).map(|(_, principal)| Arc::clone(principal))
    }

    /// How many named tokens there are.
    pub(super) fn count(&self) -> usize {
        self.known.load().tokens.len()
    }

    /// Takes the file over if it is another than before; true when it was.
    pub(super) fn read(&self) -> io::Result<bool> {
        let Some(file) = &self.file else { return Ok(false) };
        let mut stamp = self.stamp.lock().unwrap_or_else(PoisonError::into_inner);
        let about = fs::metadata(file.path()).ok();
        // The change of mode or owner counts as well: it may be what was wrong.
        let now = about.map(|about| (about.ino(), about.ctime(), about.ctime_nsec(), about.size()));
        if *stamp == now {
            return Ok(false);
        }
        *stamp = now;
        let stored = file.read()?;
        let before = self.known.load();
        let tokens = stored.into_iter().map(|stored| {
            // The same token keeps its bucket; one whose limits were changed begins with a full one.
            let same = before.tokens.iter().find(|(known, _)| {
                (&known.id, &known.allow, known.rate, known.concurrent)
                    == (&stored.id, &stored.allow, stored.rate, stored.concurrent)
            });
            let principal = same.map_or_else(|| Arc::new(Principal::of(&stored)), |(_, principal)| Arc::clone(principal));
            (stored, principal)
        });
        self.known.store(Arc::new(Known { tokens: tokens.collect() }));
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::{super::tokens::Wanted, *};
    use crate::config::AccessClass;

    #[test]
    fn tokens_come_go_and_keep_their_bucket() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("tokens.json");
        let owner = Token::load_or_create(&folder.path().join("token")).expect("made");
        let keyring = Keyring::locked(Some(&owner), Some(path.clone())).expect("there is no file yet");
        let admit = |token: &str| keyring.admit(Some(format!("Bearer {token}").as_bytes()));
        assert_eq!(**admit(owner.reveal()).expect("the owner").name(), *"owner");
        assert!(admit("wrong").is_none() && keyring.admit(None).is_none() && admit("").is_none());
        let rate = Some("1/h".parse::<super::super::Rate>().expect("a rate"));
        let allow = Some(vec![AccessClass::Read]);
        let wanted = Wanted { name: "ci".into(), allow, rate, concurrent: None, valid_ms: None };
        let (stored, secret) = Stored::make(wanted, unix_ms()).expect("made");
        let file = TokenFile::new(path);
        file.change(|tokens| {
            tokens.push(stored);
            Ok(())
        })
        .expect("added");
        assert!(admit(secret.reveal()).is_none(), "not read yet");
        assert!(keyring.read().expect("good") && !keyring.read().expect("good"), "read once");
        let principal = admit(secret.reveal()).expect("it is known");
        assert!(principal.allows(AccessClass::Read) && !principal.allows(AccessClass::Run));
        drop(principal.take_call().expect("the first of two"));
        let second = file.change(|tokens| tokens[0].rotate(unix_ms(), 60_000)).expect("rotated");
        keyring.read().expect("good");
        for secret in [&secret, &second] {
            let principal = admit(secret.reveal()).expect("both are valid");
            assert_eq!(principal.allowance().expect("a limit").remaining, 1, "one bucket for both");
        }
        assert!(keyring.admit(Some(format!("Basic {}", second.reveal()).as_bytes())).is_none());
        file.change(|tokens| {
            tokens.clear();
            Ok(())
        })
        .expect("revoked");
        keyring.read().expect("good");
        assert!(admit(second.reveal()).is_none());
        fs::write(file.path(), "{]").expect("written");
        assert!(keyring.read().is_err(), "it is told of");
        assert!(!keyring.read().expect("once"), "and not again");
        assert!(admit(owner.reveal()).is_some(), "nobody else is kept out");
    }

    #[test]
    fn an_expired_token_is_nobodys() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("tokens.json");
        let wanted = Wanted { name: "old".into(), allow: None, rate: None, concurrent: None, valid_ms: Some(1_000) };
        let (stored, secret) = Stored::make(wanted, unix_ms() - 1_000).expect("made");
        let added = TokenFile::new(path.clone()).change(|tokens| {
            tokens.push(stored);
            Ok(())
        });
        added.expect("added");
        let keyring = Keyring::locked(None, Some(path)).expect("good");
        assert!(keyring.admit(Some(format!("Bearer {}", secret.reveal()).as_bytes())).is_none());
    }
}
