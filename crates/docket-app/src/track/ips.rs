//! The Wialon IPS listener: TCP and UDP on one address.
//!
//! A connection is a [`Session`]; all packets of one read are kept together, and packets of many connections in one
//! transaction. What cannot be kept is not answered and its connection closed: trackers send it again.

use super::{Heard, heard, heard_of_datagram};
use crate::exchange::RawExchange;
use crate::hub::{Hub, Tracker};
use docket_core::track::Report;
use docket_dialects::wialon::ips::{Event, Session, Verdict, datagram};
use http::{HeaderMap, Method};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::AsyncWriteExt;
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
    /// Whether what is said goes into the wire log.
    pub log: bool,
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
        let udp = tokio::spawn(datagrams(self.udp, Arc::clone(&hub), options.log));
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
                    let counts = &hub.tracking.counts;
                    counts.connections.add(1);
                    counts.connected.add(1);
                    if let Err(error) = Connection::new(stream, peer.ip(), Arc::clone(&hub), options).run().await {
                        tracing::debug!(%peer, %error, "a tracker's connection ended early");
                    }
                    counts.connected.drop_one();
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
    peer: IpAddr,
    hub: Arc<Hub>,
    options: IpsOptions,
    session: Session,
    /// Who it is, once it is known, and what it presented.
    device: Option<(String, Tracker)>,
    /// What is to be kept before `answers` are sent.
    reports: Vec<Report>,
    answers: Vec<u8>,
    /// Answers so far, for the wire log.
    said: Vec<u8>,
}

/// What there was to read.
enum Pulled {
    Something,
    Nothing,
    TheEnd,
}

impl Connection {
    fn new(stream: TcpStream, peer: IpAddr, hub: Arc<Hub>, options: IpsOptions) -> Connection {
        let mut session = Session::default();
        if options.log {
            session.show();
        }
        let (reports, answers, said) = (Vec::new(), Vec::new(), Vec::new());
        Connection { stream, peer, hub, options, session, device: None, reports, answers, said }
    }

    async fn run(mut self) -> io::Result<()> {
        self.stream.set_nodelay(true)?;
        let hub = Arc::clone(&self.hub);
        let mut stopped = pin!(hub.stopped());
        let begun = tokio::time::Instant::now();
        let login = begun + PATIENCE.min(self.options.idle);
        let mut heard_at = begun;
        // It goes off now and then and is set anew, rather than at everything that is said.
        let mut alarm = pin!(tokio::time::sleep_until(login));
        loop {
            tokio::select! {
                biased;
                ready = self.stream.readable() => ready?,
                () = &mut stopped => return Ok(()),
                () = &mut alarm => {
                    // Who does not log in is not waited for however often it says something.
                    let until = if self.session.is_known() { heard_at + self.options.idle } else { login };
                    if tokio::time::Instant::now() >= until {
                        return Ok(());
                    }
                    alarm.as_mut().reset(until);
                    continue;
                }
            }
            match self.pull()? {
                Pulled::Something => heard_at = tokio::time::Instant::now(),
                Pulled::Nothing => continue,
                Pulled::TheEnd => return Ok(()),
            }
            let goes_on = self.work().await;
            if self.options.log {
                self.log().await;
            }
            if !goes_on? {
                return self.stream.shutdown().await;
            }
            if hub.is_stopping() {
                return Ok(());
            }
        }
    }

