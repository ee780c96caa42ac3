//! Binary property lists (`bplist00`), read straight into JSON values.
//!
//! The format is a table of objects that refer to each other by number. A hostile file may make a ring of references, or a few
//! hundred bytes that unfold into terabytes: depth, number of values and bytes of text are bounded while the tree is built.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde_json::{Map, Number, Value};

use super::{super::kinds, MAX_DEPTH, MAX_TEXT, MAX_VALUES, ReadError};

const TRAILER: usize = 32;
/// Seconds from 1970 to 2001, where Apple's dates start.
const APPLE_EPOCH: f64 = 978_307_200.0;

/// Reads a binary property list.
pub(super) fn read(bytes: &[u8]) -> Result<Value, ReadError> {
    let (mut binary, top) = Binary::open(bytes)?;
    binary.value(top, 0)
}

struct Binary<'a> {
    bytes: &'a [u8],
    /// Where the offset table starts: no object reaches into it.
    table: usize,
    offset_size: usize,
    reference_size: usize,
    objects: usize,
    values: usize,
    text: usize,
}

fn problem(offset: usize, problem: impl Into<String>) -> ReadError {
    ReadError::Binary { offset, problem: problem.into() }
}

/// A big-endian number of up to 8 bytes.
fn number(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |sum, byte| (sum << 8) | u64::from(*byte))
}

impl<'a> Binary<'a> {
    /// Checks the trailer; gives the reader and the number of the top object.
    fn open(bytes: &'a [u8]) -> Result<(Self, usize), ReadError> {
        let start = bytes.len().checked_sub(TRAILER).filter(|start| *start >= 8);
        let start = start.ok_or_else(|| problem(bytes.len(), "the file is too short"))?;
        let trailer = &bytes[start..];
        let (offset_size, reference_size) = (usize::from(trailer[6]), usize::from(trailer[7]));
        let size = |at: usize| usize::try_from(number(&trailer[at..at + 8])).unwrap_or(usize::MAX);
        let (objects, top, table) = (size(8), size(16), size(24));
        let table_ends = objects.checked_mul(offset_size).and_then(|length| length.checked_add(table));
        let sizes_fit = (1..=8).contains(&offset_size) && (1..=8).contains(&reference_size);
        if !sizes_fit || table < 8 || table_ends.is_none_or(|end| end > start) {
            return Err(problem(start, "the trailer does not fit the file"));
        }
        Ok((Self { bytes, table, offset_size, reference_size, objects, values: 0, text: 0 }, top))
    }

