//! Following a log while somebody else writes it.

use std::{
    fs::{self, File},
    io::{self, Read as _, Seek as _, SeekFrom},
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
};

use super::{LogEntry, files::log_files, split::entries};

/// Most bytes that are read at once; the rest comes with the next call.
const MOST: u64 = 1024 * 1024;

/// A place in a log, from which it is read on. It stays right when the file is given another name and a new one is begun, or when
/// it is emptied.
#[derive(Debug, Clone)]
pub struct Tail {
    path: PathBuf,
    /// The file that is read, by its number on the disk; `None` when there is none yet.
    number: Option<u64>,
    offset: u64,
}

impl Tail {
    /// Reads on from the start of the newest file.
    #[must_use]
    pub fn from_start(path: &Path) -> Self {
        Self { path: path.to_owned(), number: None, offset: 0 }
    }

    /// Reads on from the end: only what is written from now on.
    #[must_use]
    pub fn from_end(path: &Path) -> Self {
        let metadata = fs::metadata(path).ok();
        let offset = metadata.as_ref().map_or(0, fs::Metadata::len);
        Self { path: path.to_owned(), number: metadata.map(|metadata| metadata.ino()), offset }
    }

    /// What was written since the last call, at most a mebibyte of each file. A line that is not finished waits.
    ///
    /// # Errors
    /// When the file cannot be read; the place stays.
    pub fn read(&mut self) -> io::Result<Vec<LogEntry>> {
        let mut found = Vec::new();
        let newest = match fs::metadata(&self.path) {
            Ok(metadata) => metadata.ino(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(found),
            Err(error) => return Err(error),
        };
        if let Some(number) = self.number.filter(|number| *number != newest) {
            // The rest of the file that has another name by now.
            let old = log_files(&self.path).into_iter().skip(1);
            let mut old = old.filter(|path| fs::metadata(path).is_ok_and(|metadata| metadata.ino() == number));
            if let Some(path) = old.next()
                && !self.read_file(&path, &mut found)?
            {
                return Ok(found);
            }
            self.offset = 0;
        }
        self.number = Some(newest);
        let path = self.path.clone();
        self.read_file(&path, &mut found)?;
        Ok(found)
    }

    /// Reads on in a file; false when it has more.
    fn read_file(&mut self, path: &Path, found: &mut Vec<LogEntry>) -> io::Result<bool> {
        let mut file = File::open(path)?;
        if file.metadata()?.len() < self.offset {
            self.offset = 0;
        }
        file.seek(SeekFrom::Start(self.offset))?;
        let mut bytes = Vec::new();
        file.take(MOST).read_to_end(&mut bytes)?;
        let full = bytes.len() as u64 == MOST;
        let whole = match bytes.iter().rposition(|byte| *byte == b'\n') {
            Some(end) => end + 1,
            // A line longer than all that is read at once is skipped.
            None if full => bytes.len(),
            None => 0,
        };
        entries(&mut &bytes[..whole], &mut |entry| {
            found.push(entry);
            true
        })?;
        self.offset += whole as u64;
        Ok(!full)
    }
}
