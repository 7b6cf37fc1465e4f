//! The load: connections that ask again as soon as they are answered, over HTTP/1.1 with as little work as possible.

use std::{
    net::SocketAddr,
    sync::atomic::{AtomicU64, Ordering::Relaxed},
    time::Duration,
};

use futures_util::future::join_all;
use tokio::{net::TcpStream, time::Instant};

use super::workload::{Number, Request, Temperature};

/// Where numbers of cold requests come from; none comes twice in a run.
#[derive(Debug)]
pub struct Numbers(AtomicU64);

impl Numbers {
    pub fn from(first: Number) -> Self {
        Self(AtomicU64::new(first))
    }

    pub fn next(&self) -> Number {
        self.0.fetch_add(1, Relaxed)
    }
}

/// What to ask, of whom and how much.
#[derive(Debug)]
pub struct Load<'a> {
    pub address: SocketAddr,
    pub request: &'a Request,
    pub temperature: Temperature,
    pub numbers: &'a Numbers,
    /// Of the warm request.
    pub fixed: Number,
    /// The length of every right answer.
    pub length: usize,
    pub connections: usize,
    pub duration: Duration,
    /// At most so many requests.
    pub requests: Option<u64>,
}

impl Load<'_> {
    /// Asks until the time or the requests are up. Gives the waiting times, in ascending order.
    pub async fn run(&self) -> Vec<Duration> {
        let end = Instant::now() + self.duration;
        let left = AtomicU64::new(self.requests.unwrap_or(u64::MAX));
        let connections = (0..self.connections).map(|_| self.ask_until(end, &left));
        let mut waits = join_all(connections).await.concat();
        waits.sort_unstable();
        waits
    }

    async fn ask_until(&self, end: Instant, left: &AtomicU64) -> Vec<Duration> {
        let mut connection = Connection::open(self.address).await;
        let mut request = Vec::new();
        let mut waits = Vec::new();
        let is_left = || {
            left.fetch_update(Relaxed, Relaxed, |left| left.checked_sub(1))
                .is_ok()
        };
        while Instant::now() < end && is_left() {
            let number = match self.temperature {
                Temperature::Cold => self.numbers.next(),
                Temperature::Warm => self.fixed,
            };
            self.request.write(number, &mut request);
            let start = Instant::now();
            let answer = connection.ask(&request).await;
            waits.push(start.elapsed());
            let is_right = answer.len() == self.length;
            assert!(is_right, "{}", String::from_utf8_lossy(answer));
        }
        waits
    }
}

/// One connection to a server.
pub struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
    /// How much of the buffer was received.
    received: usize,
}

const LENGTH: &[u8] = b"content-length: ";
const BLANK: &[u8] = b"\r\n\r\n";

impl Connection {
    pub async fn open(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        Self {
            stream,
            buffer: vec![0; 64 << 10],
            received: 0,
        }
    }

    /// The body of the answer, which must be good and say its length.
    pub async fn ask(&mut self, request: &[u8]) -> &[u8] {
        self.write(request).await;
        self.received = 0;
        let (start, length) = loop {
            self.read().await;
            let head = &self.buffer[..self.received];
            if let Some(end) = find(head, BLANK) {
                let head = &head[..end];
                let text = String::from_utf8_lossy;
                assert!(head.starts_with(b"HTTP/1.1 200 "), "{}", text(head));
                let at = find(head, LENGTH).unwrap_or_else(|| panic!("{}", text(head)));
                let digits = head[at + LENGTH.len()..].iter();
                let digits = digits.take_while(|byte| byte.is_ascii_digit());
                let length = digits.fold(0, |sum, byte| sum * 10 + usize::from(byte - b'0'));
                break (end + BLANK.len(), length);
            }
        };
        if self.buffer.len() < start + length {
            self.buffer.resize(start + length, 0);
        }
        while self.received < start + length {
            self.read().await;
        }
        &self.buffer[start..start + length]
    }

    async fn write(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            self.stream.writable().await.unwrap();
            if let Ok(written) = self.stream.try_write(bytes) {
                bytes = &bytes[written..];
            }
        }
    }

    async fn read(&mut self) {
        loop {
            self.stream.readable().await.unwrap();
            match self.stream.try_read(&mut self.buffer[self.received..]) {
                Ok(0) => panic!("the server hung up"),
                Ok(read) => {
                    self.received += read;
                    return;
                }
                Err(_) => {}
            }
        }
    }
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}