    fn slice(&self, offset: usize, length: usize) -> Result<&'a [u8], ReadError> {
        let end = offset.checked_add(length).filter(|end| *end <= self.table);
        end.map(|end| &self.bytes[offset..end]).ok_or_else(|| problem(offset, "an object reaches beyond its place"))
    }

    /// Where an object starts.
    fn object(&self, index: usize) -> Result<usize, ReadError> {
        if index >= self.objects {
            return Err(problem(self.table, format!("a reference to object {index} of {}", self.objects)));
        }
        let at = self.table + index * self.offset_size;
        Ok(usize::try_from(number(&self.bytes[at..at + self.offset_size])).unwrap_or(usize::MAX))
    }

    fn value(&mut self, index: usize, depth: usize) -> Result<Value, ReadError> {
        if depth > MAX_DEPTH {
            return Err(ReadError::Limit { what: "the property list is nested too deep, or in a ring", limit: MAX_DEPTH });
        }
        self.values += 1;
        if self.values > MAX_VALUES {
            return Err(ReadError::Limit { what: "the property list unfolds into too many values", limit: MAX_VALUES });
        }
        let at = self.object(index)?;
        let marker = self.slice(at, 1)?[0];
        let low = usize::from(marker & 0x0f);
        match marker >> 4 {
            0x0 => simple(at, marker),
            0x1 => self.integer(at, low),
            0x2 => Ok(kinds::real(self.real(at, low)?)),
            0x3 => Ok(date(self.real(at, low)?)),
            0x4 => {
                let data = self.counted(at, low, 1)?;
                Ok(kinds::data(&BASE64_STANDARD.encode(data)))
            }
            0x5 | 0x6 => self.string(at).map(Value::String),
            0x8 => Ok(kinds::reference(number(self.slice(at + 1, (low + 1).min(8))?))),
            0xa => {
                let items = self.references(at, low, 1)?;
                items.into_iter().map(|item| self.value(item, depth + 1)).collect::<Result<_, _>>().map(Value::Array)
            }
            0xd => self.dict(at, low, depth),
            kind => Err(problem(at, format!("an object of unknown kind {kind:#x}"))),
        }
    }

    fn dict(&mut self, at: usize, low: usize, depth: usize) -> Result<Value, ReadError> {
        let references = self.references(at, low, 2)?;
        let (keys, values) = references.split_at(references.len() / 2);
        let mut map = Map::new();
        for (key, value) in keys.iter().zip(values) {
            let place = self.object(*key)?;
            let key = self.string(place)?;
            map.insert(key, self.value(*value, depth + 1)?);
        }
        Ok(kinds::dictionary(map))
    }

    /// A length, and where what it counts begins: lengths of 15 and more stand in an integer of their own.
    fn length(&self, at: usize, low: usize) -> Result<(usize, usize), ReadError> {
        if low != 0x0f {
            return Ok((low, at + 1));
        }
        let marker = self.slice(at + 1, 1)?[0];
        let size = 1_usize << (marker & 0x0f).min(4);
        if marker >> 4 != 1 || size > 8 {
            return Err(problem(at, "a length that is no integer"));
        }
        let length = usize::try_from(number(self.slice(at + 2, size)?)).unwrap_or(usize::MAX);
        Ok((length, at + 2 + size))
    }

    /// The bytes of something counted in units of `unit` bytes, charged to the bound on text.
    fn counted(&mut self, at: usize, low: usize, unit: usize) -> Result<&'a [u8], ReadError> {
        let (length, start) = self.length(at, low)?;
        let bytes = self.slice(start, length.saturating_mul(unit))?;
        self.text += bytes.len();
        if self.text > MAX_TEXT {
            return Err(ReadError::Limit { what: "the property list unfolds into too much text", limit: MAX_TEXT });
        }
        Ok(bytes)
    }

    fn references(&mut self, at: usize, low: usize, lists: usize) -> Result<Vec<usize>, ReadError> {
        let (length, start) = self.length(at, low)?;
        let bytes = self.slice(start, length.saturating_mul(lists).saturating_mul(self.reference_size))?;
        let numbers = bytes.chunks_exact(self.reference_size).map(number);
        Ok(numbers.map(|number| usize::try_from(number).unwrap_or(usize::MAX)).collect())
    }

    fn string(&mut self, at: usize) -> Result<String, ReadError> {
        let marker = self.slice(at, 1)?[0];
        let low = usize::from(marker & 0x0f);
        match marker >> 4 {
            0x5 => {
                let bytes = self.counted(at, low, 1)?;
                String::from_utf8(bytes.to_vec()).map_err(|_| problem(at, "a text that is not ASCII"))
            }
            0x6 => {
                let bytes = self.counted(at, low, 2)?;
                let units = bytes.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]]));
                // Keyboard Maestro itself writes lone surrogates where a user cut an emoji in half.
                Ok(char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect())
            }
            _ => Err(problem(at, "a key that is no text")),
        }
    }

    fn integer(&self, at: usize, low: usize) -> Result<Value, ReadError> {
        let number = match low {
            // Only the 8 byte form is signed; the 16 byte form holds what exceeds it, of which the low half is enough.
            0..=2 => Number::from(number(self.slice(at + 1, 1 << low)?)),
            3 => Number::from(number(self.slice(at + 1, 8)?).cast_signed()),
            4 => Number::from(number(&self.slice(at + 1, 16)?[8..])),
            _ => return Err(problem(at, "an integer of unknown size")),
        };
        Ok(Value::Number(number))
    }

    fn real(&self, at: usize, low: usize) -> Result<f64, ReadError> {
        match low {
            2 => {
                let bits = u32::try_from(number(self.slice(at + 1, 4)?)).unwrap_or_default();
                Ok(f64::from(f32::from_bits(bits)))
            }
            3 => Ok(f64::from_bits(number(self.slice(at + 1, 8)?))),
            _ => Err(problem(at, "a number of unknown size")),
        }
    }
}

fn simple(at: usize, marker: u8) -> Result<Value, ReadError> {
    match marker {
        0x00 => Ok(Value::Null),
        0x08 => Ok(Value::Bool(false)),
        0x09 => Ok(Value::Bool(true)),
        _ => Err(problem(at, format!("an object of unknown kind {marker:#x}"))),
    }
}

/// Seconds since 2001 as a date; their bare number where no calendar has it.
fn date(seconds: f64) -> Value {
    kinds::date(&stamp(seconds).map_or_else(|| seconds.to_string(), |stamp| stamp.to_string()))
}

fn stamp(seconds: f64) -> Option<jiff::Timestamp> {
    let whole = Some(seconds.floor() + APPLE_EPOCH).filter(|whole| whole.is_finite())?;
    // Apart, or the fraction would lose digits to the epoch that is added.
    let nanoseconds = ((seconds - seconds.floor()) * 1e9).round().min(999_999_999.0);
    #[expect(clippy::cast_possible_truncation, reason = "a cast from float saturates, and jiff refuses what is out of its range")]
    jiff::Timestamp::new(whole as i64, nanoseconds as i32).ok()
}
