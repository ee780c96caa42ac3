//! Calls that wait for the owner's yes or no, and the answers that hold until the server ends.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use crate::{
    config::Ask,
    model::{Approval, CommandError, Decision, HeldCall},
    util::clock::{millis, unix_ms},
};

/// Calls that may wait at a time.
const MOST: usize = 64;
/// Standing answers that are kept.
const MOST_APPROVALS: usize = 1_000;

/// What makes two calls the same to the owner: who, which tool, which macros.
type Sameness = (Arc<str>, Arc<str>, Vec<String>);

/// The calls that wait.
#[derive(Debug)]
pub struct Board {
    rules: Vec<Ask>,
    limit: Duration,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    last_id: u64,
    waiting: BTreeMap<u64, Waiting>,
    approvals: BTreeMap<u64, (Sameness, Approval)>,
}

#[derive(Debug)]
struct Waiting {
    call: HeldCall,
    same: Sameness,
    answer: oneshot::Sender<Decision>,
}

/// A call that the owner is to be asked about.
#[derive(Debug, Clone)]
pub struct Question {
    /// What is shown. Number and times are filled in.
    pub call: HeldCall,
    /// Tells the caller from all others, whatever their names.
    pub principal: Arc<str>,
    /// The UUIDs of the macros that it is about.
    pub macros: Vec<String>,
}

/// What became of a held call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The owner said yes.
    Allowed,
    /// The owner said no.
    Denied,
    /// Nobody answered in time.
    Late,
    /// Its caller went away.
    Gone,
}

impl Board {
    /// A board with the rules of the settings. A call waits at most `limit`.
    pub(super) fn new(rules: Vec<Ask>, limit: Duration) -> Arc<Self> {
        Arc::new(Self { rules, limit, state: Mutex::default() })
    }

    /// What is set to be asked.
    pub fn rules(&self) -> &[Ask] {
        &self.rules
    }

