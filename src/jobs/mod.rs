//! Background work: named lanes, each with its worker thread, with progress, cancel and caught panics.
//!
//! * The **analysis** lane serves looking around (load, matrices, evaluation): a newer request of a
//!   kind replaces one of the same kind that still waits, and cancels one that runs.
//! * The **training** lane is first in, first out, so that a long training never blocks looking.
//! * The **examination**, **export** and **download** lanes are for one long errand each (looking for faults in
//!   the data, writing a table, fetching a model), which blocks none of the others.
//!
//! Progress is a latest value and may be dropped; the single terminal outcome of each job never is.
//! This is the only module that starts threads.

mod lane;
mod meter;
mod priority;

use std::any::Any;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender};

use crate::control::{CancelToken, Cancelled, Control, Progress};
use crate::ids::JobId;
use lane::{LaneQueue, Replace};
pub use meter::RateMeter;
pub use priority::loops_give_way;

/// Which queue a job waits in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Lane {
    /// Looking around: newest request of a kind wins.
    Analysis,
    /// Long work: first in, first out.
    Training,
    /// Looking through all the data for faults, or reading all texts for a search, beside everything else.
    Examination,
    /// Writing files that take their time, beside everything else.
    Export,
    /// Waiting for the network, beside everything else.
    Download,
}

impl Lane {
    /// Every lane; a lane stands at its own number.
    const ALL: [Self; 5] =
        [Self::Analysis, Self::Training, Self::Examination, Self::Export, Self::Download];

    const fn name(self) -> &'static str {
        match self {
            Self::Analysis => "analysis",
            Self::Training => "training",
            Self::Examination => "examination",
            Self::Export => "export",
            Self::Download => "download",
        }
    }

    const fn replace(self) -> Replace {
        match self {
            Self::Training => Replace::Nothing,
            Self::Analysis | Self::Examination | Self::Export | Self::Download => Replace::SameKind,
        }
    }

    /// Whether its jobs leave something half-written behind where they are not ended in order.
    const fn tidies_up(self) -> bool {
        matches!(self, Self::Export | Self::Download)
    }

    /// Whether somebody at the window waits for the next answer of this lane.
    const fn is_waited_for(self) -> bool {
        matches!(self, Self::Analysis)
    }
}

/// What kind of work a job is; also the key of its label in the message catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct JobKind(pub &'static str);

/// How a job ended.
#[derive(Debug)]
pub enum Outcome<T> {
    /// It gave a result.
    Finished(T),
    /// It failed; the whole chain of causes, most general first.
    Failed(String),
    /// It was stopped on request or replaced by a newer one.
    Cancelled,
    /// It panicked; the message. A defect of ours, shown as such.
    Panicked(String),
}

/// The terminal event of a job.
#[derive(Debug)]
pub struct JobEnded<T> {
    /// Which job.
    pub id: JobId,
    /// What kind of work it was.
    pub kind: JobKind,
    /// How it ended.
    pub outcome: Outcome<T>,
    /// Seconds from start to end; 0 for a job that never started.
    pub secs: f32,
}

/// Why a job gives no result.
#[derive(Debug)]
pub enum JobError {
    /// Stopped on request.
    Cancelled,
    /// Failed, with the chain of causes.
    Failed(String),
}

impl From<Cancelled> for JobError {
    fn from(_: Cancelled) -> Self {
        Self::Cancelled
    }
}

impl JobError {
    /// The error of a layer below, its causes joined by `: `.
    pub fn from_error(error: &(dyn std::error::Error + 'static)) -> Self {
        Self::Failed(error_chain(error))
    }
}

/// An error and its causes on one line; a cause that its parent already quotes is not repeated.
#[must_use]
pub fn error_chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        source = cause.source();
    }
    text
}

type Work<T> = Box<dyn FnOnce(&Control) -> Result<T, JobError> + Send>;

struct QueuedJob<T> {
    ticket: JobTicket,
    work: Work<T>,
}

/// A running or waiting job, as the one who asked for it holds it.
#[derive(Clone)]
pub struct JobTicket {
    /// Which job.
    pub id: JobId,
    /// What kind of work.
    pub kind: JobKind,
    cancel: CancelToken,
    latest: Arc<meter::LatestProgress>,
}

impl JobTicket {
    /// Ask the job to stop; its outcome then says `Cancelled`.
    pub fn cancel(&self) {
        self.cancel.cancel();
    }

    /// Ask the job to wait where it can, or to go on.
    pub fn pause(&self, wanted: bool) {
        self.cancel.pause(wanted);
    }

    /// Whether the job was asked to wait.
    #[must_use]
    pub fn is_paused(&self) -> bool {
        self.cancel.is_paused()
    }

    /// Whether a stop was asked for.
    #[must_use]
    pub fn is_cancelling(&self) -> bool {
        self.cancel.is_cancelled()
    }

    /// The latest progress with the time since the job started running; `None` while it waits.
    #[must_use]
    pub fn progress(&self) -> Option<(Progress, Duration)> {
        self.latest.read()
    }
}

