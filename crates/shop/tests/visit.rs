//! A whole visit over a real connection, with a client that knows nothing of the shop: curl.

#![expect(clippy::expect_used, reason = "a test says what it needs")]

use jaunt_shop::{Config, Shop};
use std::{
    process::{Command, Stdio},
    time::Duration,
};

/// What curl printed, status last on a line of its own.
async fn curl(url: &str, args: &[&str]) -> String {
    let mut curl = Command::new("curl");
    curl.args(["-sS", "--max-time", "30", "-i", "-w", "\n%{http_code}"])
        .args(args)
        .arg(url);
    curl.stdin(Stdio::null());
    let out = tokio::task::spawn_blocking(move || curl.output());
    let out = out.await.expect("no panic").expect("curl is installed");
    assert!(
        out.status.success(),
        "{}",
        String::from_utf8_lossy(&out.stderr)
    );
    String::from_utf8(out.stdout).expect("text")
}

async fn open(confirm_after: Duration) -> Shop {
    let config = Config {
        confirm_after,
        think: Duration::ZERO,
        ..Config::default()
    };
    Shop::start(([127, 0, 0, 1], 0).into(), config)
        .await
        .expect("a free port")
}

/// The text between `before` and the next `"` or `;`.
fn after<'a>(text: &'a str, before: &str) -> &'a str {
    let (_, rest) = text
        .split_once(before)
        .unwrap_or_else(|| panic!("no {before:?} in {text}"));
    rest.split(['"', ';', '\r']).next().unwrap_or_default()
}

const LOGIN: &str = r#"{"email":"probe@example.net","password":"correct-horse"}"#;

#[tokio::test]
async fn a_visitor_signs_in_buys_sees_the_order_confirmed_and_signs_out() {
    let shop = open(Duration::ZERO).await;
    let at = |path: &str| format!("{}{path}", shop.url());
    let login = curl(&at("/api/login"), &["-d", LOGIN]).await;
    let cookie = format!("cookie: sid={}", after(&login, "sid="));
    let token = format!("x-csrf-token: {}", after(&login, "\"csrf\":\""));
    let buy = r#"{"product":"D-400","qty":1}"#;
    let paid = curl(
        &at("/api/checkout"),
        &["-d", buy, "-H", &cookie, "-H", &token],
    )
    .await;
    assert!(paid.ends_with("\n201"), "{paid}");
    let place = format!("/api/orders/{}", after(&paid, "\"id\":\""));
    let order = curl(&at(&place), &["-H", &cookie]).await;
    assert!(order.contains(r#""status":"confirmed""#), "{order}");
    let out = curl(
        &at("/api/logout"),
        &["-X", "POST", "-H", &cookie, "-H", &token],
    )
    .await;
    assert!(out.ends_with("\n204"), "{out}");
    let gone = curl(&at(&place), &["-H", &cookie]).await;
    assert!(gone.ends_with("\n401"), "{gone}");
    let seen: Vec<_> = shop.visits().iter().map(|v| v.status.as_u16()).collect();
    assert_eq!(seen, [200, 201, 200, 204, 401]);
    shop.stop().await;
}

#[tokio::test]
async fn what_the_shop_refuses_has_its_own_status() {
    let shop = open(Duration::from_secs(3_600)).await;
    let login = curl(&format!("{}/api/login", shop.url()), &["-d", LOGIN]).await;
    let cookie = format!("cookie: sid={}", after(&login, "sid="));
    let long = format!(
        "@{}",
        env!("CARGO_MANIFEST_DIR").to_owned() + "/../../Cargo.lock"
    );
    for (path, args, expected) in [
        (
            "/api/login",
            &["-d", r#"{"email":"probe@example.net","password":"guess"}"#][..],
            "401",
        ),
        ("/api/login", &["-d", "not json"], "400"),
        ("/api/login", &["-X", "PUT"], "405"),
        ("/api/checkout", &["-d", "{}"], "401"),
        ("/api/checkout", &["-d", "{}", "-H", &cookie], "403"),
        ("/api/checkout", &["--data-binary", &long], "413"),
        ("/api/orders/O-1", &["-H", &cookie], "404"),
        ("/api/products?limit=few", &[], "400"),
        ("/nowhere", &[], "404"),
    ] {
        let seen = curl(&format!("{}{path}", shop.url()), args).await;
        assert!(
            seen.ends_with(&format!("\n{expected}")),
            "{path} {args:?}: {seen}"
        );
    }
    shop.stop().await;
}

#[tokio::test]
async fn stopping_lets_an_answer_in_flight_finish_and_takes_no_more() {
    let config = Config {
        think: Duration::from_millis(300),
        ..Config::default()
    };
    let shop = Shop::start(([127, 0, 0, 1], 0).into(), config)
        .await
        .expect("a free port");
    let (addr, url) = (shop.addr(), shop.url());
    let mut stream = tokio::net::TcpStream::connect(addr).await.expect("open");
    let slow = "POST /api/checkout HTTP/1.1\r\nhost: shop\r\ncontent-length: 0\r\n\r\n";
    tokio::io::AsyncWriteExt::write_all(&mut stream, slow.as_bytes())
        .await
        .expect("sent");
    // A quicker page that was asked for later has come: the slow one is in the shop's hands.
    curl(&url, &[]).await;
    let (mut answer, ()) = (Vec::new(), shop.stop().await);
    tokio::io::AsyncReadExt::read_to_end(&mut stream, &mut answer)
        .await
        .expect("an answer");
    let answer = String::from_utf8_lossy(&answer);
    assert!(answer.starts_with("HTTP/1.1 401"), "{answer}");
    assert!(
        tokio::net::TcpStream::connect(addr).await.is_err(),
        "it still listens"
    );
}
