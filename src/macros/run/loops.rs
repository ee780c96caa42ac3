//! What all loops have in common.

use super::{
    super::{data::Action, place::Place},
    error::Trouble,
    execute::Flow,
    state::Runner,
};

impl Runner<'_> {
    /// Does a loop: `turns` decides about each turn and does it by [`Self::turn`].
    pub(super) fn looping(&mut self, turns: impl FnOnce(&mut Self) -> Result<Flow, Trouble>) -> Result<Flow, Trouble> {
        self.count_loop(1);
        let flow = turns(self);
        self.count_loop(-1);
        flow
    }

    fn count_loop(&mut self, change: isize) {
        if let Some(frame) = self.frames.last_mut() {
            frame.loops = frame.loops.saturating_add_signed(change);
        }
    }

    /// Whether a loop of this macro is under way.
    pub(super) fn in_loop(&self) -> bool {
        self.frames.last().is_some_and(|frame| frame.loops > 0)
    }

    /// Does a loop's actions for one turn, again as long as they ask for that. `Some` ends the loop with this flow.
    pub(super) fn turn(&mut self, action: &Action, place: &Place<'_>) -> Result<Option<Flow>, Trouble> {
        loop {
            // A loop without actions has to end some time, too.
            self.count_step()?;
            match self.block(Some(place), "Actions", action.block("Actions"))? {
                Flow::Next | Flow::Continue => return Ok(None),
                Flow::Break => return Ok(Some(Flow::Next)),
                Flow::Retry => {}
                end => return Ok(Some(end)),
            }
        }
    }
}
