//! The thread that keeps the statistics.

use std::{
    collections::BTreeMap,
    fs::{self, Permissions},
    io,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    sync::mpsc::{Receiver, RecvTimeoutError, Sender},
    time::{Duration, Instant},
};

use super::{Statistic, Table};
use crate::library::edit::{lock_folder, write_beside};

/// From the first run that is not saved to the next saving.
const PERIOD: Duration = Duration::from_secs(5);
/// How long a saving waits for another writer; it comes again.
const PATIENCE: Duration = Duration::from_secs(1);
/// Largest file that is read, in bytes: some hundred thousand macros.
const LARGEST: u64 = 64 * 1024 * 1024;
/// Most broken files that are kept beside.
const MOST_KEPT: usize = 10;

/// What the handles ask for.
#[derive(Debug)]
pub(super) enum Message {
    /// A run of a macro.
    Record(String, Statistic),
    /// One macro's statistics.
    Get(String, Sender<Option<Statistic>>),
    /// All of them.
    All(Sender<Table>),
    /// Save now; the answer says whether it worked.
    Flush(Sender<bool>),
}

pub(super) struct Keeper {
    path: PathBuf,
    table: Table,
    /// Runs that the file does not have yet.
    unsaved: BTreeMap<String, Statistic>,
    /// When they are to be saved.
    save_at: Option<Instant>,
}

impl Keeper {
    /// Reads the file; also gives what was wrong with it.
    pub(super) fn open(path: PathBuf) -> (Self, Option<String>) {
        let (table, problem) = read_or_keep_aside(&path);
        (Self { path, table, unsaved: BTreeMap::new(), save_at: None }, problem)
    }

    pub(super) fn run(mut self, messages: &Receiver<Message>) {
        loop {
            let message = match self.save_at {
                None => messages.recv().map_err(|_| RecvTimeoutError::Disconnected),
                Some(at) => messages.recv_timeout(at.saturating_duration_since(Instant::now())),
            };
            match message {
                Ok(Message::Record(uid, run)) => {
                    self.table.add(&uid, &run);
                    self.unsaved.entry(uid).or_default().add(&run);
                    self.save_at.get_or_insert_with(|| Instant::now() + PERIOD);
                }
                // Who asked may be gone; then nobody misses the answer.
                Ok(Message::Get(uid, reply)) => drop(reply.send(self.table.macros.get(&uid).copied())),
                Ok(Message::All(reply)) => drop(reply.send(self.table.clone())),
                Ok(Message::Flush(reply)) => drop(reply.send(self.save())),
                Err(RecvTimeoutError::Timeout) => {
                    self.save();
                }
                Err(RecvTimeoutError::Disconnected) => {
                    self.save();
                    return;
                }
            }
        }
    }

    /// Adds what is not saved to what the file holds by now; says whether the file is up to date.
    fn save(&mut self) -> bool {
        self.save_at = None;
        if self.unsaved.is_empty() {
            return true;
        }
        match self.try_save() {
            Ok(table) => {
                self.table = table;
                self.unsaved.clear();
                true
            }
            Err(error) => {
                tracing::warn!("the statistics {} cannot be saved: {error}", self.path.display());
                self.save_at = Some(Instant::now() + PERIOD);
                false
            }
        }
    }

    fn try_save(&self) -> io::Result<Table> {
        let folder = self.path.parent().ok_or_else(|| io::Error::other("the path has no folder"))?;
        let _lock = lock_folder(folder, PATIENCE)?.ok_or_else(|| io::Error::other("another program is writing there"))?;
        let (mut table, problem) = read_or_keep_aside(&self.path);
        if let Some(problem) = problem {
            tracing::warn!("{problem}");
            // Broken since it was read: what it held then is still known.
            table = self.table.clone();
        } else {
            self.unsaved.iter().for_each(|(uid, runs)| table.add(uid, runs));
        }
        let bytes = table.to_bytes().map_err(io::Error::other)?;
        write_beside(&self.path, &bytes, &Permissions::from_mode(0o600), || true)?;
        Ok(table)
    }
}

/// Reads the file; a broken one is put aside.
fn read_or_keep_aside(path: &Path) -> (Table, Option<String>) {
    let problem = match read(path) {
        Ok(table) => return (table, None),
        Err(problem) => problem,
    };
    let aside = (1..=MOST_KEPT).map(|number| path.with_extension(format!("broken-{number}.plist"))).find(|aside| !aside.exists());
    let kept = aside.ok_or_else(|| "there are too many of them beside it already".to_owned()).and_then(|aside| {
        fs::rename(path, &aside).map_err(|error| error.to_string())?;
        Ok(aside)
    });
    let kept = match kept {
        Ok(aside) => format!("it is kept as {}, and the count starts anew", aside.display()),
        Err(error) => format!("it cannot be put aside ({error}) and will be overwritten"),
    };
    (Table::default(), Some(format!("the statistics {} cannot be read: {problem}; {kept}", path.display())))
}

fn read(path: &Path) -> Result<Table, String> {
    match fs::metadata(path) {
        Ok(metadata) if metadata.len() > LARGEST => return Err(format!("larger than {} MiB", LARGEST / 1024 / 1024)),
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Table::default()),
        Err(error) => return Err(error.to_string()),
    }
    let bytes = fs::read(path).map_err(|error| error.to_string())?;
    Table::parse(&bytes).map_err(|error| error.to_string())
}
