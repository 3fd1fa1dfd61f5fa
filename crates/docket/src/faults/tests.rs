//! Every fault, as a client sees it over a socket.

use super::*;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

fn faults(kinds: &[&str], rate: f64) -> Faults {
    let kinds = kinds.iter().map(|word| word.parse().unwrap()).collect();
    Faults { kinds, rate, seed: 7, late: Duration::from_millis(80), refuse: None, told: None }
}

/// Answers everything with thirty letters, and counts.
async fn server() -> (SocketAddr, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut buffer = [0; 4096];
            if stream.read(&mut buffer).await.unwrap_or(0) > 0 {
                counted.fetch_add(1, Ordering::SeqCst);
                let body = "x".repeat(30);
                let _ =
                    stream.write_all(format!("HTTP/1.1 200 OK\r\ncontent-length: 30\r\n\r\n{body}").as_bytes()).await;
            }
        }
    });
    (address, count)
}

async fn asked(address: SocketAddr) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(b"GET /a?b=c HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await.unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

#[test]
fn faults_follow_from_the_seed() {
    let some = faults(&["429", "dup", "cut"], 0.3);
    let drawn = |faults: &Faults| (0..1000).map(|number| faults.befalls(number)).collect::<Vec<_>>();
    assert_eq!(drawn(&some), drawn(&some));
    assert_ne!(drawn(&some), drawn(&Faults { seed: 8, ..some.clone() }));
    let count = drawn(&some).iter().flatten().count();
    assert!((250..350).contains(&count), "{count}");
    for kind in &some.kinds {
        assert!(drawn(&some).contains(&Some(*kind)));
    }
    assert!(drawn(&Faults { rate: 0.0, ..some.clone() }).iter().all(Option::is_none));
    assert!(drawn(&Faults { rate: 1.0, ..some }).iter().all(Option::is_some));
    assert!("200".parse::<Fault>().is_err() && "lost".parse::<Fault>().is_err());
}

#[tokio::test]
async fn each_fault_is_what_it_says() {
    for (word, start, length, calls) in [
        ("429", "HTTP/1.1 429", None, 0),
        ("html", "HTTP/1.1 502", None, 0),
        ("drop", "", Some(0), 0),
        ("cut", "", Some(0), 1),
        ("dup", "HTTP/1.1 200", None, 2),
        ("late", "HTTP/1.1 200", None, 1),
    ] {
        let (to, count) = server().await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let layer = Layer::start(listener, to, faults(&[word], 1.0)).unwrap();
        let answer = asked(layer.address()).await;
        assert!(answer.starts_with(start), "{word}: {answer}");
        assert!(length.is_none_or(|length| answer.len() == length), "{word}: {answer}");
        assert_eq!(count.load(Ordering::SeqCst), calls, "{word}");
        assert_eq!((layer.requests(), layer.met()), (1, 1), "{word}");
        if word == "429" {
            assert!(answer.to_ascii_lowercase().contains("retry-after: 1"), "{answer}");
        }
        layer.heal();
        assert!(asked(layer.address()).await.starts_with("HTTP/1.1 200"), "{word} is healed");
        layer.stop().await;
    }
}

#[tokio::test]
async fn an_answer_that_breaks_off_promises_more() {
    let (to, _) = server().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let layer = Layer::start(listener, to, faults(&["truncate"], 1.0)).unwrap();
    let answer = asked(layer.address()).await;
    assert!(answer.to_ascii_lowercase().contains("content-length: 30"), "{answer}");
    assert_eq!(answer.split("\r\n\r\n").nth(1).unwrap(), "x".repeat(20));
    layer.stop().await;
}
