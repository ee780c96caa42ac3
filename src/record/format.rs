//! The bytes of a recording: a head, then blocks, each with a mark, its lengths and a checksum.
//!
//! Blocks stand in segments. The first of a segment says who the server was and begins a stream of deflate; each block after it is the
//! next piece of that stream, whole as soon as it is written. A damaged block costs the rest of its segment, which is a minute at most.

use flate2::Crc;

/// The first bytes of the file.
pub(super) const MAGIC: [u8; 8] = *b"KMTOPREC";
/// The version that this build writes, and the newest that it reads.
pub(super) const VERSION: u32 = 1;
/// Bytes of the head: magic, version, four bytes that are zero.
pub(super) const HEAD: usize = 16;
/// The first bytes of a block: no text and no deflate begins like that by chance, and if so the checksum tells.
pub(super) const MARK: [u8; 4] = [0xF1, b'k', b'm', 0x0A];
/// Bytes of a block before what is in it.
pub(super) const BLOCK_HEAD: usize = 32;
/// Most bytes that a block may have, packed or unpacked. An Interval with ten thousand calls has three million.
const LARGEST: u32 = 64 << 20;

/// What is in a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// The server's particulars; begins a segment.
    Start,
    /// An Interval from before the recording, without what held at its end.
    Before,
    /// An Interval as it came.
    Interval,
}

/// The head of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Block {
    pub(super) kind: Kind,
    /// The Interval's end; for a start the time at which it was written.
    pub(super) time_ms: u64,
    /// Bytes in the file after the head.
    pub(super) packed: u32,
    /// Bytes unpacked.
    pub(super) length: u32,
    /// Checksum of the head before it and of the bytes after it.
    checksum: u32,
}

/// The file's head.
pub(super) fn head() -> [u8; HEAD] {
    let mut bytes = [0; HEAD];
    bytes[..8].copy_from_slice(&MAGIC);
    bytes[8..12].copy_from_slice(&VERSION.to_le_bytes());
    bytes
}

/// The version in a file's head; `None` when it is not the head of a recording.
pub(super) fn version(bytes: &[u8]) -> Option<u32> {
    let rest = bytes.strip_prefix(&MAGIC)?;
    rest.first_chunk().map(|version| u32::from_le_bytes(*version))
}

impl Block {
    /// A block as bytes, head and content.
    pub(super) fn write(kind: Kind, time_ms: u64, packed: &[u8], length: usize) -> Option<Vec<u8>> {
        let sizes = [u32::try_from(packed.len()).ok()?, u32::try_from(length).ok()?];
        if sizes.iter().any(|size| *size > LARGEST) {
            return None;
        }
        let mut bytes = Vec::with_capacity(BLOCK_HEAD + packed.len());
        bytes.extend(MARK);
        bytes.extend([kind.number(), 0, 0, 0]);
        bytes.extend(time_ms.to_le_bytes());
        bytes.extend(sizes[0].to_le_bytes());
        bytes.extend(sizes[1].to_le_bytes());
        bytes.extend([0; 4]);
        let checksum = checksum(&bytes, packed);
        bytes.extend(checksum.to_le_bytes());
        bytes.extend(packed);
        Some(bytes)
    }

    /// The head, if these bytes can be one.
    pub(super) fn read(bytes: &[u8; BLOCK_HEAD]) -> Option<Self> {
        let word = |at: usize| bytes.get(at..)?.first_chunk().map(|word| u32::from_le_bytes(*word));
        let time_ms = u64::from_le_bytes(*bytes.get(8..)?.first_chunk()?);
        let block = Self { kind: Kind::of(bytes[4])?, time_ms, packed: word(16)?, length: word(20)?, checksum: word(28)? };
        (bytes.starts_with(&MARK) && block.packed <= LARGEST && block.length <= LARGEST).then_some(block)
    }

    /// Whether these bytes are what was written behind this head.
    pub(super) fn is_whole(&self, head: &[u8; BLOCK_HEAD], packed: &[u8]) -> bool {
        checksum(&head[..BLOCK_HEAD - 4], packed) == self.checksum
    }
}

fn checksum(head: &[u8], packed: &[u8]) -> u32 {
    let mut sum = Crc::new();
    sum.update(head);
    sum.update(packed);
    sum.sum()
}

impl Kind {
    fn number(self) -> u8 {
        match self {
            Self::Start => 1,
            Self::Before => 2,
            Self::Interval => 3,
        }
    }

    fn of(number: u8) -> Option<Self> {
        [Self::Start, Self::Before, Self::Interval].into_iter().find(|kind| kind.number() == number)
    }
}
