//! The jobs that wait for a worker: bounded in number and in time, by lane, and within a lane client by client.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use tokio::time::Instant;

use super::{Load, Ticket, codel::Codel};
use crate::model::Lane;

/// Whether a job may have a worker now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fit {
    /// It may.
    Good,
    /// Its work has its share of the pool already: only if nothing else waits.
    OverShare,
    /// What it uses is at its limit.
    Full,
}

/// Why a waiting job got no worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Passed {
    /// Its caller has gone.
    Gone,
    /// Its lane is overloaded.
    Overloaded,
}

/// Jobs that wait.
pub(super) struct Queue<L> {
    lanes: [LaneQueue<L>; 3],
    length: usize,
    bound: usize,
    limit: Duration,
    pressure: bool,
}

struct LaneQueue<L> {
    /// Clients with waiting jobs, the next one to be served first.
    lines: VecDeque<Line<L>>,
    /// Interactive callers wait as long as they want to: only the other lanes have it.
    codel: Option<Codel>,
}

/// One client's jobs in one lane, oldest first.
struct Line<L> {
    client: Arc<str>,
    waiting: VecDeque<Ticket<L>>,
}

impl<L: Load> Queue<L> {
    pub(super) fn new(bound: usize, limit: Duration) -> Self {
        let lanes = Lane::QUEUED
            .map(|lane| LaneQueue { lines: VecDeque::new(), codel: (lane != Lane::Interactive).then(Codel::default) });
        Self { lanes, length: 0, bound, limit, pressure: false }
    }

    pub(super) fn len(&self) -> usize {
        self.length
    }

    pub(super) fn bound(&self) -> usize {
        self.bound
    }

    /// Another bound from now on; who waits already stays.
    pub(super) fn set_bound(&mut self, bound: usize) {
        self.bound = bound;
    }

    pub(super) fn limit(&self) -> Duration {
        self.limit
    }

    /// Whether the queue is nearly full: on at 80 % of the bound, off at 20 %.
    pub(super) fn pressure(&self) -> bool {
        self.pressure
    }

    /// How many wait in each lane in which any do.
    pub(super) fn by_lane(&self) -> impl Iterator<Item = (Lane, usize)> {
        let counts = self.lanes.iter().map(|lane| lane.lines.iter().map(|line| line.waiting.len()).sum());
        Lane::QUEUED.into_iter().zip(counts).filter(|(_, count)| *count > 0)
    }

    /// Takes a job in. When the queue is full, the youngest job of a lane after its own makes room and comes back; else it comes
    /// back itself.
    pub(super) fn push(&mut self, ticket: Ticket<L>) -> Result<Option<Ticket<L>>, Ticket<L>> {
        let mut displaced = None;
        if self.length >= self.bound {
            let own = place(ticket.job.lane);
            displaced = self.lanes.iter_mut().skip(own + 1).rev().find_map(LaneQueue::take_youngest);
            if displaced.is_none() {
                return Err(ticket);
            }
            self.length -= 1;
        }
        self.lanes[place(ticket.job.lane)].push(ticket);
        self.resized(1);
        Ok(displaced)
    }

    /// Puts a job back to where it came from, next in line whatever the bound.
    pub(super) fn put_back(&mut self, ticket: Ticket<L>) {
        self.lanes[place(ticket.job.lane)].put_back(ticket);
        self.resized(1);
    }

    /// Whether one more job would find no room.
    pub(super) fn is_full(&self) -> bool {
        self.length >= self.bound
    }

    /// A job of this lane got its worker without having waited here.
    pub(super) fn passed_by(&mut self, lane: Lane) {
        if lane > Lane::Interactive
            && let Some(codel) = &mut self.lanes[place(lane)].codel
        {
            codel.stood_empty();
        }
    }

    /// The next job that fits. Work that has its share already waits for other work; those who were passed by for good come
    /// back in `passed`.
    pub(super) fn pop(
        &mut self,
        now: Instant,
        fit: impl Fn(&Ticket<L>) -> Fit,
        passed: &mut Vec<(Ticket<L>, Passed)>,
    ) -> Option<Ticket<L>> {
        let found = self.take(now, &|ticket| fit(ticket) == Fit::Good, passed);
        found.or_else(|| self.take(now, &|ticket| fit(ticket) != Fit::Full, passed))
    }

    fn take(
        &mut self,
        now: Instant,
        fits: &impl Fn(&Ticket<L>) -> bool,
        passed: &mut Vec<(Ticket<L>, Passed)>,
    ) -> Option<Ticket<L>> {
        for lane in &mut self.lanes {
            while let Some(ticket) = lane.take(fits) {
                self.length -= 1;
                let wait = now.saturating_duration_since(ticket.asked);
                // The last one is no queue: turning it away would help nobody.
                let is_last = lane.lines.is_empty();
                if ticket.load.is_gone() {
                    passed.push((ticket, Passed::Gone));
                } else if lane.codel.as_mut().is_some_and(|codel| codel.drops(now, wait)) && !is_last && !ticket.again {
                    passed.push((ticket, Passed::Overloaded));
                } else {
                    self.pressure &= self.length * 5 > self.bound;
                    return Some(ticket);
                }
            }
        }
        self.pressure &= self.length * 5 > self.bound;
        None
    }