    /// Reads what there is, up to a share of it. The buffer is not kept: most connections are silent most of the time.
    fn pull(&mut self) -> io::Result<Pulled> {
        let mut read = [0; READ];
        match self.stream.try_read(&mut read) {
            Ok(0) => Ok(Pulled::TheEnd),
            Ok(length) => {
                self.session.push(read.get(..length).unwrap_or_default());
                Ok(Pulled::Something)
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(Pulled::Nothing),
            Err(error) => Err(error),
        }
    }

    /// Does everything that was read; `false` when the connection is to be closed.
    async fn work(&mut self) -> io::Result<bool> {
        let now = self.hub.now();
        while let Some(event) = self.session.next(now) {
            self.hub.tracking.counts.packets_tcp.add(1);
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
                    let Ok(heard) = heard(&self.hub, Some(self.peer), &id, &password).await else { return Ok(false) };
                    let verdict = match &heard {
                        Heard::Welcome(_) => Verdict::Welcome,
                        Heard::Unknown => Verdict::Unknown,
                        Heard::WrongPassword | Heard::TooOften => Verdict::WrongPassword,
                    };
                    self.device = match heard {
                        Heard::Welcome(tracker) => Some((id, tracker)),
                        _ => None,
                    };
                    let (answer, goes_on) = self.session.resolve(verdict);
                    self.answers.extend(answer);
                    if !goes_on {
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
            if !self.hub.is_still(id, known).await.unwrap_or_default() {
                return Ok(false);
            }
            let (unit, counts, count) = (known.unit, &self.hub.tracking.counts, reports.len());
            if !self.hub.keep_reports(known.account, reports.into_iter().map(|report| (unit, report))).await {
                counts.failed.add(count);
                return Ok(false);
            }
            counts.reports_ips.add(count);
        }
        self.answer().await?;
        Ok(true)
    }

    async fn answer(&mut self) -> io::Result<()> {
        let mut rest = self.answers.as_slice();
        while !rest.is_empty() {
            match self.stream.try_write(rest) {
                Ok(written) => rest = rest.get(written..).unwrap_or_default(),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    tokio::time::timeout(PATIENCE, self.stream.writable()).await??;
                }
                Err(error) => return Err(error),
            }
        }
        if self.options.log {
            self.said.extend_from_slice(&self.answers);
        }
        self.answers.clear();
        Ok(())
    }

    async fn log(&mut self) {
        let (heard, said) = (self.session.take_shown(), std::mem::take(&mut self.said));
        if !heard.is_empty() {
            let device = self.device.as_ref().map(|(id, tracker)| (id.as_str(), tracker));
            log(&self.hub, "TCP", device, heard, said).await;
        }
    }
}

/// Hands what was said to the wire log, as a request of a method that no HTTP client has.
async fn log(hub: &Hub, method: &str, device: Option<(&str, &Tracker)>, heard: String, said: Vec<u8>) {
    let id = device.map_or("", |(id, _)| id);
    let raw = RawExchange {
        id: hub.new_exchange(),
        account: device.map(|(_, tracker)| tracker.account).unwrap_or_default(),
        connection: None,
        dialect: "wialon",
        secrets: &[],
        operation: "ips",
        at: hub.now(),
        took_us: 0,
        method: Method::from_bytes(method.as_bytes()).unwrap_or_default(),
        path: format!("/ips/{id}"),
        query: String::new(),
        headers: HeaderMap::new(),
        body: heard.into(),
        status: None,
        response_headers: HeaderMap::new(),
        response_body: said.into(),
        delivery: None,
    };
    hub.exchanges().log(raw).await;
}

async fn datagrams(socket: UdpSocket, hub: Arc<Hub>, is_logged: bool) {
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
                    if let Some(answer) = answered(&hub, peer.ip(), &packet, is_logged).await
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

/// Keeps what a datagram reports; nothing is said to strangers.
async fn answered(hub: &Hub, peer: IpAddr, packet: &[u8], is_logged: bool) -> Option<Vec<u8>> {
    let counts = &hub.tracking.counts;
    counts.packets_udp.add(1);
    let found = datagram(packet, hub.now())?;
    let heard = heard_of_datagram(hub, peer, &found.id, &found.password).await;
    let Ok(Heard::Welcome(tracker)) = heard else { return None };
    let count = found.reports.len();
    let reports = found.reports.into_iter().map(|report| (tracker.unit, report));
    let is_kept = count == 0 || hub.keep_reports(tracker.account, reports).await;
    if is_kept { &counts.reports_ips } else { &counts.failed }.add(count);
    if is_logged {
        let said = if is_kept { found.answer.clone() } else { Vec::new() };
        log(hub, "UDP", Some((&found.id, &tracker)), found.shown, said).await;
    }
    is_kept.then_some(found.answer)
}
