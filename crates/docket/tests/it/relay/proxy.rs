//! Between two hubs: passes calls on, or does to them what networks do.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// A way to a hub.
pub struct Proxy {
    address: SocketAddr,
    faulty: Arc<AtomicBool>,
    faults: Arc<AtomicUsize>,
}

impl Proxy {
    /// To an address; what goes wrong follows from the seed.
    pub async fn start(to: SocketAddr, seed: u64) -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (faulty, faults) = (Arc::new(AtomicBool::new(true)), Arc::new(AtomicUsize::new(0)));
        let proxy = Proxy { address, faulty: Arc::clone(&faulty), faults: Arc::clone(&faults) };
        let random = AtomicU64::new(seed | 1);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let next =
                    |seed: u64| seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                let number = next(random.load(Ordering::SeqCst));
                random.store(number, Ordering::SeqCst);
                let what = if faulty.load(Ordering::SeqCst) { (number >> 33) % 14 } else { 99 };
                if what < 6 {
                    faults.fetch_add(1, Ordering::SeqCst);
                }
                tokio::spawn(pass(stream, to, what));
            }
        });
        proxy
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// From now on everything is passed on.
    pub fn heal(&self) {
        self.faulty.store(false, Ordering::SeqCst);
    }

    /// How often something went wrong.
    pub fn faults(&self) -> usize {
        self.faults.load(Ordering::SeqCst)
    }
}

async fn request(stream: &mut TcpStream) -> Vec<u8> {
    let (mut bytes, mut buffer) = (Vec::new(), [0; 16 << 10]);
    loop {
        let head = bytes.windows(4).position(|window| window == b"\r\n\r\n");
        if let Some(end) = head {
            let text = String::from_utf8_lossy(&bytes[..end]).to_ascii_lowercase();
            let length = text.lines().find_map(|line| line.strip_prefix("content-length: "));
            if bytes.len() >= end + 4 + length.map_or(0, |length| length.trim().parse().unwrap()) {
                return bytes;
            }
        }
        match stream.read(&mut buffer).await {
            Ok(read) if read > 0 => bytes.extend_from_slice(&buffer[..read]),
            _ => return bytes,
        }
    }
}

async fn forward(to: SocketAddr, request: &[u8]) -> Vec<u8> {
    let mut answer = Vec::new();
    if let Ok(mut stream) = TcpStream::connect(to).await {
        let _ = stream.write_all(request).await;
        let _ = stream.read_to_end(&mut answer).await;
    }
    answer
}

async fn pass(mut stream: TcpStream, to: SocketAddr, what: u64) {
    if what == 0 {
        // Nobody there.
        return;
    }
    let asked = request(&mut stream).await;
    let answer = match what {
        1 => b"HTTP/1.1 500 Oops\r\ncontent-length: 4\r\n\r\noops".to_vec(),
        2 => {
            // It is done, and the answer is lost.
            forward(to, &asked).await;
            return;
        }
        3 => {
            let mut answer = forward(to, &asked).await;
            answer.truncate(answer.len() * 2 / 3);
            answer
        }
        4 => {
            forward(to, &asked).await;
            forward(to, &asked).await
        }
        5 => {
            tokio::time::sleep(Duration::from_millis(200)).await;
            forward(to, &asked).await
        }
        _ => forward(to, &asked).await,
    };
    let _ = stream.write_all(&answer).await;
}
