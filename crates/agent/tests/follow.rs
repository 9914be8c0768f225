//! Directories of journeys, followed as they change.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test ends where what it needs is not there"
)]

use jaunt_agent::follow::{Fault, Follower, News, RESCAN, listing};
use std::{fs, os::unix::fs::symlink, path::Path, time::Duration};
use tempfile::TempDir;
use tokio::time::timeout;

/// How long news may take on a busy machine; far below [`RESCAN`].
const SOON: Duration = Duration::from_secs(20);
/// How long the absence of news is waited for: beyond the time in which all has to be quiet.
const SILENCE: Duration = Duration::from_millis(600);

async fn following(dir: &Path) -> Follower {
    let mut follower = Follower::new(vec![dir.to_owned()], RESCAN).await;
    quiet(&mut follower, "nothing has happened yet").await;
    follower
}

async fn changed(follower: &mut Follower, why: &str) {
    let news = timeout(SOON, follower.next()).await;
    assert_eq!(news.ok(), Some(News::Changed(0)), "{why}");
}

async fn quiet(follower: &mut Follower, why: &str) {
    let news = timeout(SILENCE, follower.next()).await;
    assert!(news.is_err(), "{why}: {news:?}");
}

fn paths(dir: &Path) -> Vec<String> {
    let files = listing(dir).files;
    files
        .iter()
        .map(|file| file.path.display().to_string())
        .collect()
}

#[tokio::test]
async fn writing_renaming_and_removing_are_told_once_each() {
    let home = TempDir::new().unwrap();
    let dir = home.path();
    let mut follower = following(dir).await;
    fs::write(dir.join("a.toml"), "1").unwrap();
    fs::write(dir.join("b.toml"), "1").unwrap();
    changed(&mut follower, "two new files are one change").await;
    quiet(&mut follower, "and told once").await;
    // As an editor saves: beside, then over.
    fs::write(dir.join(".a.toml.swp"), "2").unwrap();
    fs::rename(dir.join(".a.toml.swp"), dir.join("a.toml")).unwrap();
    changed(&mut follower, "saved by rename").await;
    fs::create_dir_all(dir.join("new/deep")).unwrap();
    fs::write(dir.join("new/deep/c.toml"), "1").unwrap();
    changed(&mut follower, "a file in a new folder").await;
    fs::write(dir.join("new/deep/c.toml"), "2").unwrap();
    changed(&mut follower, "a folder that came later is followed").await;
    fs::remove_file(dir.join("b.toml")).unwrap();
    changed(&mut follower, "removed").await;
    quiet(&mut follower, "and then nothing").await;
}

#[tokio::test]
async fn reading_changes_nothing_nor_does_an_editors_own_file() {
    let home = TempDir::new().unwrap();
    fs::write(home.path().join("a.toml"), "1").unwrap();
    let mut follower = following(home.path()).await;
    fs::read(home.path().join("a.toml")).unwrap();
    fs::write(home.path().join(".a.toml.swp"), "1").unwrap();
    quiet(&mut follower, "read, and written beside").await;
}

/// The same length within the same tick of the file system's clock leaves no trace but the event.
#[tokio::test]
async fn a_change_that_leaves_size_and_times_alone_is_told() {
    let home = TempDir::new().unwrap();
    let file = home.path().join("a.toml");
    fs::write(&file, "1").unwrap();
    let mut follower = following(home.path()).await;
    let times = fs::metadata(&file).unwrap().modified().unwrap();
    fs::write(&file, "2").unwrap();
    let open = fs::File::options().write(true).open(&file).unwrap();
    open.set_modified(times).unwrap();
    changed(&mut follower, "content alone").await;
}

/// As the kubelet does it: files are links into `..data`, itself a link that is swapped by rename.
#[tokio::test]
async fn a_config_map_is_swapped_at_once() {
    let home = TempDir::new().unwrap();
    let dir = home.path();
    let version = |name: &str, text: &str| {
        fs::create_dir(dir.join(name)).unwrap();
        fs::write(dir.join(name).join("home.toml"), text).unwrap();
        symlink(name, dir.join("..data_tmp")).unwrap();
        fs::rename(dir.join("..data_tmp"), dir.join("..data")).unwrap();
    };
    version("..2026_1", "1");
    symlink("..data/home.toml", dir.join("home.toml")).unwrap();
    assert_eq!(paths(dir), ["home.toml"]);
    let mut follower = following(dir).await;
    version("..2026_2", "2");
    fs::remove_dir_all(dir.join("..2026_1")).unwrap();
    changed(&mut follower, "swapped").await;
    quiet(&mut follower, "once").await;
    let seen = follower.listing(0).unwrap();
    assert!(seen.files[0].real.ends_with("..2026_2/home.toml"));
    assert_eq!(fs::read(&seen.files[0].real).unwrap(), b"2");
}