    /// How long a call waits.
    pub fn limit(&self) -> Duration {
        self.limit
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a call up. `None` when the owner has said yes to the same for good.
    ///
    /// # Errors
    /// When too many wait already.
    pub fn put_up(self: &Arc<Self>, question: Question) -> Result<Option<Ticket>, usize> {
        let Question { mut call, principal, mut macros } = question;
        macros.sort();
        macros.dedup();
        let same = (principal, Arc::clone(&call.tool), macros);
        let mut state = self.state();
        if state.approvals.values().any(|(approved, _)| *approved == same) {
            return Ok(None);
        }
        if state.waiting.len() >= MOST {
            return Err(MOST);
        }
        state.last_id += 1;
        let id = state.last_id;
        call.id = id;
        call.time_ms = unix_ms();
        call.until_ms = call.time_ms.saturating_add(millis(self.limit));
        let (answer, decision) = oneshot::channel();
        state.waiting.insert(id, Waiting { call, same, answer });
        Ok(Some(Ticket { id, decision, board: Arc::clone(self) }))
    }

    /// The calls that wait, oldest first.
    pub fn held(&self) -> Vec<HeldCall> {
        self.state().waiting.values().map(|waiting| waiting.call.clone()).collect()
    }

    /// The standing answers, oldest first.
    pub fn approvals(&self) -> Vec<Approval> {
        self.state().approvals.values().map(|(_, approval)| approval.clone()).collect()
    }

    /// Answers a call; without a number the only one that waits. Gives the call, and the standing answer that it left.
    ///
    /// # Errors
    /// When there is no such call, or which one is meant is not clear.
    pub fn answer(&self, id: Option<u64>, decision: Decision) -> Result<(HeldCall, Option<Approval>), CommandError> {
        let mut state = self.state();
        let error = |message: String| Err(CommandError::new("no_held_call", message));
        let id = match (id, state.waiting.len()) {
            (Some(id), _) => id,
            (None, 0) => return error("no call waits for an answer".to_owned()),
            (None, 1) => state.waiting.keys().next().copied().unwrap_or_default(),
            (None, several) => return error(format!("{several} calls wait; say which, kmtop approve --list shows them")),
        };
        let Some(waiting) = state.waiting.remove(&id) else {
            return error(format!("call {id} does not wait any more: it was answered, ran out of time, or its client went"));
        };
        let Waiting { call, same, answer } = waiting;
        let mut approval = None;
        if decision == Decision::Always {
            if state.approvals.len() >= MOST_APPROVALS {
                state.approvals.pop_first();
            }
            let standing = Approval { id, since_ms: unix_ms(), text: call.always.clone() };
            state.approvals.insert(id, (same.clone(), standing.clone()));
            approval = Some(standing);
        }
        // The same that waits beside it has its answer, too.
        if approval.is_some() {
            let alike: Vec<u64> = state.waiting.iter().filter(|(_, other)| other.same == same).map(|(id, _)| *id).collect();
            for id in alike {
                if let Some(other) = state.waiting.remove(&id) {
                    let _ = other.answer.send(Decision::Always);
                }
            }
        }
        match answer.send(decision) {
            Ok(()) => Ok((call, approval)),
            Err(_) => error(format!("call {id} does not wait any more: its client went")),
        }
    }

    /// Takes a standing answer back.
    ///
    /// # Errors
    /// When there is none of this number.
    pub fn forget(&self, id: u64) -> Result<Approval, CommandError> {
        let missing = || CommandError::new("no_approval", format!("there is no standing approval {id}"));
        self.state().approvals.remove(&id).map(|(_, approval)| approval).ok_or_else(missing)
    }
}

/// A call's place on the board; dropping it takes the call off.
#[derive(Debug)]
pub struct Ticket {
    id: u64,
    decision: oneshot::Receiver<Decision>,
    board: Arc<Board>,
}

impl Ticket {
    /// Waits for the owner, as long as the settings say and the caller is there.
    pub async fn wait(mut self, gone: &CancellationToken) -> Verdict {
        let limit = self.board.limit;
        tokio::select! {
            biased;
            decision = &mut self.decision => match decision {
                Ok(Decision::Once | Decision::Always) => Verdict::Allowed,
                Ok(Decision::No) | Err(_) => Verdict::Denied,
            },
            () = gone.cancelled() => Verdict::Gone,
            () = tokio::time::sleep(limit) => Verdict::Late,
        }
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.board.state().waiting.remove(&self.id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Transport;

    fn question(principal: &str, tool: &str, macros: &[&str]) -> Question {
        let call = HeldCall {
            id: 0,
            time_ms: 0,
            until_ms: 0,
            who: principal.into(),
            client: "test".into(),
            transport: Transport::Http,
            tool: tool.into(),
            rule: "delete".into(),
            arguments: Vec::new(),
            subject: None,
            outline: Vec::new(),
            always: format!("{principal} may {tool}"),
        };
        Question { call, principal: principal.into(), macros: macros.iter().map(|uid| (*uid).to_owned()).collect() }
    }

    fn board() -> Arc<Board> {
        Board::new(Vec::new(), Duration::from_secs(50))
    }

    fn put_up(board: &Arc<Board>, tool: &str, macros: &[&str]) -> Ticket {
        board.put_up(question("ci", tool, macros)).expect("room").expect("it waits")
    }

    #[tokio::test(start_paused = true)]
    async fn yes_no_and_nothing() {
        let (board, here) = (board(), CancellationToken::new());
        for (decision, verdict) in [(Decision::Once, Verdict::Allowed), (Decision::No, Verdict::Denied)] {
            let ticket = put_up(&board, "km_delete_macro", &["A"]);
            board.answer(None, decision).expect("the only one");
            assert_eq!(ticket.wait(&here).await, verdict);
        }
        let began = tokio::time::Instant::now();
        assert_eq!(put_up(&board, "km_delete_macro", &["A"]).wait(&here).await, Verdict::Late);
        assert_eq!(began.elapsed(), Duration::from_secs(50));
        here.cancel();
        assert_eq!(put_up(&board, "km_delete_macro", &["A"]).wait(&here).await, Verdict::Gone);
        assert!(board.held().is_empty());
        assert_eq!(board.answer(Some(1), Decision::Once).expect_err("answered").code, "no_held_call");
    }

    #[tokio::test(start_paused = true)]
    async fn always_is_for_the_same_caller_tool_and_macro_until_it_is_forgotten() {
        let (board, here) = (board(), CancellationToken::new());
        let (first, alike) = (put_up(&board, "km_run_macro", &["A"]), put_up(&board, "km_run_macro", &["A"]));
        let other = put_up(&board, "km_run_macro", &["B"]);
        assert!(board.answer(None, Decision::Always).expect_err("three wait").message.contains("3 calls"));
        let (_, approval) = board.answer(Some(1), Decision::Always).expect("it waits");
        assert_eq!(first.wait(&here).await, Verdict::Allowed);
        assert_eq!(alike.wait(&here).await, Verdict::Allowed);
        assert_eq!(board.held().len(), 1, "another macro is another question");
        drop(other);
        assert!(board.put_up(question("ci", "km_run_macro", &["A"])).expect("room").is_none());
        for question in [
            question("ci", "km_run_macro", &[]),
            question("ci", "km_run_macro", &["A", "B"]),
            question("al", "km_run_macro", &["A"]),
        ] {
            assert!(board.put_up(question).expect("room").is_some());
        }
        let id = approval.expect("it stands").id;
        assert_eq!(board.approvals()[0].text, "ci may km_run_macro");
        board.forget(id).expect("there");
        assert_eq!(board.forget(id).expect_err("gone").code, "no_approval");
        assert!(board.put_up(question("ci", "km_run_macro", &["A"])).expect("room").is_some());
    }

    #[tokio::test]
    async fn only_so_many_wait() {
        let board = board();
        let tickets: Vec<_> = (0..MOST).map(|_| put_up(&board, "x", &[])).collect();
        assert_eq!(board.put_up(question("ci", "x", &[])).expect_err("full"), MOST);
        drop(tickets);
        assert!(board.held().is_empty());
    }
}
