//! Splits a log into entries, a line at a time.

use std::io::{self, BufRead};

use super::{LogEntry, entry::head};

/// Longest entry that is kept, in bytes; what comes after that is left out of it.
pub(super) const LONGEST: usize = 64 * 1024;

/// Gives every entry of a log in order. Lines before the first entry are left out.
pub(super) fn entries(log: &mut dyn BufRead, see: &mut dyn FnMut(LogEntry) -> bool) -> io::Result<()> {
    let mut current: Option<LogEntry> = None;
    let mut line = Vec::new();
    while next_line(log, &mut line)? {
        let text = String::from_utf8_lossy(&line);
        match head(&text) {
            Some((time, message)) => {
                if let Some(done) = current.replace(LogEntry { time, message: message.to_owned() })
                    && !see(done)
                {
                    return Ok(());
                }
            }
            None => {
                if let Some(entry) = current.as_mut().filter(|entry| entry.message.len() + text.len() < LONGEST) {
                    entry.message.push('\n');
                    entry.message.push_str(&text);
                }
            }
        }
    }
    if let Some(done) = current {
        see(done);
    }
    Ok(())
}

/// Reads a line without its end, of which at most the longest entry is kept; false at the end of the log.
fn next_line(log: &mut dyn BufRead, line: &mut Vec<u8>) -> io::Result<bool> {
    line.clear();
    let mut any = false;
    loop {
        let buffer = match log.fill_buf() {
            Ok(buffer) => buffer,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        if buffer.is_empty() {
            return Ok(any);
        }
        any = true;
        let end = buffer.iter().position(|byte| *byte == b'\n');
        let part = &buffer[..end.unwrap_or(buffer.len())];
        line.extend_from_slice(&part[..part.len().min(LONGEST - line.len())]);
        let used = end.map_or(buffer.len(), |end| end + 1);
        log.consume(used);
        if end.is_some() {
            if line.last() == Some(&b'\r') {
                line.pop();
            }
            return Ok(true);
        }
    }
}
