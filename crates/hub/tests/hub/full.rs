//! A full disk: refused in a way that senders come again for, and nothing acknowledged is lost.

use crate::support::{record, slot};
use jaunt_hub::{
    config::Keep,
    store::{Batch, RunFilter, Store, StoreError, Unwritten},
};
use jaunt_record::{Record, RunId, Step, Verdict};
use std::{path::Path, process::Command};

/// A small disk of its own, where this may mount one.
struct Disk(tempfile::TempDir);

impl Disk {
    fn new() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=6m", "tmpfs"])
            .arg(folder.path())
            .status();
        mounted
            .is_ok_and(|status| status.success())
            .then_some(Self(folder))
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.0.path()).status();
    }
}

/// Runs of some kilobytes that do not compress.
fn run(n: u32) -> Record {
    let mut record = record("acme", slot(5), Verdict::Pass);
    let mut id = [1; 16];
    id[..4].copy_from_slice(&n.to_be_bytes());
    record.id = RunId::from_bytes(id);
    let mut state = u64::from(n) + 1;
    let noise = (0..4_000).map(|_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        char::from(b' ' + u8::try_from(state % 90).unwrap())
    });
    let noise: String = noise.collect();
    let captures = vec![("noise".to_owned(), noise)];
    record.steps = record
        .steps
        .into_iter()
        .map(|step| Step {
            captures: captures.clone(),
            ..step
        })
        .collect();
    record
}

fn open(folder: &Path) -> Store {
    Store::open(&folder.join("data")).unwrap()
}

#[tokio::test]
async fn a_full_disk_is_told_and_loses_nothing_that_was_acknowledged() {
    let Some(disk) = Disk::new() else {
        // Only who may mount can try this; the gate runs as root.
        return;
    };
    let store = open(disk.0.path());
    let mut kept = Vec::new();
    let mut refused = None;
    for n in 0..4_000 {
        let batch = Batch {
            runs: vec![run(n)],
            scope: vec!["acme".into()],
            ..Batch::default()
        };
        match store.write(batch).await {
            Ok(_) => kept.push(run(n).id),
            Err(error) => {
                refused = Some(error);
                break;
            }
        }
    }
    match refused.expect("the disk became full") {
        Unwritten::Refused(error) => assert!(matches!(*error, StoreError::Full), "{error:?}"),
        other => panic!("{other:?}"),
    }
    assert!(kept.len() > 100, "{}", kept.len());
    for id in &kept {
        assert!(store.run(*id).unwrap().is_some());
    }
    drop(store);
    let store = open(disk.0.path());
    for id in &kept {
        assert!(store.run(*id).unwrap().is_some());
    }
    let all = store
        .runs(&RunFilter {
            limit: 10,
            ..RunFilter::default()
        })
        .unwrap();
    assert_eq!(all.len(), 10);
    let _ = store.maintain(Keep::default(), slot(0)).await;
}
