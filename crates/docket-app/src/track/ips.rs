//! The Wialon IPS listener: TCP and UDP on one address.
//!
//! A connection is a [`Session`]; all packets of one read are kept together, and packets of many connections in one
//! transaction. What cannot be kept is not answered and its connection closed: trackers send it again.

use super::is_welcome;
use crate::hub::{Hub, Tracker};
use docket_core::track::Report;
use docket_dialects::wialon::ips::{Event, Session, Verdict, datagram};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::sync::Semaphore;
use tokio::task::{JoinHandle, JoinSet};

/// How long to wait after an accept or a receive that failed.
const PAUSE: Duration = Duration::from_millis(50);
/// How long a tracker may take to log in, and to take an answer.
const PATIENCE: Duration = Duration::from_secs(30);
/// How much is read at once.
const READ: usize = 16 << 10;
/// So many reports are kept before the rest of what was read is looked at.
const BATCH: usize = 10_000;
/// The largest datagram there is.
const DATAGRAM: usize = 65_535;
/// Datagrams that are worked on at once; more wait in the operating system.
const DATAGRAMS: usize = 1024;

/// Limits of the listener.
#[derive(Clone, Copy, Debug)]
pub struct IpsOptions {
    /// The most connections at once; further ones wait.
    pub connections: usize,
    /// How long a connection may say nothing.
    pub idle: Duration,
}

/// An address that was taken for both protocols.
pub struct Listener {
    tcp: TcpListener,
    udp: UdpSocket,
}

impl Listener {
    /// Takes the address.
    pub async fn bind(address: SocketAddr) -> io::Result<Listener> {
        let tcp = TcpListener::bind(address).await?;
        let udp = UdpSocket::bind(tcp.local_addr()?).await?;
        Ok(Listener { tcp, udp })
    }

    /// Where it listens.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.tcp.local_addr()
    }

    /// Serves until the hub stops; what came in by then is kept and answered.
    pub fn serve(self, hub: Arc<Hub>, options: IpsOptions) -> Serving {
        let udp = tokio::spawn(datagrams(self.udp, Arc::clone(&hub)));
        Serving { tasks: [tokio::spawn(connections(self.tcp, hub, options)), udp] }
    }
}

/// A listener that serves.
pub struct Serving {
    tasks: [JoinHandle<()>; 2],
}

impl Serving {
    /// Waits for what is in progress, after the hub was told to stop; `false` when it took longer than that.
    pub async fn stop(self, drain: Duration) -> bool {
        let until = tokio::time::Instant::now() + drain;
        let mut is_done = true;
        for mut task in self.tasks {
            if tokio::time::timeout_at(until, &mut task).await.is_err() {
                task.abort();
                is_done = false;
            }
        }
        is_done
    }
}

