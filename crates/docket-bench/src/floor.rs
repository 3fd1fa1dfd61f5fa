//! The floors: what the bare disk and a bare HTTP server do in the same run.

use crate::Outcome;
use crate::client::request;
use crate::load::{Table, measured, run};
use crate::rows::native_order;
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use std::convert::Infallible;
use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How often the disk can append 4 KiB and sync.
pub fn disk(folder: &Path, duration: Duration, table: &mut Table) -> Outcome<()> {
    let path = folder.join("sync-floor");
    let mut file = File::create(&path)?;
    let block = [7u8; 4096];
    let started = Instant::now();
    let mut times_us = Vec::new();
    while started.elapsed() < duration {
        let begun = Instant::now();
        file.write_all(&block)?;
        file.sync_data()?;
        times_us.push(begun.elapsed().as_micros() as u32);
    }
    table.add(measured("disk: 4 KiB append and sync", 1, times_us, 0, started.elapsed(), 1));
    std::fs::remove_file(path)?;
    Ok(())
}

async fn constant(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let parse = request.uri().path() == "/parse";
    let body = request.into_body().collect().await.map(|body| body.to_bytes()).unwrap_or_default();
    if parse && serde_json::from_slice::<serde_json::Value>(&body).is_err() {
        return Ok(Response::new(Full::new(Bytes::from_static(b"{\"ok\":false}"))));
    }
    Ok(Response::new(Full::new(Bytes::from_static(b"{\"ok\":true}"))))
}

/// What a bare HTTP server answers: a constant; a parse of the same body and a constant.
pub async fn http(connections: &[usize], duration: Duration, table: &mut Table) -> Outcome<()> {
    let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?.to_string();
    // A runtime of its own, as a server process would have.
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        runtime.block_on(async move {
            let listener = tokio::net::TcpListener::from_std(listener)?;
            loop {
                let (stream, _) = listener.accept().await?;
                stream.set_nodelay(true)?;
                tokio::spawn(
                    hyper::server::conn::http1::Builder::new()
                        .serve_connection(TokioIo::new(stream), service_fn(constant)),
                );
            }
            #[expect(unreachable_code, reason = "names the error type of the block")]
            Ok::<(), std::io::Error>(())
        })
    });
    for (name, target) in [("bare HTTP, constant", "/constant"), ("bare HTTP, parse", "/parse")] {
        for &connections in connections {
            let order = native_order();
            let make = Arc::new(move |_: usize, _: u64| {
                request("POST", target, "content-type: application/json\r\n", &order.render())
            });
            let row = run(name, &address, connections, duration, 1, make, |answer| answer.body == b"{\"ok\":true}");
            table.add(row.await?);
        }
    }
    Ok(())
}
