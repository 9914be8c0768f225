//! `void: no-descriptors` and `void: overloaded`, and the services that only seem to be them.

use crate::carry::{Agent, again, answering, ending, get, start_again};
use std::{fs::File, time::Duration};
use tokio::{io::AsyncWriteExt as _, net::TcpListener, task::JoinSet};

/// In a process of its own, which may open 64 files.
#[test]
fn without_a_descriptor_left_it_is_ours() {
    const NAME: &str = "ours::without_a_descriptor_left_it_is_ours";
    if !again("starved") {
        return start_again(NAME, "starved", "ulimit -n 64; exec \"$@\"");
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let ended = runtime.block_on(async {
        let at = answering("127.0.0.1:0", 200).await;
        let sound = get(&format!("http://{at}/"));
        assert_eq!(Agent::bare().ends(&sound).await, "pass");
        let mut held = Vec::new();
        while let Ok(file) = File::open("/dev/null") {
            held.push(file);
            assert!(held.len() < 100, "no bound holds");
        }
        Agent::bare().ends(&sound).await
    });
    assert_eq!(ended, "void: no-descriptors");
}

/// As one without descriptors does: it takes the connection from the kernel and gives it up.
#[tokio::test]
async fn a_service_that_has_none_left_has_failed() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = listener.local_addr().unwrap();
    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            drop(stream);
        }
    });
    let ended = Agent::bare().ends(&get(&format!("http://{at}/"))).await;
    assert!(ended.starts_with("fail: http."), "{ended}");
}

#[tokio::test]
async fn a_runtime_that_was_kept_busy_is_ours_and_a_slow_service_is_not() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = listener.local_addr().unwrap();
    let slow = get(&format!("http://{at}/"));
    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        for busy in std::iter::once(true).chain(std::iter::repeat(false)) {
            let (mut stream, _) = listener.accept().await.unwrap();
            let wait = Duration::from_millis(150);
            if busy {
                // On the one thread that measures too: what else runs on it must wait.
                std::thread::sleep(wait);
            } else {
                tokio::time::sleep(wait).await;
            }
            let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
            stream.write_all(answer).await.unwrap();
        }
    });
    let record = Agent::bare().runs_once(&slow).await;
    assert_eq!(ending(&record), "void: overloaded");
    let record = Agent::bare().runs(&slow).await;
    assert!(record.lag < Duration::from_millis(100), "{record:#?}");
    assert!(record.duration >= Duration::from_millis(150));
}
