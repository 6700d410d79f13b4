//! Thousands of subscribers in one program, on one thread, each a task with next to no memory of its own.
//!
//! All are read from the moment they are open, and answer pings, so that those who wait for the rest are not taken for
//! dead. (Opening them one after another and reading later was tried: the server rightly closes what is silent for two
//! pings.)

mod follower;
pub mod frame;
mod line;
mod message;

pub use follower::{Follower, Heard, OURS, Shared, Subscription, lock, micros};
pub use line::source;
pub use message::number;

use crate::http::Target;
use crate::output::{Done, Told};
use rand::RngExt as _;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::{Semaphore, mpsc, watch};
use tokio::task::JoinSet;

/// Longest wait before the next try to come back.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
/// How often it is looked whether all have heard.
const LOOK: Duration = Duration::from_millis(5);

/// What a crowd is told to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Follow, and come back when the socket ends.
    Follow,
    /// End all sockets at once, and wait.
    Cut,
    /// About half of them, another half each time, lose their socket and come back at once.
    Jolt(u64),
    /// Keep the socket and read nothing more.
    Stall,
}

/// Who is to be in a crowd.
pub struct Member {
    /// An access token.
    pub token: String,
    /// What they follow.
    pub subscription: Subscription,
}

/// Where a crowd goes.
#[derive(Clone)]
pub struct Place {
    /// Copies of the server, with the path of sockets.
    pub targets: Arc<[Target]>,
    /// Bytes that the system may hold unread, if not as many as it likes.
    pub receive_buffer: Option<u32>,
    /// How many open a socket at a time.
    pub at_once: usize,
}

impl Place {
    /// At these copies.
    #[must_use]
    pub fn at(targets: Vec<Target>) -> Self {
        Self {
            targets: targets.into(),
            receive_buffer: None,
            at_once: 64,
        }
    }
}

/// A crowd that follows.
pub struct Crowd {
    /// What each heard.
    pub records: Vec<Shared>,
    /// Where their first sockets come from.
    pub locals: Vec<SocketAddr>,
    orders: watch::Sender<Order>,
    delivered: Arc<AtomicUsize>,
    tasks: JoinSet<()>,
}

impl Crowd {
    /// Opens a socket for each; returns once all have caught up.
    pub async fn open(place: &Place, members: Vec<Member>) -> Done<Self> {
        let delivered = Arc::new(AtomicUsize::new(0));
        let doors = Arc::new(Semaphore::new(place.at_once));
        let (orders, _) = watch::channel(Order::Follow);
        let (opened, mut opening) = mpsc::unbounded_channel();
        let (mut records, mut tasks, mut locals) = (Vec::new(), JoinSet::new(), Vec::new());
        for (number, member) in members.into_iter().enumerate() {
            let record = Shared::default();
            records.push(Arc::clone(&record));
            let follower = Follower {
                targets: Arc::clone(&place.targets),
                from: source(number),
                receive_buffer: place.receive_buffer,
                token: member.token,
                subscription: member.subscription,
                record,
                delivered: Arc::clone(&delivered),
                opened: number,
            };
            let attending = Attending {
                follower,
                number: number as u64,
                orders: orders.subscribe(),
                doors: Arc::clone(&doors),
            };
            tasks.spawn(attending.attend(opened.clone()));
        }
        drop(opened);
        while let Some(settled) = opening.recv().await {
            locals.extend(settled?);
        }
        Ok(Self {
            records,
            locals,
            orders,
            delivered,
            tasks,
        })
    }

    /// Tells all what to do.
    pub fn tell(&self, order: Order) {
        self.orders.send_replace(order);
    }

    /// Messages that all of them have heard.
    #[must_use]
    pub fn delivered(&self) -> usize {
        self.delivered.load(Ordering::Relaxed)
    }

    /// Waits until so many messages have been heard by all together, or time is up.
    pub async fn heard(&self, wanted: usize, patience: Duration) -> bool {
        let started = Instant::now();
        while self.delivered() < wanted {
            if started.elapsed() > patience {
                return false;
            }
            tokio::time::sleep(LOOK).await;
        }
        true
    }

    /// How many have their socket open and have caught up since that time.
    #[must_use]
    pub fn live_since(&self, since: i64) -> usize {
        let live = |record: &&Shared| {
            let record = lock(record);
            record.is_live && record.caught_up >= since
        };
        self.records.iter().filter(live).count()
    }

    /// Ends all sockets and gives back what was heard.
    pub async fn close(mut self) -> Vec<Shared> {
        self.tasks.shutdown().await;
        self.records
    }
}

struct Attending {
    follower: Follower,
    number: u64,
    orders: watch::Receiver<Order>,
    doors: Arc<Semaphore>,
}

impl Attending {
    async fn attend(mut self, opened: mpsc::UnboundedSender<Done<Option<SocketAddr>>>) {
        let first = match self.doors.clone().acquire_owned().await {
            Ok(_door) => self.follower.open().await,
            Err(closed) => Err(closed).told("the crowd's doors"),
        };
        let mut line = match first {
            Ok(line) => line,
            Err(words) => return drop(opened.send(Err(words))),
        };
        drop(opened.send(Ok(line.local())));
        drop(opened);
        loop {
            let ended = tokio::select! {
                biased;
                order = self.orders.changed() => match order {
                    Ok(()) => None,
                    Err(_) => return,
                },
                ended = self.follower.listen(&mut line, true) => Some(ended),
            };
            match ended {
                None => {
                    let order = *self.orders.borrow_and_update();
                    match order {
                        Order::Follow => continue,
                        Order::Jolt(seed) if !self.is_hit(seed) => continue,
                        Order::Stall => {
                            self.until(Order::Follow).await;
                            continue;
                        }
                        Order::Jolt(_) => line.cut(),
                        Order::Cut => {
                            line.cut();
                            self.follower.record().is_live = false;
                            self.until(Order::Follow).await;
                        }
                    }
                    self.follower.record().is_live = false;
                }
                Some(ended) => {
                    let mut record = self.follower.record();
                    record.broken += 1;
                    record.is_live = false;
                    record.words = ended.err();
                }
            }
            line = self.back().await;
        }
    }

    fn is_hit(&self, seed: u64) -> bool {
        // The high bit of a product that mixes both: another half for each seed.
        (self.number + 1)
            .wrapping_mul(seed | 1)
            .wrapping_mul(0x9e37_79b9_7f4a_7c15)
            >> 63
            == 1
    }

    async fn until(&mut self, order: Order) {
        // An error means that nobody gives orders any more; the task is about to be ended.
        drop(self.orders.wait_for(|given| *given == order).await);
    }

    /// Comes back to where it stood, as a client does: again and again, with growing pauses.
    async fn back(&mut self) -> line::Line {
        let mut pause = Duration::from_millis(50);
        loop {
            self.follower.record().tries += 1;
            match self.follower.open().await {
                Ok(line) => return line,
                Err(words) => self.follower.record().words = Some(words),
            }
            let part = rand::rng().random_range(0.5..1.0);
            tokio::time::sleep(pause.mul_f64(part)).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }
}