type Waker = Arc<dyn Fn() + Send + Sync>;

/// Runs jobs whose results are of type `T`.
pub struct Jobs<T: Send + 'static> {
    /// By number of the lane.
    queues: [Arc<LaneQueue<QueuedJob<T>>>; Lane::ALL.len()],
    /// Of the lanes that leave nothing half-written behind.
    tidying: Vec<JoinHandle<()>>,
    sender: Sender<JobEnded<T>>,
    ended: Receiver<JobEnded<T>>,
    waker: Waker,
    next_id: AtomicU64,
}

impl<T: Send + 'static> Jobs<T> {
    /// Start all lanes. `wake` is called from worker threads, at most ten times a second for
    /// progress and once for each end.
    pub fn start(wake: impl Fn() + Send + Sync + 'static) -> Self {
        let (sender, ended) = crossbeam_channel::unbounded();
        let waker: Waker = Arc::new(wake);
        let mut jobs = Self {
            queues: std::array::from_fn(|_| Arc::new(LaneQueue::default())),
            tidying: Vec::new(),
            sender,
            ended,
            waker,
            next_id: AtomicU64::new(1),
        };
        for lane in Lane::ALL {
            let worker = jobs.spawn_worker(lane);
            if lane.tidies_up() {
                jobs.tidying.push(worker);
            }
        }
        jobs
    }

    fn queue(&self, lane: Lane) -> &Arc<LaneQueue<QueuedJob<T>>> {
        &self.queues[lane as usize]
    }

    fn spawn_worker(&self, lane: Lane) -> JoinHandle<()> {
        let (sender, waker) = (self.sender.clone(), self.waker.clone());
        let queue = self.queue(lane).clone();
        std::thread::Builder::new()
            .name(format!("shelfwise-{}", lane.name()))
            .stack_size(16 * 1024 * 1024)
            .spawn(move || {
                if !lane.is_waited_for() {
                    priority::give_way();
                }
                while let Some(job) = queue.next() {
                    let ended = run(job, &waker);
                    queue.finish_running();
                    if sender.send(ended).is_err() {
                        return;
                    }
                    waker();
                }
            })
            .expect("the system can start a thread for each lane")
    }

    /// Queue work.
    pub fn submit(
        &self,
        lane: Lane,
        kind: JobKind,
        work: impl FnOnce(&Control) -> Result<T, JobError> + Send + 'static,
    ) -> JobTicket {
        let ticket = JobTicket {
            id: JobId(self.next_id.fetch_add(1, Ordering::Relaxed)),
            kind,
            cancel: CancelToken::default(),
            latest: Arc::default(),
        };
        let job = QueuedJob { ticket: ticket.clone(), work: Box::new(work) };
        let cancel = ticket.cancel.clone();
        let displaced = self.queue(lane).push(kind, cancel, job, lane.replace());
        for job in displaced {
            self.announce_unstarted(job.ticket);
        }
        ticket
    }

    fn announce_unstarted(&self, ticket: JobTicket) {
        let ended =
            JobEnded { id: ticket.id, kind: ticket.kind, outcome: Outcome::Cancelled, secs: 0.0 };
        // The receiver lives in `self`, so the channel is open.
        let _ = self.sender.send(ended);
    }

    /// The jobs that ended since the last call, in order of ending. Never blocks.
    pub fn drain(&self) -> impl Iterator<Item = JobEnded<T>> + '_ {
        self.ended.try_iter()
    }

    /// Wait for the next end, for command lines and tests.
    #[must_use]
    pub fn wait(&self, timeout: Duration) -> Option<JobEnded<T>> {
        self.ended.recv_timeout(timeout).ok()
    }
}

impl<T: Send + 'static> Drop for Jobs<T> {
    fn drop(&mut self) {
        self.queues.iter().for_each(|queue| queue.close());
        // They were told to stop, which takes less than a second, and then remove what they wrote.
        for worker in self.tidying.drain(..) {
            let _ = worker.join();
        }
    }
}

fn run<T>(job: QueuedJob<T>, waker: &Waker) -> JobEnded<T> {
    let started = Instant::now();
    let QueuedJob { ticket, work } = job;
    ticket.latest.start();
    let control = {
        let (latest, waker) = (ticket.latest.clone(), waker.clone());
        Control::new(ticket.cancel.clone(), move |progress| {
            if latest.write(progress) {
                waker();
            }
        })
    };
    let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        control.check()?;
        work(&control)
    }));
    let outcome = match result {
        Ok(Ok(value)) => Outcome::Finished(value),
        Ok(Err(JobError::Cancelled)) => Outcome::Cancelled,
        Ok(Err(JobError::Failed(message))) => Outcome::Failed(message),
        Err(payload) => Outcome::Panicked(panic_message(payload.as_ref())),
    };
    JobEnded { id: ticket.id, kind: ticket.kind, outcome, secs: started.elapsed().as_secs_f32() }
}