    fn fronts(&self) -> impl Iterator<Item = &Ticket<L>> {
        self.lanes.iter().flat_map(|lane| &lane.lines).filter_map(|line| line.waiting.front())
    }

    /// When the oldest job will have waited for too long.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.fronts().map(|ticket| ticket.asked).min().map(|asked| asked + self.limit)
    }

    /// How long the oldest job has waited.
    pub(super) fn oldest_wait(&self, now: Instant) -> Option<Duration> {
        self.fronts().map(|ticket| ticket.asked).min().map(|asked| now.saturating_duration_since(asked))
    }

    /// Takes out a job that has waited for too long.
    pub(super) fn pop_overdue(&mut self, now: Instant) -> Option<Ticket<L>> {
        if self.deadline()? > now {
            return None;
        }
        let limit = self.limit;
        self.take_one(|ticket| ticket.asked + limit <= now)
    }

    /// Takes out one job.
    pub(super) fn remove(&mut self, id: u64) -> Option<Ticket<L>> {
        self.take_one(|ticket| ticket.id == id)
    }

    fn take_one(&mut self, wanted: impl Fn(&Ticket<L>) -> bool) -> Option<Ticket<L>> {
        let found = self.lanes.iter_mut().find_map(|lane| lane.remove(&wanted))?;
        self.resized(-1);
        Some(found)
    }

    /// Takes out every job that is wanted.
    pub(super) fn take_all(&mut self, wanted: impl Fn(&Ticket<L>) -> bool) -> Vec<Ticket<L>> {
        let mut taken = Vec::new();
        while let Some(ticket) = self.take_one(&wanted) {
            taken.push(ticket);
        }
        taken
    }

    fn resized(&mut self, by: isize) {
        self.length = self.length.saturating_add_signed(by);
        if self.length * 5 >= self.bound * 4 {
            self.pressure = true;
        } else if self.length * 5 <= self.bound {
            self.pressure = false;
        }
    }
}

/// A lane's place among the lanes; control jobs do not wait here, and would count as interactive.
fn place(lane: Lane) -> usize {
    Lane::QUEUED.iter().position(|queued| *queued == lane).unwrap_or_default()
}

impl<L> LaneQueue<L> {
    fn line(&mut self, client: &str) -> Option<&mut Line<L>> {
        self.lines.iter_mut().find(|line| &*line.client == client)
    }

    fn push(&mut self, ticket: Ticket<L>) {
        if let Some(codel) = self.codel.as_mut().filter(|_| self.lines.is_empty()) {
            codel.stood_empty();
        }
        match self.line(&ticket.job.client) {
            Some(line) => line.waiting.push_back(ticket),
            None => self.lines.push_back(Line { client: Arc::clone(&ticket.job.client), waiting: VecDeque::from([ticket]) }),
        }
    }

    fn put_back(&mut self, ticket: Ticket<L>) {
        let at = self.lines.iter().position(|line| line.client == ticket.job.client);
        let line = at.and_then(|at| self.lines.remove(at));
        let mut line = line.unwrap_or_else(|| Line { client: Arc::clone(&ticket.job.client), waiting: VecDeque::new() });
        // The oldest stands first in its line, whatever comes back in which order.
        let place = line.waiting.iter().position(|other| other.asked > ticket.asked).unwrap_or(line.waiting.len());
        line.waiting.insert(place, ticket);
        self.lines.push_front(line);
    }

    /// The first job that fits of the first client in turn that has one; that client is then last in turn.
    fn take(&mut self, fits: &impl Fn(&Ticket<L>) -> bool) -> Option<Ticket<L>> {
        for turn in 0..self.lines.len() {
            let waiting = &mut self.lines[turn].waiting;
            if let Some(at) = waiting.iter().position(fits) {
                let ticket = waiting.remove(at);
                if let Some(line) = self.lines.remove(turn).filter(|line| !line.waiting.is_empty()) {
                    self.lines.push_back(line);
                }
                return ticket;
            }
        }
        None
    }

    fn take_youngest(&mut self) -> Option<Ticket<L>> {
        let newest = |line: &Line<L>| line.waiting.back().map(|ticket| (ticket.asked, ticket.id));
        let at = (0..self.lines.len()).max_by_key(|at| newest(&self.lines[*at]))?;
        let ticket = self.lines[at].waiting.pop_back();
        self.drop_empty();
        ticket
    }

    fn remove(&mut self, wanted: &impl Fn(&Ticket<L>) -> bool) -> Option<Ticket<L>> {
        let place = |line: &Line<L>| line.waiting.iter().position(wanted);
        let (turn, at) = self.lines.iter().enumerate().find_map(|(turn, line)| Some((turn, place(line)?)))?;
        let ticket = self.lines[turn].waiting.remove(at);
        self.drop_empty();
        ticket
    }

    fn drop_empty(&mut self) {
        self.lines.retain(|line| !line.waiting.is_empty());
    }
}
