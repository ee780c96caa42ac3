//! What a frame is written on before it goes to the terminal in one write.

use std::{cell::RefCell, io, rc::Rc};

/// Bytes for a terminal, shared between the backend that writes them and the screen that sends them.
///
/// Flushing does nothing: the backend flushes in the middle of a frame, and every write is a packet on a slow link.
#[derive(Debug, Clone, Default)]
pub(crate) struct Paper(Rc<RefCell<Vec<u8>>>);

impl Paper {
    /// Room for a whole frame of a large screen.
    const CAPACITY: usize = 64 * 1_024;

    pub(crate) fn new() -> Self {
        Self(Rc::new(RefCell::new(Vec::with_capacity(Self::CAPACITY))))
    }

    /// Hands over what was written and empties the paper, keeping its room.
    pub(crate) fn read_off<T>(&self, reader: impl FnOnce(&[u8]) -> T) -> T {
        let mut bytes = self.0.borrow_mut();
        let result = reader(&bytes);
        bytes.clear();
        result
    }
}

impl io::Write for Paper {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
