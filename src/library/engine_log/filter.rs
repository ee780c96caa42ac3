//! Reading a log by filters, in bounded memory.

use std::{
    collections::VecDeque,
    fs::File,
    io::{self, BufReader},
    path::Path,
};

use jiff::civil::DateTime;

use super::{LogEntry, files::log_files, split::entries};

/// Most entries of an answer.
const MOST: usize = 10_000;
/// Most bytes of messages in an answer.
const MOST_BYTES: usize = 8 * 1024 * 1024;

/// Which entries [`read_log`] gives. The default gives the newest hundred.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogFilter {
    /// Only entries of this time (local) and later.
    pub since: Option<DateTime>,
    /// Only entries of this time (local) and earlier.
    pub until: Option<DateTime>,
    /// Only entries whose message holds this text, without regard to case.
    pub contains: Option<String>,
    /// Only entries that name this macro, without regard to case.
    pub macro_name: Option<String>,
    /// Only entries that tell of a failure (see [`LogEntry::is_error`]).
    pub errors_only: bool,
    /// At most so many, and never more than 10,000.
    pub limit: usize,
    /// The newest ones, the newest first; else the oldest ones, the oldest first.
    pub newest_first: bool,
}

impl Default for LogFilter {
    fn default() -> Self {
        Self { since: None, until: None, contains: None, macro_name: None, errors_only: false, limit: 100, newest_first: true }
    }
}

/// Entries of a log.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LogPage {
    /// The entries, in the order asked for.
    pub entries: Vec<LogEntry>,
    /// Whether more entries fit the filter than are given.
    pub more: bool,
}

/// Reads the log with this (newest) file and its older files. A log that is not there yet is empty.
///
/// # Errors
/// When a file cannot be read.
pub fn read_log(path: &Path, filter: &LogFilter) -> io::Result<LogPage> {
    let mut files = log_files(path);
    if !filter.newest_first {
        files.reverse();
    }
    let mut page = LogPage::default();
    let mut left = MOST_BYTES;
    let wanted = Wanted::new(filter);
    let limit = filter.limit.min(MOST);
    for file in files {
        let mut log = match File::open(&file) {
            Ok(file) => BufReader::new(file),
            // It was renamed since it was listed.
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(error),
        };
        let mut kept = Kept { entries: VecDeque::new(), limit: limit - page.entries.len(), bytes: left, dropped: false };
        if filter.newest_first {
            entries(&mut log, &mut |entry| {
                if wanted.has(&entry) {
                    kept.push_newest(entry);
                }
                true
            })?;
            kept.entries.make_contiguous().reverse();
        } else {
            entries(&mut log, &mut |entry| !wanted.has(&entry) || kept.push_oldest(entry))?;
        }
        left = kept.bytes;
        page.entries.extend(kept.entries);
        if kept.dropped {
            page.more = true;
            break;
        }
    }
    Ok(page)
}

/// A filter made ready to compare.
struct Wanted<'a> {
    filter: &'a LogFilter,
    contains: Option<String>,
    macro_name: Option<String>,
}

impl<'a> Wanted<'a> {
    fn new(filter: &'a LogFilter) -> Self {
        let lower = |text: &Option<String>| text.as_ref().map(|text| text.to_lowercase());
        Self { filter, contains: lower(&filter.contains), macro_name: lower(&filter.macro_name) }
    }

    fn has(&self, entry: &LogEntry) -> bool {
        self.filter.since.is_none_or(|since| entry.time >= since)
            && self.filter.until.is_none_or(|until| entry.time <= until)
            && (!self.filter.errors_only || entry.is_error())
            && self.macro_name.as_ref().is_none_or(|wanted| entry.macro_name().is_some_and(|name| name.to_lowercase() == *wanted))
            && self.contains.as_ref().is_none_or(|text| entry.message.to_lowercase().contains(text.as_str()))
    }
}

/// The entries of one file that are kept.
struct Kept {
    entries: VecDeque<LogEntry>,
    limit: usize,
    /// Bytes of messages that may still be kept.
    bytes: usize,
    /// Whether entries had to go.
    dropped: bool,
}

impl Kept {
    /// Keeps an entry; older ones make room for it.
    fn push_newest(&mut self, entry: LogEntry) {
        let room = |kept: &Self| kept.entries.len() < kept.limit && kept.bytes >= entry.message.len();
        while !room(self) {
            self.dropped = true;
            let Some(oldest) = self.entries.pop_front() else { return };
            self.bytes += oldest.message.len();
        }
        self.bytes -= entry.message.len();
        self.entries.push_back(entry);
    }

    /// Keeps an entry if there is room; false when there is none.
    fn push_oldest(&mut self, entry: LogEntry) -> bool {
        if self.entries.len() >= self.limit || self.bytes < entry.message.len() {
            self.dropped = true;
            return false;
        }
        self.bytes -= entry.message.len();
        self.entries.push_back(entry);
        true
    }
}
