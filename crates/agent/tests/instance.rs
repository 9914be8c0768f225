//! One agent for each `data_dir`, and the name that it keeps.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test ends where what it needs is not there"
)]

use jaunt_agent::{DirError, InstanceError, Lock, config::Around, instance};
use std::{collections::BTreeMap, fs, io, path::Path, process::Command};
use tempfile::TempDir;

#[derive(Debug, Default)]
struct Surroundings {
    variables: BTreeMap<&'static str, &'static str>,
}

impl Around for Surroundings {
    fn variable(&self, name: &str) -> Option<String> {
        self.variables.get(name).map(|text| (*text).to_owned())
    }

    fn file(&self, _: &Path) -> io::Result<String> {
        Err(io::ErrorKind::NotFound.into())
    }

    fn host(&self) -> String {
        "jaunt-2".into()
    }
}

/// Around an agent on an ordinary host.
fn host() -> Surroundings {
    Surroundings::default()
}

#[test]
fn a_second_agent_is_refused_by_a_sentence_that_names_the_first() {
    let dir = TempDir::new().unwrap();
    let first = Lock::take(dir.path()).unwrap();
    let refused = Lock::take(dir.path()).unwrap_err().to_string();
    let process = format!("(process {})", std::process::id());
    assert!(
        refused.contains("is in use by another agent") && refused.contains(&process),
        "{refused}"
    );
    drop(first);
    Lock::take(dir.path()).unwrap();
}

/// `flock(1)` stands for any other process, and kill -9 for its end.
#[test]
fn the_lock_of_a_killed_process_is_free() {
    let dir = TempDir::new().unwrap();
    drop(Lock::take(dir.path()).unwrap());
    let file = dir.path().join("agent.lock");
    let mut other = Command::new("flock")
        .arg("--no-fork")
        .arg(&file)
        .args(["sh", "-c", "echo held; exec sleep 60"])
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = [0; 5];
    io::Read::read_exact(other.stdout.as_mut().unwrap(), &mut said).unwrap();
    assert!(matches!(Lock::take(dir.path()), Err(DirError::Held { .. })));
    other.kill().unwrap();
    other.wait().unwrap();
    Lock::take(dir.path()).unwrap();
}

#[test]
fn a_missing_directory_is_made_and_a_file_in_its_place_is_told() {
    let dir = TempDir::new().unwrap();
    Lock::take(&dir.path().join("deep/down")).unwrap();
    fs::write(dir.path().join("file"), "").unwrap();
    for place in ["file", "file/below"] {
        let refused = Lock::take(&dir.path().join(place)).unwrap_err();
        assert!(
            matches!(refused, DirError::NotADirectory { .. }),
            "{place}: {refused:?}"
        );
    }
}

/// A read-only file system of the test's own, in a mount namespace of its own: this test runs
/// itself there once more.
#[test]
fn a_read_only_disk_is_told_as_one() {
    const THERE: &str = "JAUNT_TEST_READ_ONLY_DIR";
    if let Some(there) = std::env::var_os(THERE) {
        let refused = Lock::take(Path::new(&there)).unwrap_err();
        assert!(matches!(refused, DirError::ReadOnly { .. }), "{refused:?}");
        let below = Path::new(&there).join("below");
        let refused = Lock::take(&below).unwrap_err();
        assert!(matches!(refused, DirError::ReadOnly { .. }), "{refused:?}");
        return;
    }
    let dir = TempDir::new().unwrap();
    let again = "mount -t tmpfs -o ro none \"$0\" && exec \"$@\"";
    let granted = Command::new("unshare")
        .args(["-m", "sh", "-c", "mount -t tmpfs -o ro none \"$0\""])
        .arg(dir.path())
        .output();
    if !granted.is_ok_and(|ran| ran.status.success()) {
        eprintln!("skipped: mount namespaces are not granted here");
        return;
    }
    let ran = Command::new("unshare")
        .args(["-m", "sh", "-c", again])
        .arg(dir.path())
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "a_read_only_disk_is_told_as_one"])
        .env(THERE, dir.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&ran.stdout);
    assert!(ran.status.success() && said.contains("1 passed"), "{said}");
}

/// Root may write everywhere, so this runs as nobody where it can.
#[test]
fn another_users_directory_is_told_as_one() {
    const THERE: &str = "JAUNT_TEST_DENIED_DIR";
    if let Some(there) = std::env::var_os(THERE) {
        let refused = Lock::take(Path::new(&there)).unwrap_err();
        assert!(matches!(refused, DirError::Denied { .. }), "{refused:?}");
        let told = refused.to_string();
        assert!(
            told.contains("agent.lock") && told.contains("own the directory"),
            "{told}"
        );
        return;
    }
    use std::os::unix::fs::PermissionsExt as _;
    let dir = TempDir::new().unwrap();
    fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let program = dir.path().join("test");
    fs::copy(std::env::current_exe().unwrap(), &program).unwrap();
    let ran = Command::new("setpriv")
        .args(["--reuid=65534", "--regid=65534", "--clear-groups"])
        .arg(&program)
        .args(["--exact", "another_users_directory_is_told_as_one"])
        .env(THERE, dir.path())
        .current_dir("/")
        .output();
    match ran {
        Ok(ran) if String::from_utf8_lossy(&ran.stderr).contains("setres") => {
            eprintln!("skipped: this user cannot become another");
        }
        Ok(ran) => {
            let said = String::from_utf8_lossy(&ran.stdout);
            assert!(ran.status.success() && said.contains("1 passed"), "{ran:?}");
        }
        Err(_) => eprintln!("skipped: there is no setpriv here"),
    }
}

#[test]
fn the_configured_name_comes_first_then_the_pods_then_the_kept_one() {
    let dir = TempDir::new().unwrap();
    let pod = |variables: &[(&'static str, &'static str)]| Surroundings {
        variables: variables.iter().copied().collect(),
    };
    let name =
        |configured, around: &Surroundings| instance(configured, around, dir.path()).unwrap();
    let in_pod = [("KUBERNETES_SERVICE_HOST", "10.0.0.1")];
    let handed_down = [in_pod[0], ("POD_NAME", "jaunt-fra-2")];
    assert_eq!(name(Some("fra-1"), &pod(&in_pod)), "fra-1");
    assert_eq!(name(None, &pod(&handed_down)), "jaunt-fra-2");
    assert_eq!(name(None, &pod(&in_pod)), "jaunt-2");
    let made = name(None, &host());
    assert_eq!(made.len(), 36, "{made}");
    assert_eq!(name(None, &host()), made, "it is kept");
    assert_eq!(
        name(None, &pod(&[("POD_NAME", "a")])),
        made,
        "a variable alone makes no pod"
    );
    let elsewhere = TempDir::new().unwrap();
    let other = instance(None, &host(), elsewhere.path()).unwrap();
    assert_ne!(other, made);
}

#[test]
fn a_kept_name_that_is_none_is_not_replaced_in_silence() {
    let dir = TempDir::new().unwrap();
    for bytes in [&b""[..], b"two words", b"\xff\xfe", &[b'a'; 2000]] {
        fs::write(dir.path().join("instance"), bytes).unwrap();
        let refused = instance(None, &host(), dir.path()).unwrap_err();
        assert!(matches!(refused, InstanceError::Damaged { .. }));
        assert_eq!(fs::read(dir.path().join("instance")).unwrap(), bytes);
    }
}
