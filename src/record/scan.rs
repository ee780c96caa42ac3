//! Finds every whole block of a recording, whatever lies between them.

use std::{fs::File, io, os::unix::fs::FileExt};

use super::format::{BLOCK_HEAD, Block, HEAD, Kind, MARK};

/// Bytes that are looked through at once for the next block after damage.
const STRETCH: usize = 64 << 10;

/// A whole block and where what is in it begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) block: Block,
    pub(super) offset: u64,
}

/// What a file holds.
#[derive(Debug, Default)]
pub(super) struct Scan {
    /// The whole blocks that can be unpacked, in the file's order: of each segment as many as come before the first damage.
    pub(super) blocks: Vec<Found>,
    /// Bytes that are no part of those.
    pub(super) damaged: u64,
    /// Where the last whole block ends: what comes after is the rest of one that was not written to its end.
    pub(super) end: u64,
}

/// Looks through the whole file.
pub(super) fn scan(file: &File) -> io::Result<Scan> {
    let length = file.metadata()?.len();
    let mut scan = Scan { end: (HEAD as u64).min(length), ..Scan::default() };
    let mut at = HEAD as u64;
    let mut broken = true;
    while at < length {
        let Some(block) = block_at(file, at, length)? else {
            broken = true;
            let next = next_mark(file, at + 1, length)?;
            scan.damaged += next - at;
            at = next;
            continue;
        };
        let after = at + BLOCK_HEAD as u64 + u64::from(block.packed);
        // What follows damage in a segment cannot be unpacked without what is lost.
        broken = broken && block.kind != Kind::Start;
        if broken {
            scan.damaged += after - at;
        } else {
            scan.blocks.push(Found { block, offset: at + BLOCK_HEAD as u64 });
        }
        at = after;
        scan.end = at;
    }
    Ok(scan)
}

/// The block that begins here, if a whole one does.
fn block_at(file: &File, at: u64, length: u64) -> io::Result<Option<Block>> {
    let mut head = [0; BLOCK_HEAD];
    if at + BLOCK_HEAD as u64 > length {
        return Ok(None);
    }
    file.read_exact_at(&mut head, at)?;
    let Some(block) = Block::read(&head) else { return Ok(None) };
    let start = at + BLOCK_HEAD as u64;
    if start + u64::from(block.packed) > length {
        return Ok(None);
    }
    let packed = content(file, Found { block, offset: start })?;
    Ok(block.is_whole(&head, &packed).then_some(block))
}

/// What is in a block.
pub(super) fn content(file: &File, found: Found) -> io::Result<Vec<u8>> {
    let mut packed = vec![0; usize::try_from(found.block.packed).unwrap_or(usize::MAX)];
    file.read_exact_at(&mut packed, found.offset)?;
    Ok(packed)
}

/// Where the next mark is; the file's end when there is none.
fn next_mark(file: &File, from: u64, length: u64) -> io::Result<u64> {
    let mut at = from;
    let mut stretch = vec![0; STRETCH];
    while at < length {
        let size = usize::try_from(length - at).unwrap_or(STRETCH).min(STRETCH);
        file.read_exact_at(&mut stretch[..size], at)?;
        if let Some(place) = stretch[..size].windows(MARK.len()).position(|window| window == MARK) {
            return Ok(at + place as u64);
        }
        // A mark may lie across the end of the stretch.
        at += (size.saturating_sub(MARK.len() - 1)).max(1) as u64;
    }
    Ok(length)
}
