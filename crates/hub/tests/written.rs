//! What both sides write comes to the same, however its lines are read again.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test ends where what it needs is not there"
)]

use jaunt_agreement::Side;
use jaunt_hub::store::{Store, StoreError};
use jaunt_hub::written::{
    Act, Answer, Book, Draft, Entry, Line, Refused, Standing, What, retold, told,
};
use proptest::prelude::*;

const NOW: i64 = 1_764_072_000_000_000_000;
const HOUR: i64 = 3_600_000_000_000;

fn draft(side: Side, customer: &str, act: Act) -> Draft {
    Draft {
        at_ns: NOW,
        customer: customer.into(),
        author: format!("{side} of {customer}"),
        side,
        act,
    }
}

fn maintenance(from_h: i64, to_h: i64) -> Act {
    Act::Wrote(Entry {
        journey: Some("checkout".into()),
        what: What::Maintenance {
            from_ns: NOW + from_h * HOUR,
            to_ns: NOW + to_h * HOUR,
        },
        reason: "new disks".into(),
    })
}

fn answer(entry: i64, answer: Answer) -> Act {
    Act::Answered {
        entry,
        answer,
        reason: String::new(),
    }
}

/// Adds what the log takes, as the store does.
fn written(book: &mut Book, seq: &mut i64, draft: Draft) -> Result<i64, Refused> {
    book.admits(&draft)?;
    *seq += 1;
    book.add(Line { seq: *seq, draft });
    Ok(*seq)
}

fn acts() -> impl Strategy<Value = (bool, bool, Act)> {
    let note = Act::Wrote(Entry {
        journey: Some("checkout".into()),
        what: What::Note {
            slo: "up".into(),
            incident_s: 7,
        },
        reason: "it rained".into(),
    });
    let party = Act::Wrote(Entry {
        journey: Some("checkout".into()),
        what: What::Party {
            slo: "up".into(),
            incident_s: 7,
            from_ns: 7_500_000_000,
            to_ns: 9_000_000_001,
            party: "bank".into(),
        },
        reason: "it was out".into(),
    });
    let felt = Act::Wrote(Entry {
        journey: None,
        what: What::Felt {
            from_ns: NOW - HOUR,
            to_ns: NOW,
            tickets: Some(7),
        },
        reason: "nobody could pay".into(),
    });
    let act = prop_oneof![
        Just(maintenance(48, 50)),
        Just(note),
        Just(party),
        Just(felt),
        (1..30_i64, 0..3_usize).prop_map(|(entry, n)| answer(entry, Answer::ALL[n])),
    ];
    (any::<bool>(), any::<bool>(), act)
}

proptest! {
    #[test]
    fn the_order_of_reading_and_reading_twice_change_nothing(
        acts in prop::collection::vec(acts(), 0..40),
        keys in prop::collection::vec(any::<u64>(), 40),
    ) {
        let (mut book, mut seq) = (Book::default(), 0);
        let mut lines = Vec::new();
        for (provider, acme, act) in acts {
            let side = if provider { Side::Provider } else { Side::Customer };
            let draft = draft(side, if acme { "acme" } else { "globex" }, act);
            if let Ok(seq) = written(&mut book, &mut seq, draft.clone()) {
                lines.push(Line { seq, draft });
            }
        }
        let mut again: Vec<_> = lines.iter().chain(&lines).zip(keys.iter().cycle()).collect();
        again.sort_by_key(|(line, key)| key.rotate_left(u32::try_from(line.seq).unwrap()));
        let mut read = Book::default();
        again.into_iter().for_each(|(line, _)| read.add(line.clone()));
        prop_assert_eq!(&read, &book);
        // Nor does reading what the API tells of it: each entry, and what settled it.
        let mut from_api = Book::default();
        for entry in ["acme", "globex"].iter().flat_map(|customer| book.entries(customer)) {
            retold(told(&entry)).unwrap().into_iter().for_each(|line| from_api.add(line));
        }
        for customer in ["acme", "globex"] {
            prop_assert_eq!(
                from_api.entries(customer).collect::<Vec<_>>(),
                book.entries(customer).collect::<Vec<_>>()
            );
            for entry in book.entries(customer) {
                let wrote = &entry.line.draft;
                prop_assert_eq!(&wrote.customer, customer);
                if let Some(line) = entry.standing.settled() {
                    prop_assert_eq!(&line.draft.customer, customer);
                    let own = line.draft.side == wrote.side;
                    prop_assert_eq!(own, matches!(entry.standing, Standing::Withdrawn(_)));
                }
            }
        }
    }
}

