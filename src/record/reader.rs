//! Reads a recording: whatever is whole in it.

use std::{
    collections::VecDeque,
    fs::File,
    io::Read,
    ops::Range,
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{
    RecordError, Source,
    format::{HEAD, Kind, VERSION, version},
    scan::{Found, content, scan},
};
use crate::{
    model::{Interval, ServerInfo},
    util::{deflate::Unpacker, units},
};

/// Unpacked segments that are kept: more than an hour.
const MOST_KEPT: usize = 90;

/// A recording that is open to be read. It may still be written to; what comes later is not seen.
#[derive(Debug)]
pub struct Recording {
    file: File,
    path: PathBuf,
    blocks: Vec<Found>,
    segments: Vec<Segment>,
    times: Vec<u64>,
    first: usize,
    damaged: u64,
    unpacked: VecDeque<Unpacked>,
}

/// Where a segment's blocks stand, and the place of its first Interval.
#[derive(Debug, Clone)]
struct Segment {
    blocks: Range<usize>,
    place: usize,
}

/// A segment's Intervals; `None` for one that cannot be understood.
#[derive(Debug)]
struct Unpacked {
    segment: usize,
    info: ServerInfo,
    intervals: Vec<Option<Arc<Interval>>>,
}

impl Recording {
    /// Opens the file and finds what is whole in it.
    ///
    /// # Errors
    /// [`RecordError`] when it cannot be read, is no recording, is of a later kmtop, or has nothing whole in it.
    pub fn open(path: &Path) -> Result<Self, RecordError> {
        let mut file = File::open(path).map_err(RecordError::file(path))?;
        let mut start = Vec::new();
        file.by_ref().take(HEAD as u64).read_to_end(&mut start).map_err(RecordError::file(path))?;
        match version(&start) {
            None => return Err(RecordError::Foreign(path.to_owned())),
            Some(version) if version > VERSION => return Err(RecordError::Newer { path: path.to_owned(), version }),
            Some(_) => {}
        }
        let found = scan(&file).map_err(RecordError::file(path))?;
        let mut segments: Vec<Segment> = Vec::new();
        let (mut times, mut first) = (Vec::new(), None);
        for (at, block) in found.blocks.iter().map(|found| found.block).enumerate() {
            match block.kind {
                Kind::Start => segments.push(Segment { blocks: at..at, place: times.len() }),
                Kind::Interval => first = first.or(Some(times.len())),
                Kind::Before => {}
            }
            if block.kind != Kind::Start {
                times.push(block.time_ms);
            }
            if let Some(segment) = segments.last_mut() {
                segment.blocks.end = at + 1;
            }
        }
        let Some(first) = first else { return Err(RecordError::Empty(path.display().to_string())) };
        let path = path.to_owned();
        let unpacked = VecDeque::new();
        Ok(Self { file, path, blocks: found.blocks, segments, times, first, damaged: found.damaged, unpacked })
    }

    /// The number of the segment that holds this place.
    fn segment(&self, place: usize) -> Option<usize> {
        self.segments.partition_point(|segment| segment.place <= place).checked_sub(1)
    }

    /// Has the segment unpacked.
    fn unpack(&mut self, segment: usize) -> Option<&Unpacked> {
        if let Some(at) = self.unpacked.iter().position(|unpacked| unpacked.segment == segment) {
            return self.unpacked.get(at);
        }
        let blocks = self.blocks.get(self.segments.get(segment)?.blocks.clone())?;
        let unpacked = unpack(&self.file, segment, blocks);
        self.unpacked.push_back(unpacked);
        if self.unpacked.len() > MOST_KEPT {
            self.unpacked.pop_front();
        }
        self.unpacked.back()
    }
}

fn unpack(file: &File, segment: usize, blocks: &[Found]) -> Unpacked {
    let mut unpacker = Unpacker::new();
    let mut made = Unpacked { segment, info: ServerInfo::default(), intervals: Vec::new() };
    // A stream that broke off stays broken.
    let mut broken = false;
    for found in blocks {
        let length = usize::try_from(found.block.length).unwrap_or(usize::MAX);
        let bytes = content(file, *found).ok().filter(|_| !broken).and_then(|packed| unpacker.piece(&packed, length));
        broken = broken || bytes.is_none();
        let bytes = bytes.unwrap_or_default();
        if found.block.kind == Kind::Start {
            made.info = serde_json::from_slice(&bytes).unwrap_or_default();
        } else {
            made.intervals.push(serde_json::from_slice(&bytes).ok().map(Arc::new));
        }
    }
    made
}

impl Source for Recording {
    fn name(&self) -> String {
        self.path.file_name().map_or_else(|| self.path.display().to_string(), |name| name.to_string_lossy().into_owned())
    }

    fn info(&mut self, place: usize) -> ServerInfo {
        let segment = self.segment(place);
        segment.and_then(|segment| self.unpack(segment)).map(|unpacked| unpacked.info.clone()).unwrap_or_default()
    }

    fn times(&self) -> &[u64] {
        &self.times
    }

    fn first(&self) -> usize {
        self.first
    }

    fn read(&mut self, places: Range<usize>) -> Vec<Arc<Interval>> {
        let mut intervals = Vec::with_capacity(places.len());
        let mut place = places.start;
        while place < places.end.min(self.times.len()) {
            let Some(segment) = self.segment(place) else { break };
            let start = self.segments[segment].place;
            let end = self.segments.get(segment + 1).map_or(self.times.len(), |next| next.place).min(places.end);
            if let Some(unpacked) = self.unpack(segment) {
                let wanted = unpacked.intervals.get(place - start..end - start).unwrap_or_default();
                intervals.extend(wanted.iter().flatten().cloned());
            }
            place = end;
        }
        intervals
    }

    fn damage(&self) -> Option<String> {
        (self.damaged > 0).then(|| format!("{} of the file are damaged and left out", units::bytes(self.damaged as f64)))
    }
}
