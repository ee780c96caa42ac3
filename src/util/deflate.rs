//! Deflate: pieces by themselves, and streams of pieces each of which can be read as soon as it and those before it are there.

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};

/// Bytes that a stream may owe beyond its pieces: the marks between them.
const MARKS: usize = 64;

/// Packs bytes. Kept from one piece to the next, for its tables are large.
#[derive(Debug)]
pub struct Packer {
    compress: Compress,
}

impl Packer {
    /// A packer for a new stream.
    #[must_use]
    pub fn new() -> Self {
        Self { compress: Compress::new(Compression::fast(), false) }
    }

    /// Packs bytes by themselves.
    pub fn whole(&mut self, bytes: &[u8]) -> Vec<u8> {
        self.compress.reset();
        self.run(bytes, FlushCompress::Finish)
    }

    /// Begins a new stream.
    pub fn begin(&mut self) {
        self.compress.reset();
    }

    /// Packs the next piece of the stream. What was alike in the pieces before costs next to nothing.
    pub fn piece(&mut self, bytes: &[u8]) -> Vec<u8> {
        self.run(bytes, FlushCompress::Sync)
    }

    fn run(&mut self, bytes: &[u8], flush: FlushCompress) -> Vec<u8> {
        let mut packed = Vec::with_capacity(bytes.len() / 2 + MARKS);
        let start = self.compress.total_in();
        loop {
            let done = usize::try_from(self.compress.total_in() - start).unwrap_or(bytes.len());
            let rest = bytes.get(done..).unwrap_or_default();
            let before = (rest.len(), packed.len());
            let status = self.compress.compress_vec(rest, &mut packed, flush);
            let left = bytes.len() - usize::try_from(self.compress.total_in() - start).unwrap_or(bytes.len());
            let finished = match flush {
                FlushCompress::Finish => matches!(status, Ok(Status::StreamEnd)),
                // Room that is left over tells that everything has been written.
                _ => left == 0 && packed.len() < packed.capacity(),
            };
            let stuck = (left, packed.len()) == before && packed.len() < packed.capacity();
            if finished || stuck || status.is_err() {
                return packed;
            }
            if packed.len() == packed.capacity() {
                packed.reserve(packed.capacity());
            }
        }
    }
}

impl Default for Packer {
    fn default() -> Self {
        Self::new()
    }
}

/// Unpacks a stream, piece by piece.
#[derive(Debug)]
pub struct Unpacker {
    decompress: Decompress,
}

impl Unpacker {
    /// An unpacker for a new stream.
    #[must_use]
    pub fn new() -> Self {
        Self { decompress: Decompress::new(false) }
    }

    /// The next piece, which has `length` bytes unpacked; `None` when it has not, or is no deflate.
    pub fn piece(&mut self, packed: &[u8], length: usize) -> Option<Vec<u8>> {
        let mut bytes = Vec::with_capacity(length + MARKS);
        let start = self.decompress.total_in();
        loop {
            let done = usize::try_from(self.decompress.total_in() - start).ok()?;
            let before = (done, bytes.len());
            self.decompress.decompress_vec(packed.get(done..)?, &mut bytes, FlushDecompress::Sync).ok()?;
            let now = (usize::try_from(self.decompress.total_in() - start).ok()?, bytes.len());
            if now == (packed.len(), length) {
                return Some(bytes);
            }
            // What has been taken in may still have to come out: as long as anything moves, it goes on.
            if now == before || bytes.len() > length {
                return None;
            }
        }
    }
}

impl Default for Unpacker {
    fn default() -> Self {
        Self::new()
    }
}

/// Unpacks what [`Packer::whole`] packed; `None` when it is no such thing, or has more than `most` bytes unpacked.
#[must_use]
pub fn unpack(packed: &[u8], most: usize) -> Option<Vec<u8>> {
    let mut decompress = Decompress::new(false);
    let mut bytes = Vec::with_capacity((packed.len() * 4).min(most).max(MARKS));
    loop {
        let done = usize::try_from(decompress.total_in()).ok()?;
        let before = (done, bytes.len());
        // To say that this is the end of it would mean that there is room for everything at once.
        let status = decompress.decompress_vec(packed.get(done..)?, &mut bytes, FlushDecompress::None).ok()?;
        if status == Status::StreamEnd {
            return (bytes.len() <= most).then_some(bytes);
        }
        let full = bytes.len() == bytes.capacity();
        let stuck = (usize::try_from(decompress.total_in()).ok()?, bytes.len()) == before && !full;
        if stuck || bytes.len() > most {
            return None;
        }
        if full {
            bytes.reserve(bytes.capacity());
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_packed_comes_back(pieces in proptest::collection::vec(proptest::collection::vec(0_u8..8, 0..3_000), 1..6)) {
            let (mut packer, mut unpacker) = (Packer::new(), Unpacker::new());
            for piece in &pieces {
                let packed = packer.piece(piece);
                let back = unpacker.piece(&packed, piece.len());
                prop_assert_eq!(back.as_ref(), Some(piece));
            }
            let all = pieces.concat();
            let packed = packer.whole(&all);
            prop_assert_eq!(unpack(&packed, all.len()), Some(all.clone()));
            if !all.is_empty() {
                prop_assert_eq!(unpack(&packed, all.len() - 1), None);
                prop_assert_eq!(unpack(&packed[..packed.len() - 1], all.len()), None);
            }
        }

        #[test]
        fn foreign_bytes_are_refused_or_read_but_never_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = unpack(&bytes, 10_000);
            let _ = Unpacker::new().piece(&bytes, 100);
        }
    }

    #[test]
    fn what_grows_much_comes_back() {
        for length in [0, 1, 64, 500, 5_000, 1_000_000] {
            let bytes = vec![7; length];
            let back = unpack(&Packer::new().whole(&bytes), length);
            assert!(back.is_some_and(|back| back == bytes), "{length}");
            let (mut packer, mut unpacker) = (Packer::new(), Unpacker::new());
            for _ in 0..3 {
                let back = unpacker.piece(&packer.piece(&bytes), length);
                assert!(back.is_some_and(|back| back == bytes), "{length}");
            }
        }
    }

    #[test]
    fn what_is_alike_costs_little() {
        let mut packer = Packer::new();
        let text: Vec<u8> = (0..5_000_u32).flat_map(|at| (at.wrapping_mul(2_654_435_761) >> 13).to_le_bytes()).collect();
        let (first, second) = (packer.piece(&text), packer.piece(&text));
        assert!(second.len() * 10 < first.len(), "{} then {}", first.len(), second.len());
    }
}
