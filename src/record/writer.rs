//! Writes a recording: a new one, or on at the end of one that is there.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{Read, Seek, SeekFrom, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use super::{
    RecordError,
    format::{Block, HEAD, Kind, VERSION, head, version},
    scan::scan,
};
use crate::{
    model::{Interval, ServerInfo},
    util::{clock::unix_ms, deflate::Packer},
};

/// Intervals of one segment: what one damaged block may cost.
const SEGMENT: u32 = 60;

/// A recording that is being written. Each Interval is in the file, whole, when [`Self::add`] returns.
#[derive(Debug)]
pub struct Writer {
    file: File,
    path: PathBuf,
    info: ServerInfo,
    packer: Packer,
    in_segment: u32,
    intervals: u64,
    /// The end of the newest Interval in the file.
    newest_ms: u64,
}

impl Writer {
    /// Makes the file, readable by its owner alone, or goes on at the end of a recording; what stands behind its last whole block, because a
    /// write was cut off, is taken away.
    ///
    /// # Errors
    /// [`RecordError`] when the file cannot be opened, is no recording, is of a later kmtop or is being written by another one.
    pub fn open(path: &Path, info: &ServerInfo) -> Result<Self, RecordError> {
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(path);
        let mut file = file.map_err(RecordError::file(path))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(RecordError::Held(path.to_owned())),
            Err(TryLockError::Error(error)) => return Err(RecordError::file(path)(error)),
        }
        let newest_ms = prepare(&mut file, path)?;
        Ok(Self {
            file,
            path: path.to_owned(),
            info: info.clone(),
            packer: Packer::new(),
            in_segment: SEGMENT,
            intervals: 0,
            newest_ms,
        })
    }

    /// Adds an Interval as it came.
    ///
    /// # Errors
    /// When it cannot be written. What was written before stays whole.
    pub fn add(&mut self, interval: &Interval) -> Result<(), RecordError> {
        self.write(Kind::Interval, interval)
    }

    /// Adds an Interval from before, unless the file has what is as new.
    ///
    /// # Errors
    /// As [`Self::add`].
    pub fn add_before(&mut self, interval: &Interval) -> Result<(), RecordError> {
        if interval.time_ms <= self.newest_ms {
            return Ok(());
        }
        self.write(Kind::Before, interval)
    }

    /// What the server is from now on.
    pub fn set_info(&mut self, info: &ServerInfo) {
        if self.info != *info {
            self.info = info.clone();
            self.in_segment = SEGMENT;
        }
    }

    fn write(&mut self, kind: Kind, interval: &Interval) -> Result<(), RecordError> {
        let mut bytes = Vec::new();
        if self.in_segment >= SEGMENT {
            self.packer.begin();
            self.in_segment = 0;
            let info = serde_json::to_vec(&self.info).map_err(|error| RecordError::Unwritable(error.to_string()))?;
            bytes.extend(self.block(Kind::Start, unix_ms(), &info)?);
        }
        let json = serde_json::to_vec(interval).map_err(|error| RecordError::Unwritable(error.to_string()))?;
        bytes.extend(self.block(kind, interval.time_ms, &json)?);
        if let Err(error) = self.file.write_all(&bytes) {
            // Whatever got into the file is not whole: what comes next begins anew behind it.
            self.in_segment = SEGMENT;
            return Err(RecordError::file(&self.path)(error));
        }
        self.in_segment += 1;
        self.intervals += 1;
        self.newest_ms = interval.time_ms;
        Ok(())
    }

    fn block(&mut self, kind: Kind, time_ms: u64, bytes: &[u8]) -> Result<Vec<u8>, RecordError> {
        let packed = self.packer.piece(bytes);
        let block = Block::write(kind, time_ms, &packed, bytes.len());
        block.ok_or_else(|| {
            self.in_segment = SEGMENT;
            RecordError::Unwritable(format!("it has {} bytes", bytes.len()))
        })
    }

    /// The end of the newest Interval in the file, milliseconds since 1970; 0 while there is none.
    #[must_use]
    pub fn newest_ms(&self) -> u64 {
        self.newest_ms
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Intervals written since it was opened, and bytes of the file.
    pub fn size(&self) -> (u64, u64) {
        (self.intervals, self.file.metadata().map_or(0, |metadata| metadata.len()))
    }
}

/// Makes a file ready to be written on; says how new what is in it is.
fn prepare(file: &mut File, path: &Path) -> Result<u64, RecordError> {
    let mut start = Vec::new();
    Read::by_ref(file).take(HEAD as u64).read_to_end(&mut start).map_err(RecordError::file(path))?;
    // A head that was cut off while it was written is the beginning of one.
    if head().starts_with(&start) && start.len() < head().len() {
        let begun = file.rewind().and_then(|()| file.write_all(&head()));
        return begun.map(|()| 0).map_err(RecordError::file(path));
    }
    match version(&start) {
        None => return Err(RecordError::Foreign(path.to_owned())),
        Some(version) if version > VERSION => return Err(RecordError::Newer { path: path.to_owned(), version }),
        Some(_) => {}
    }
    let found = scan(file).map_err(RecordError::file(path))?;
    let cut = file.set_len(found.end).and_then(|()| file.seek(SeekFrom::Start(found.end)));
    cut.map_err(RecordError::file(path))?;
    Ok(found.blocks.iter().filter(|found| found.block.kind != Kind::Start).map(|found| found.block.time_ms).max().unwrap_or(0))
}
