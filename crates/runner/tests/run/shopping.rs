//! A shopper's whole journey through the shop that comes with jaunt.

use crate::carry::{Carry, ending, step, verdicts};
use jaunt_shop::{Config, Shop};
use std::time::Duration;

#[tokio::test]
async fn a_shopper_signs_in_buys_and_signs_out() {
    let config = Config {
        confirm_after: Duration::from_millis(250),
        think: Duration::ZERO,
        ..Config::default()
    };
    let home = tempfile::tempdir().unwrap();
    std::fs::write(home.path().join("password"), "correct-horse\n").unwrap();
    let shop = Shop::start(([127, 0, 0, 1], 0).into(), config)
        .await
        .unwrap();
    let text = format!(
        r#"
        vars.base = "{}"
        secrets.password = {{ from = "file:password" }}
        [defaults]
        header.x-csrf-token = "{{{{login.csrf}}}}"
        [[step]]
        id = "login"
        request = "POST {{{{vars.base}}}}/api/login"
        body.json = {{ email = "probe@example.net", password = "{{{{secrets.password}}}}" }}
        status = 200
        capture.csrf = {{ json = "$.csrf", secret = true }}
        [[step]]
        id = "browse"
        request = "GET {{{{vars.base}}}}/api/products"
        status = 200
        expect = [{{ json = "$.items[*].price", of = "each", gt = 0 }}]
        capture.product = {{ json = "$.items[*]", pick = {{ min = "$.price" }}, then = "$.id" }}
        [[step]]
        id = "pay"
        request = "POST {{{{vars.base}}}}/api/checkout"
        body.json = {{ product = "{{{{browse.product}}}}", qty = 1, dry_run = true }}
        header.idempotency-key = "{{{{run.uuid}}}}"
        status = 201
        capture.order = {{ json = "$.order.id" }}
        [[step]]
        id = "confirmed"
        request = "GET {{{{vars.base}}}}/api/orders/{{{{pay.order}}}}"
        status = 200
        expect = [{{ json = "$.status", eq = "confirmed" }}]
        poll = {{ every = "100ms", for = "5s" }}
        [[step]]
        id = "logout"
        always = true
        when = {{ captured = ["login.csrf"] }}
        request = "POST {{{{vars.base}}}}/api/logout"
        status = 204
        "#,
        shop.url()
    );
    let record = Carry::beside(&text, home.path().into()).out().await;
    assert_eq!(ending(&record), "pass", "{record:#?}");
    assert!(
        verdicts(&record)
            .iter()
            .all(|told| told.ends_with(": pass"))
    );
    let visits = shop.visits();
    let made: u32 = record.steps.iter().map(|step| step.attempts).sum();
    assert_eq!(visits.len(), made as usize, "what is counted is what came");
    assert!(step(&record, "confirmed").attempts >= 2);
    assert!(
        visits
            .iter()
            .all(|visit| visit.connection == visits[0].connection)
    );
    assert!(!format!("{record:?}").contains("correct-horse"));
    shop.stop().await;
}