async fn connections(listener: TcpListener, hub: Arc<Hub>, options: IpsOptions) {
    let slots = Arc::new(Semaphore::new(options.connections.clamp(1, Semaphore::MAX_PERMITS)));
    let mut open = JoinSet::new();
    loop {
        let next = async {
            let slot = Arc::clone(&slots).acquire_owned().await;
            (slot, listener.accept().await)
        };
        let (slot, accepted) = tokio::select! {
            accepted = next => accepted,
            () = hub.stopped() => break,
        };
        while open.try_join_next().is_some() {}
        match accepted {
            Ok((stream, peer)) => {
                let hub = Arc::clone(&hub);
                open.spawn(async move {
                    let _slot = slot;
                    if let Err(error) = Connection::new(stream, hub, options).run().await {
                        tracing::debug!(%peer, %error, "a tracker's connection ended early");
                    }
                });
            }
            Err(error) => {
                tracing::warn!(%error, "a tracker's connection could not be accepted");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
    drop(listener);
    while open.join_next().await.is_some() {}
}

/// One tracker's connection.
struct Connection {
    stream: TcpStream,
    hub: Arc<Hub>,
    options: IpsOptions,
    session: Session,
    /// Who it is, once it is known, and what it presented.
    device: Option<(String, Tracker)>,
    /// What is to be kept before `answers` are sent.
    reports: Vec<Report>,
    answers: Vec<u8>,
}

impl Connection {
    fn new(stream: TcpStream, hub: Arc<Hub>, options: IpsOptions) -> Connection {
        let session = Session::default();
        Connection { stream, hub, options, session, device: None, reports: Vec::new(), answers: Vec::new() }
    }

    async fn run(mut self) -> io::Result<()> {
        self.stream.set_nodelay(true)?;
        let hub = Arc::clone(&self.hub);
        let begun = tokio::time::Instant::now();
        let mut read = vec![0; READ];
        loop {
            // Who does not log in is not waited for however often it says something.
            let until = match self.session.is_known() {
                true => tokio::time::Instant::now() + self.options.idle,
                false => begun + PATIENCE.min(self.options.idle),
            };
            let length = tokio::select! {
                length = tokio::time::timeout_at(until, self.stream.read(&mut read)) => length??,
                () = hub.stopped() => 0,
            };
            if length == 0 {
                return Ok(());
            }
            self.session.push(read.get(..length).unwrap_or_default());
            if !self.work().await? {
                return self.stream.shutdown().await;
            }
        }
    }

    /// Does everything that was read; `false` when the connection is to be closed.
    async fn work(&mut self) -> io::Result<bool> {
        while let Some(event) = self.session.next(self.hub.now()) {
            match event {
                Event::Packet { reports, answer } => {
                    self.reports.extend(reports);
                    self.answers.extend(answer);
                    if self.reports.len() >= BATCH && !self.settle().await? {
                        return Ok(false);
                    }
                }
                Event::Login { id, password } => {
                    if !self.settle().await? {
                        return Ok(false);
                    }
                    let Ok(found) = self.hub.tracker(&id).await else { return Ok(false) };
                    let verdict = match &found {
                        None => Verdict::Unknown,
                        Some(tracker) if is_welcome(tracker, &password) => Verdict::Welcome,
                        Some(_) => Verdict::WrongPassword,
                    };
                    self.device = found.map(|tracker| (id, tracker));
                    let (answer, goes_on) = self.session.resolve(verdict);
                    self.answers.extend(answer);
                    if !goes_on {
                        self.device = None;
                        self.settle().await?;
                        return Ok(false);
                    }
                }
                Event::Close { answer } => {
                    self.answers.extend(answer);
                    self.settle().await?;
                    return Ok(false);
                }
            }
        }
        self.settle().await
    }

    /// Keeps what was reported, then answers; `false` when it could not be kept, or the unit is another by now.
    async fn settle(&mut self) -> io::Result<bool> {
        if !self.reports.is_empty() {
            let reports = std::mem::take(&mut self.reports);
            let Some((id, known)) = &self.device else { return Ok(false) };
            match self.hub.tracker(id).await {
                Ok(Some(tracker)) if tracker == *known => {}
                _ => return Ok(false),
            }
            let unit = known.unit;
            if !self.hub.keep_reports(known.account, reports.into_iter().map(|report| (unit, report))).await {
                return Ok(false);
            }
        }
        let answers = std::mem::take(&mut self.answers);
        tokio::time::timeout(PATIENCE, self.stream.write_all(&answers)).await??;
        Ok(true)
    }
}

async fn datagrams(socket: UdpSocket, hub: Arc<Hub>) {
    let socket = Arc::new(socket);
    let slots = Arc::new(Semaphore::new(DATAGRAMS));
    let mut open = JoinSet::new();
    let mut bytes = vec![0; DATAGRAM];
    loop {
        let next = async {
            let slot = Arc::clone(&slots).acquire_owned().await;
            (slot, socket.recv_from(&mut bytes).await)
        };
        let (slot, received) = tokio::select! {
            received = next => received,
            () = hub.stopped() => break,
        };
        while open.try_join_next().is_some() {}
        match received {
            Ok((length, peer)) => {
                let packet = bytes.get(..length).unwrap_or_default().to_vec();
                let (hub, socket) = (Arc::clone(&hub), Arc::clone(&socket));
                open.spawn(async move {
                    let _slot = slot;
                    if let Some(answer) = answered(&hub, &packet).await
                        && let Err(error) = socket.send_to(&answer, peer).await
                    {
                        tracing::debug!(%peer, %error, "a tracker's datagram could not be answered");
                    }
                });
            }
            Err(error) => {
                tracing::debug!(%error, "a datagram could not be received");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
    while open.join_next().await.is_some() {}
}

/// Keeps what a datagram reports; nothing is said to strangers. Units with a password are strangers too, for a
/// datagram cannot say it.
async fn answered(hub: &Hub, packet: &[u8]) -> Option<Vec<u8>> {
    let found = datagram(packet, hub.now())?;
    let tracker = hub.tracker(&found.id).await.ok()??;
    if !is_welcome(&tracker, "") {
        return None;
    }
    let reports = found.reports.into_iter().map(|report| (tracker.unit, report));
    hub.keep_reports(tracker.account, reports).await.then_some(found.answer)
}