/// The text of a caught panic.
#[must_use]
pub fn panic_message(payload: &(dyn Any + Send)) -> String {
    payload
        .downcast_ref::<&str>()
        .map(ToString::to_string)
        .or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "unknown panic".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOAD: JobKind = JobKind("job-load");
    const FIT: JobKind = JobKind("job-fit");
    const PATIENCE: Duration = Duration::from_secs(20);

    fn block_until_cancelled(control: &Control) -> Result<u32, JobError> {
        loop {
            control.check()?;
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    #[test]
    fn a_panic_becomes_a_visible_outcome_and_the_lane_lives_on() {
        let jobs = Jobs::start(|| {});
        jobs.submit(Lane::Analysis, LOAD, |_| -> Result<u32, JobError> { panic!("boom") });
        let first = jobs.wait(PATIENCE).expect("the panic is announced");
        assert!(matches!(first.outcome, Outcome::Panicked(message) if message == "boom"));
        jobs.submit(Lane::Analysis, LOAD, |_| Ok(7));
        let second = jobs.wait(PATIENCE).expect("the lane still works");
        assert!(matches!(second.outcome, Outcome::Finished(7)));
    }

    #[test]
    fn the_newest_analysis_of_a_kind_wins() {
        let jobs = Jobs::start(|| {});
        let running = jobs.submit(Lane::Analysis, LOAD, block_until_cancelled);
        let waiting = jobs.submit(Lane::Analysis, LOAD, |_| Ok(1));
        let newest = jobs.submit(Lane::Analysis, LOAD, |_| Ok(2));
        let ends: Vec<_> = (0..3).map(|_| jobs.wait(PATIENCE).expect("three ends")).collect();
        let outcome = |id| &ends.iter().find(|end| end.id == id).expect("ended").outcome;
        assert!(matches!(outcome(running.id), Outcome::Cancelled));
        assert!(matches!(outcome(waiting.id), Outcome::Cancelled));
        assert!(matches!(outcome(newest.id), Outcome::Finished(2)));
    }

    #[test]
    fn training_is_first_in_first_out_and_blocks_no_analysis() {
        let jobs = Jobs::start(|| {});
        let first = jobs.submit(Lane::Training, FIT, block_until_cancelled);
        let second = jobs.submit(Lane::Training, FIT, |_| Ok(2));
        jobs.submit(Lane::Analysis, LOAD, |_| Ok(3));
        assert!(matches!(jobs.wait(PATIENCE).expect("analysis").outcome, Outcome::Finished(3)));
        first.cancel();
        assert_eq!(jobs.wait(PATIENCE).expect("first").id, first.id);
        assert_eq!(jobs.wait(PATIENCE).expect("second").id, second.id);
    }

    #[test]
    fn a_long_errand_blocks_no_other_lane() {
        let jobs = Jobs::start(|| {});
        for lane in [Lane::Examination, Lane::Export, Lane::Download, Lane::Training] {
            jobs.submit(lane, LOAD, block_until_cancelled);
        }
        jobs.submit(Lane::Analysis, FIT, |_| Ok(3));
        assert!(matches!(jobs.wait(PATIENCE).expect("analysis").outcome, Outcome::Finished(3)));
    }

    #[test]
    fn what_writes_clears_up_before_the_program_ends() {
        for lane in [Lane::Export, Lane::Download] {
            let jobs = Jobs::start(|| {});
            let is_clear = Arc::new(AtomicU64::new(0));
            let (started, begun) = crossbeam_channel::bounded(1);
            let flag = is_clear.clone();
            jobs.submit(lane, LOAD, move |control| {
                started.send(()).expect("the test waits");
                let end = block_until_cancelled(control);
                flag.store(1, Ordering::SeqCst);
                end
            });
            begun.recv_timeout(PATIENCE).expect("it runs");
            drop(jobs);
            assert_eq!(is_clear.load(Ordering::SeqCst), 1);
        }
    }

    #[test]
    fn a_waiting_job_that_is_cancelled_never_runs() {
        let jobs = Jobs::start(|| {});
        let first = jobs.submit(Lane::Training, FIT, block_until_cancelled);
        let second =
            jobs.submit(Lane::Training, FIT, |_| -> Result<u32, JobError> { panic!("ran") });
        second.cancel();
        first.cancel();
        for _ in 0..2 {
            assert!(matches!(jobs.wait(PATIENCE).expect("end").outcome, Outcome::Cancelled));
        }
    }

    #[test]
    fn progress_is_the_latest_value() {
        let jobs = Jobs::start(|| {});
        let ticket = jobs.submit(Lane::Training, FIT, |control| {
            control.report("stage-reading", 1, 4);
            control.report("stage-reading", 2, 4);
            Ok(0)
        });
        assert!(jobs.wait(PATIENCE).is_some());
        let (progress, _) = ticket.progress().expect("it ran");
        assert_eq!(progress.done, 2);
    }
}
