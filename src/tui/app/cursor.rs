//! Which row of a list is selected, and which is the first one shown.

/// A selection that stays on its row while rows come and go around it.
///
/// No selection means the first row, whatever it is: that is how a list follows its newest or its worst.
#[derive(Debug, Clone)]
pub(crate) struct Cursor<K> {
    selected: Option<K>,
    /// The first row shown.
    pub(crate) offset: usize,
    index: usize,
}

impl<K> Default for Cursor<K> {
    fn default() -> Self {
        Self { selected: None, offset: 0, index: 0 }
    }
}

impl<K: Clone + PartialEq> Cursor<K> {
    /// The selected row's place.
    pub(crate) fn index(&self) -> usize {
        self.index
    }

    /// Moves by so many rows, stopping at the ends.
    pub(crate) fn move_by(&mut self, rows: isize, keys: &[K]) {
        self.select(self.index.saturating_add_signed(rows), keys);
    }

    /// Selects the row at this place, or the last.
    pub(crate) fn select(&mut self, index: usize, keys: &[K]) {
        self.index = index.min(keys.len().saturating_sub(1));
        self.selected = if self.index == 0 { None } else { keys.get(self.index).cloned() };
    }

    /// Finds the selection among the rows as they are now and keeps it in sight, on the same line if that can be.
    pub(crate) fn settle(&mut self, keys: &[K], page: usize) {
        let found = self.selected.as_ref().map(|selected| keys.iter().position(|key| key == selected));
        let index = match found {
            Some(Some(index)) => index,
            // The row is gone: the one that took its place.
            Some(None) => self.index.min(keys.len().saturating_sub(1)),
            None => 0,
        };
        if found == Some(None) {
            self.selected = keys.get(index).filter(|_| index > 0).cloned();
        }
        let (page, last) = (page.max(1), keys.len().saturating_sub(1));
        let moved = self.offset + index;
        self.offset = moved.saturating_sub(self.index).min(last.saturating_sub(page - 1));
        self.offset = self.offset.clamp((index + 1).saturating_sub(page), index);
        self.index = index;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_selection_stays_on_its_row_and_line() {
        let mut cursor = Cursor::default();
        let mut keys: Vec<u32> = (0..100).rev().collect();
        cursor.settle(&keys, 10);
        cursor.move_by(14, &keys);
        cursor.settle(&keys, 10);
        assert_eq!((cursor.index(), cursor.offset), (14, 5));
        (100..103).for_each(|new| keys.insert(0, new));
        cursor.settle(&keys, 10);
        assert_eq!((cursor.index(), cursor.offset), (17, 8), "three rows came above: same row, same line");
        keys.retain(|key| *key != 85);
        cursor.settle(&keys, 10);
        assert_eq!(cursor.index(), 17, "the row is gone: its place stays");
    }

    #[test]
    fn the_first_row_follows_and_the_ends_hold() {
        let mut cursor = Cursor::default();
        let keys = [3, 2, 1];
        cursor.move_by(99, &keys);
        cursor.settle(&keys, 2);
        assert_eq!((cursor.index(), cursor.offset), (2, 1));
        cursor.move_by(-99, &keys);
        cursor.settle(&[4, 3, 2, 1], 2);
        assert_eq!((cursor.index(), cursor.offset), (0, 0));
        cursor.settle(&[], 0);
        cursor.move_by(1, &[]);
        assert_eq!((cursor.index(), cursor.offset), (0, 0));
    }
}