#[test]
fn only_the_other_side_consents_and_the_first_answer_settles() {
    let (mut book, mut seq) = (Book::default(), 0);
    let provider = |act| draft(Side::Provider, "acme", act);
    let customer = |act| draft(Side::Customer, "acme", act);
    let entry = written(&mut book, &mut seq, provider(maintenance(48, 50))).unwrap();
    for (draft, refused) in [
        (
            provider(answer(entry, Answer::Consent)),
            Refused::Own(Side::Provider),
        ),
        (
            customer(answer(entry, Answer::Withdraw)),
            Refused::Others(Side::Provider),
        ),
        (customer(answer(9, Answer::Consent)), Refused::NoSuch(9)),
        (
            draft(Side::Customer, "globex", answer(entry, Answer::Consent)),
            Refused::NoSuch(entry),
        ),
    ] {
        assert_eq!(book.admits(&draft), Err(refused));
    }
    assert_eq!(book.entry(entry).unwrap().standing, Standing::Pending);
    written(
        &mut book,
        &mut seq,
        customer(answer(entry, Answer::Consent)),
    )
    .unwrap();
    assert_eq!(book.entry(entry).unwrap().standing.as_str(), "agreed");
    let late = provider(answer(entry, Answer::Withdraw));
    assert_eq!(book.admits(&late), Err(Refused::Settled));
}

#[test]
fn what_has_no_bound_is_refused() {
    let book = Book::default();
    let wrote = |what, reason: &str| {
        let reason = reason.to_owned();
        let journey = None;
        draft(
            Side::Provider,
            "acme",
            Act::Wrote(Entry {
                journey,
                what,
                reason,
            }),
        )
    };
    let time = |from_ns, to_ns| What::Maintenance { from_ns, to_ns };
    for (draft, refused) in [
        (wrote(time(NOW, NOW), "why"), Refused::Backwards),
        (
            wrote(time(NOW, NOW + 32 * 24 * HOUR), "why"),
            Refused::TooLong,
        ),
        (wrote(time(i64::MIN, i64::MAX), "why"), Refused::Far),
        (wrote(time(NOW, NOW + HOUR), " "), Refused::Empty("reason")),
        (
            wrote(time(NOW, NOW + HOUR), "\u{1b}[2J"),
            Refused::Control("the reason"),
        ),
        (
            wrote(time(NOW, NOW + HOUR), &"é".repeat(2_001)),
            Refused::Text {
                what: "the reason",
                most: 2_000,
            },
        ),
    ] {
        assert_eq!(book.admits(&draft), Err(refused));
    }
    let (mut book, mut seq) = (Book::default(), 0);
    let mut refused = None;
    for _ in 0..1_000 {
        let next = draft(Side::Provider, "acme", maintenance(48, 50));
        refused = written(&mut book, &mut seq, next).err();
        if refused.is_some() {
            break;
        }
    }
    assert_eq!(refused, Some(Refused::Waiting(200)));
    let other = draft(Side::Provider, "globex", maintenance(48, 50));
    assert_eq!(
        book.admits(&other),
        Ok(()),
        "one customer's log is no other's"
    );
}

#[tokio::test]
async fn the_database_itself_keeps_each_line_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let line = store.add(draft(Side::Provider, "acme", maintenance(48, 50)));
    let line = line.await.unwrap();
    drop(store);
    let db = rusqlite::Connection::open(folder.path().join("hub.db")).unwrap();
    for sql in [
        "UPDATE written SET author = 'someone else'",
        "DELETE FROM written",
        "REPLACE INTO written SELECT * FROM written",
    ] {
        let refused = db.execute(sql, []).unwrap_err().to_string();
        assert!(
            refused.contains("what was written stays"),
            "{sql}: {refused}"
        );
    }
    let store = Store::open(folder.path()).unwrap();
    assert_eq!(store.book().entry(line.seq).unwrap().line, &line);
    drop(store);
    let newer = "INSERT INTO written SELECT 9, 2, at_ns, customer, author, side, act FROM written";
    db.execute(newer, []).unwrap();
    let refused = Store::open(folder.path()).unwrap_err();
    assert!(
        matches!(refused, StoreError::Newer { found: 2, .. }),
        "{refused}"
    );
}