#[tokio::test]
async fn a_directory_that_comes_later_or_is_replaced_is_found_by_looking() {
    let home = TempDir::new().unwrap();
    let dir = home.path().join("journeys");
    let every = Duration::from_millis(300);
    let mut follower = Follower::new(vec![dir.clone()], every).await;
    let News::Blind { dir: 0, .. } = timeout(SOON, follower.next()).await.unwrap() else {
        panic!("a directory that is not there cannot be watched");
    };
    fs::create_dir(&dir).unwrap();
    fs::write(dir.join("a.toml"), "1").unwrap();
    changed(&mut follower, "it came").await;
    fs::rename(&dir, home.path().join("old")).unwrap();
    let blind = timeout(SOON, follower.next()).await.unwrap();
    assert!(matches!(blind, News::Blind { dir: 0, .. }), "{blind:?}");
    changed(&mut follower, "it went").await;
    let left = &follower.listing(0).unwrap().left_out;
    assert_eq!(left[0].fault, Fault::Absent);
    fs::create_dir(&dir).unwrap();
    changed(&mut follower, "another came in its place").await;
}

#[tokio::test]
async fn each_of_several_directories_is_told_by_its_place() {
    let home = TempDir::new().unwrap();
    let dirs: Vec<_> = ["one", "two"].map(|name| home.path().join(name)).into();
    for dir in &dirs {
        fs::create_dir(dir).unwrap();
    }
    let mut follower = Follower::new(dirs.clone(), RESCAN).await;
    fs::write(dirs[1].join("a.toml"), "1").unwrap();
    let news = timeout(SOON, follower.next()).await.unwrap();
    assert_eq!(news, News::Changed(1));
    quiet(&mut follower, "the other is as it was").await;
}

#[test]
fn links_out_loops_and_what_is_no_file_are_left_out() {
    let home = TempDir::new().unwrap();
    let dir = home.path().join("journeys");
    fs::create_dir_all(dir.join("sub")).unwrap();
    fs::write(home.path().join("secret.toml"), "").unwrap();
    fs::write(dir.join("sub/in.toml"), "").unwrap();
    symlink("../secret.toml", dir.join("out.toml")).unwrap();
    symlink(home.path().join("secret.toml"), dir.join("absolute.toml")).unwrap();
    symlink("sub/in.toml", dir.join("link.toml")).unwrap();
    symlink("nowhere", dir.join("dead.toml")).unwrap();
    symlink(".", dir.join("loop")).unwrap();
    symlink("self", dir.join("self")).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(dir.join("socket.toml")).unwrap();
    assert_eq!(paths(&dir), ["link.toml", "sub/in.toml"]);
    let left: Vec<_> = listing(&dir)
        .left_out
        .into_iter()
        .map(|left| (left.path.display().to_string(), left.fault))
        .collect();
    let expected = [
        ("absolute.toml", Fault::LeadsOut),
        ("dead.toml", Fault::DeadLink),
        ("loop", Fault::FolderLink),
        ("out.toml", Fault::LeadsOut),
    ];
    for (name, fault) in expected {
        assert!(left.contains(&(name.to_owned(), fault)), "{name}: {left:?}");
    }
    assert!(left.iter().any(|(name, _)| name == "self"), "{left:?}");
    assert!(left.contains(&("socket.toml".into(), Fault::NotAFile)));
}

#[test]
fn what_lies_too_deep_is_told_and_the_rest_is_found() {
    let home = TempDir::new().unwrap();
    let mut deep = home.path().to_owned();
    for _ in 0..40 {
        deep.push("d");
        fs::create_dir(&deep).unwrap();
    }
    fs::write(deep.join("a.toml"), "").unwrap();
    fs::write(home.path().join("b.toml"), "").unwrap();
    let found = listing(home.path());
    assert_eq!(found.files.len(), 1);
    assert_eq!(found.left_out.len(), 1);
    assert_eq!(found.left_out[0].fault, Fault::TooDeep);
}
