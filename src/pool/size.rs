//! The pool's size: bounds and target, and what a resize makes of them.

use crate::model::{CommandError, Resize};

/// Bounds and target; `min ≤ target ≤ max` and `1 ≤ max ≤` [`Resize::LARGEST`] always hold. A target of 0 lets calls wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Smallest target.
    pub min: u16,
    /// Largest target.
    pub max: u16,
    /// How many workers there should be.
    pub target: u16,
}

impl Size {
    /// The size with these bounds, at its smallest.
    ///
    /// # Errors
    /// When `min` is above `max`, or `max` is not within 1 to [`Resize::LARGEST`].
    pub fn new(min: u16, max: u16) -> Result<Self, CommandError> {
        let size = Self { min, max, target: min };
        if max >= 1 && min <= max && max <= Resize::LARGEST {
            return Ok(size);
        }
        let largest = Resize::LARGEST;
        Err(invalid(format!(
            "a pool's bounds are 0 to {largest}, smallest first, the larger at least 1; got min {min} and max {max}"
        )))
    }

    /// Whether the target is as high as it may be.
    pub(super) fn is_at_max(self) -> bool {
        self.target == self.max
    }

    /// The size after a resize.
    ///
    /// # Errors
    /// When it would leave the bounds, or there is nothing to change because a bound is reached already.
    pub fn resized(self, resize: Resize) -> Result<Self, CommandError> {
        match resize {
            Resize::Target(target) => self.at(target),
            Resize::By(steps) => self.by(steps),
            Resize::Bounds { min, max } => {
                let bounds = Self::new(min, max)?;
                Ok(Self { target: self.target.clamp(min, max), ..bounds })
            }
            Resize::Exactly { min, max, target } => Self::new(min, max)?.at(target),
        }
    }

    fn at(self, target: u16) -> Result<Self, CommandError> {
        let Self { min, max, .. } = self;
        if (min..=max).contains(&target) {
            return Ok(Self { target, ..self });
        }
        Err(invalid(format!(
            "the pool's size is {min} to {max}, and {target} is outside; change the bounds with min and max first"
        )))
    }

    fn by(self, steps: i16) -> Result<Self, CommandError> {
        let target = self.target.saturating_add_signed(steps).clamp(self.min, self.max);
        if target != self.target || steps == 0 {
            return Ok(Self { target, ..self });
        }
        let (bound, name) = if steps > 0 { (self.max, "max") } else { (self.min, "min") };
        Err(CommandError::new("at_bound", format!("the pool is at its {name} of {bound}; change pool.{name} to go on")))
    }
}

fn invalid(message: String) -> CommandError {
    CommandError::new("bad_size", message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resizes() {
        let size = Size { min: 2, max: 6, target: 3 };
        let target = |resize| size.resized(resize).map(|size| size.target).map_err(|error| error.code);
        assert_eq!(target(Resize::Target(6)), Ok(6));
        assert_eq!(target(Resize::Target(0)), Err("bad_size".to_owned()));
        assert_eq!(target(Resize::Target(7)), Err("bad_size".to_owned()));
        assert_eq!(target(Resize::By(4)), Ok(6), "stops at the bound");
        assert_eq!(target(Resize::By(-4)), Ok(2));
        assert_eq!(target(Resize::By(0)), Ok(3));
        assert_eq!(target(Resize::By(i16::MIN)), Ok(2));
        assert_eq!(target(Resize::Bounds { min: 4, max: 9 }), Ok(4));
        assert_eq!(target(Resize::Bounds { min: 5, max: 4 }), Err("bad_size".to_owned()));
        assert_eq!(target(Resize::Exactly { min: 0, max: 4, target: 0 }), Ok(0), "calls may be made to wait");
        assert_eq!(target(Resize::Bounds { min: 0, max: 0 }), Err("bad_size".to_owned()));
        assert_eq!(target(Resize::Bounds { min: 1, max: 513 }), Err("bad_size".to_owned()));
        let full = Size { target: 6, ..size };
        assert_eq!(full.resized(Resize::By(1)).map_err(|error| error.code), Err("at_bound".to_owned()));
    }
}
