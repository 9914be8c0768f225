//! A server that answers well until it is told not to.

use crate::support::place;
use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpListener},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

/// The server; it ends with the tests.
pub(crate) struct Switch {
    pub(crate) addr: SocketAddr,
    broken: Arc<AtomicBool>,
}

impl Switch {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind(place::address()).unwrap();
        let addr = listener.local_addr().unwrap();
        let broken: Arc<AtomicBool> = Arc::default();
        let now = Arc::clone(&broken);
        std::thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let _ = stream.read(&mut [0; 4096]);
                let status = match now.load(Ordering::SeqCst) {
                    true => "500 Internal Server Error",
                    false => "200 OK",
                };
                let _ = write!(
                    stream,
                    "HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
                );
            }
        });
        Self { addr, broken }
    }

    pub(crate) fn break_down(&self) {
        self.broken.store(true, Ordering::SeqCst);
    }

    pub(crate) fn recover(&self) {
        self.broken.store(false, Ordering::SeqCst);
    }
}
