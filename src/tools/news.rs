//! What has changed, for clients that want to be told.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use tokio::sync::broadcast;
use tokio_util::task::AbortOnDropHandle;

use crate::library::{Index, Library};

/// Changes that may wait for a listener; one who is further behind has to look at everything anew.
const BEHIND: usize = 256;

/// Something that changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Which macros there are, or what they are called.
    Library,
    /// The macro of this UUID, in capitals.
    Macro(Arc<str>),
    /// The value of the global variable of this name, in small letters.
    Variable(Arc<str>),
}

/// Tells of changes. Cheap to clone; nobody waits for those who listen.
#[derive(Debug, Clone)]
pub struct News {
    changes: broadcast::Sender<Change>,
    /// How many follow single resources. Variables may change many times a second.
    watching: Arc<AtomicUsize>,
}

impl Default for News {
    fn default() -> Self {
        Self { changes: broadcast::channel(BEHIND).0, watching: Arc::default() }
    }
}

/// Somebody follows single resources, as long as it lives.
#[derive(Debug)]
pub struct Watching(Arc<AtomicUsize>);

impl Drop for Watching {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl News {
    /// Tells everybody who listens.
    pub fn tell(&self, change: Change) {
        // Nobody may be listening.
        let _ = self.changes.send(change);
    }

    /// Tells that a global variable was set or deleted, if anybody follows one.
    pub fn variable(&self, name: &str) {
        if self.watching.load(Ordering::Relaxed) > 0 {
            self.tell(Change::Variable(name.trim().to_lowercase().into()));
        }
    }

    /// Hears of every change from now on.
    #[must_use]
    pub fn listen(&self) -> broadcast::Receiver<Change> {
        self.changes.subscribe()
    }

    /// Has variables told of until what is returned goes.
    #[must_use]
    pub fn watch(&self) -> Watching {
        self.watching.fetch_add(1, Ordering::Relaxed);
        Watching(Arc::clone(&self.watching))
    }

    /// Tells of changes of the library until what is returned goes.
    pub fn follow(&self, library: Library) -> AbortOnDropHandle<()> {
        let news = self.clone();
        AbortOnDropHandle::new(tokio::spawn(async move {
            let mut revisions = library.revisions();
            let mut before = library.index();
            while revisions.changed().await.is_ok() {
                let after = library.index();
                let (old, new) = (before, Arc::clone(&after));
                // A library may have thousands of macros.
                let changes = tokio::task::spawn_blocking(move || differences(&old, &new)).await;
                changes.unwrap_or_default().into_iter().for_each(|change| news.tell(change));
                before = after;
            }
        }))
    }
}

/// What is not as it was.
fn differences(before: &Index, after: &Index) -> Vec<Change> {
    let mut changes = Vec::new();
    let mut listed = before.macros.len() != after.macros.len();
    for entry in &after.macros {
        let old = before.get(&entry.uid);
        if old.is_none_or(|old| !Arc::ptr_eq(old, entry) && old != entry) {
            changes.push(Change::Macro(entry.uid.as_str().into()));
        }
        listed |= old.is_none_or(|old| (&old.name, &old.group, old.enabled) != (&entry.name, &entry.group, entry.enabled));
    }
    for entry in before.macros.iter().filter(|entry| after.get(&entry.uid).is_none()) {
        changes.push(Change::Macro(entry.uid.as_str().into()));
        listed = true;
    }
    if listed {
        // First, so that whoever reads the list then finds what the others name.
        changes.insert(0, Change::Library);
    }
    changes
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const MACRO: &str = r#"<?xml version="1.0" encoding="UTF-8"?><plist version="1.0"><array><dict><key>Name</key><string>G</string>
        <key>UID</key><string>B0000000-0000-4000-8000-000000000001</string><key>Macros</key><array><dict><key>Name</key>
        <string>NAME</string><key>UID</key><string>A0000000-0000-4000-8000-000000000001</string><key>Actions</key><array>
        <dict><key>MacroActionType</key><string>Comment</string><key>StyledText</key><string>TEXT</string></dict></array>
        </dict></array></dict></array></plist>"#;

    #[tokio::test]
    async fn changes_of_a_macro_file_are_told() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("one.kmmacros");
        let write = |name: &str, text: &str| {
            std::fs::write(&file, MACRO.replace("NAME", name).replace("TEXT", text)).expect("written");
        };
        write("One", "a");
        let library = Library::start(vec![folder.path().to_owned()]);
        assert!(library.wait_ready(Duration::from_secs(10)));
        let news = News::default();
        let mut heard = news.listen();
        let _following = news.follow(library.clone());
        // It has to have seen the index of before.
        tokio::task::yield_now().await;
        let uid = Change::Macro("A0000000-0000-4000-8000-000000000001".into());
        write("One", "something else");
        assert!(library.reload(Duration::from_secs(10)));
        assert_eq!(heard.recv().await, Ok(uid.clone()), "the list is as it was");
        write("Another", "something else");
        assert!(library.reload(Duration::from_secs(10)));
        assert_eq!([heard.recv().await, heard.recv().await], [Ok(Change::Library), Ok(uid.clone())]);
        std::fs::remove_file(&file).expect("removed");
        assert!(library.reload(Duration::from_secs(10)));
        assert_eq!([heard.recv().await, heard.recv().await], [Ok(Change::Library), Ok(uid)]);
        news.variable("nobody follows one");
        let watching = news.watch();
        news.variable(" Ünter ");
        drop(watching);
        news.variable("nor now");
        news.tell(Change::Library);
        assert_eq!([heard.recv().await, heard.recv().await], [Ok(Change::Variable("ünter".into())), Ok(Change::Library)]);
    }
}
