//! Time limits: of the run, and of actions that have one of their own.

use std::time::Duration;

use super::{
    super::{
        data::Action,
        host::{ShellEnd, ShellOutput, ShellRequest},
    },
    error::Trouble,
    execute::Flow,
    state::Runner,
};

/// When something has to have ended.
#[derive(Debug, Clone, Copy)]
pub(super) struct Deadline {
    /// In the host's elapsed time.
    at: Duration,
    /// Tells deadlines apart; 0 is that of the run.
    number: u64,
}

/// The number of the run's own deadline.
pub(super) const OF_RUN: u64 = 0;

/// Actions that look after their own time limit.
const OWN_LIMIT: [&str; 1] = ["ExecuteShellScript"];

impl Runner<'_> {
    /// Gives the whole run a time limit.
    pub(super) fn limit_run(&mut self, limit: Option<Duration>) {
        let at = limit.and_then(|limit| self.host.elapsed().checked_add(limit));
        self.deadline = at.map(|at| Deadline { at, number: OF_RUN });
    }

    /// Stops what goes on when the earliest deadline has passed.
    pub(super) fn check_time(&mut self) -> Result<(), Trouble> {
        match self.deadline {
            Some(deadline) if self.host.elapsed() >= deadline.at => Err(Trouble::TimeUp(deadline.number)),
            _ => Ok(()),
        }
    }

    /// How long there is until the earliest deadline; `None` when there is none.
    pub(in crate::macros) fn time_left(&mut self) -> Option<Duration> {
        let deadline = self.deadline?;
        Some(deadline.at.saturating_sub(self.host.elapsed()))
    }

    /// Waits, but not beyond the earliest deadline.
    pub(in crate::macros) fn wait(&mut self, span: Duration) -> Result<(), Trouble> {
        match self.time_left() {
            Some(left) if left < span => {
                self.host.sleep(left)?;
                self.check_time()
            }
            _ => Ok(self.host.sleep(span)?),
        }
    }

    /// Runs a script, but not beyond the earliest deadline.
    pub(in crate::macros) fn run_script(&mut self, request: &ShellRequest) -> Result<ShellOutput, Trouble> {
        let left = self.time_left();
        let time_limit = [left, request.time_limit].into_iter().flatten().min();
        let output = self.host.shell(&ShellRequest { time_limit, ..request.clone() })?;
        if output.end == ShellEnd::TimedOut {
            self.check_time()?;
        }
        Ok(output)
    }

    /// Does an action within the time limit that it names, if it names one.
    pub(super) fn within_its_time(
        &mut self,
        action: &Action,
        perform: impl FnOnce(&mut Self) -> Result<Flow, Trouble>,
    ) -> Result<Flow, Trouble> {
        let Some(limit) = self.time_limit(action)? else { return perform(self) };
        let outer = self.deadline;
        let at = self.host.elapsed().saturating_add(limit);
        if outer.is_some_and(|outer| outer.at <= at) {
            return perform(self);
        }
        self.deadlines += 1;
        let number = self.deadlines;
        self.deadline = Some(Deadline { at, number });
        let flow = perform(self);
        self.deadline = outer;
        match flow {
            Err(Trouble::TimeUp(passed)) if passed == number => {
                Err(Trouble::Late(format!("it took longer than {limit:?} and was ended")))
            }
            flow => flow,
        }
    }

    /// The time limit that an action names, if it is for the interpreter to look after.
    fn time_limit(&mut self, action: &Action) -> Result<Option<Duration>, Trouble> {
        if OWN_LIMIT.contains(&action.kind.as_str()) {
            return Ok(None);
        }
        let Some(expression) = action.text("TimeOutPeriod").filter(|text| !text.trim().is_empty()) else { return Ok(None) };
        let seconds = self.number(&expression)?;
        Ok((seconds > 0.0).then(|| Duration::from_secs_f64(seconds.min(1e9))))
    }
}
