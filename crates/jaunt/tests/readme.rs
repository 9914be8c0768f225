//! What the README says is so: its journey is sound, its commands run one after the other, and they
//! and the crates are those that are.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test ends where what it needs is not there"
)]

use std::{
    fs::OpenOptions,
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    path::Path,
    process::{Command, Output, Stdio},
    time::Duration,
};

const README: &str = include_str!("../../../README.md");

fn jaunt(args: &[&str], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_jaunt"))
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(input.as_bytes())
        .unwrap();
    child.wait_with_output().unwrap()
}

/// The blocks of a language, without their fences.
fn blocks(language: &str) -> Vec<String> {
    let fence = format!("```{language}\n");
    let after = README.split(&fence).skip(1);
    after
        .map(|rest| rest.split("```").next().unwrap().to_owned())
        .collect()
}

/// What stands in backticks first in each row of the table under `head`.
fn rows(head: &str) -> Vec<String> {
    let table = README
        .split(head)
        .nth(1)
        .unwrap()
        .split("\n\n")
        .next()
        .unwrap();
    let cells = table.lines().filter_map(|line| line.strip_prefix("| `"));
    cells
        .map(|line| line.split('`').next().unwrap().to_owned())
        .collect()
}

#[test]
fn every_journey_of_the_readme_is_sound() {
    let mut journeys = blocks("toml");
    journeys.retain(|block| file_of(block).is_none());
    assert!(!journeys.is_empty());
    for journey in journeys {
        let checked = jaunt(&["check", "-"], &journey);
        let said = String::from_utf8_lossy(&checked.stderr).into_owned();
        assert_eq!(
            (checked.status.code(), said.as_str()),
            (Some(0), ""),
            "{journey}"
        );
    }
}

/// What the first command of the README prints, as it prints it here.
fn first_command() -> String {
    let shell = blocks("sh").concat();
    let line = shell
        .lines()
        .find_map(|line| line.strip_prefix("cargo run -- "))
        .unwrap();
    let args: Vec<&str> = line.split('#').next().unwrap().split_whitespace().collect();
    passing(&args)
}

/// What a run that passes prints.
fn passing(args: &[&str]) -> String {
    // A machine that other tests keep busy may make a run void, and rightly so.
    for _ in 0..20 {
        let ran = jaunt(args, "");
        let said = String::from_utf8(ran.stdout).unwrap();
        if ran.status.code() == Some(0) {
            return said;
        }
        assert!(said.contains("overloaded"), "{said}");
    }
    panic!("twenty runs were void: this machine is too busy");
}

/// `cargo run` of a workspace with several programs runs none of them unless it is told which.
#[test]
fn cargo_run_knows_which_program_is_meant() {
    let manifest = include_str!("../../../Cargo.toml");
    assert!(manifest.contains("\ndefault-members = [\"crates/jaunt\"]\n"));
}

/// A picture without what differs from run to run: bars, figures, ids, how often was polled.
fn outline(picture: &str) -> Vec<String> {
    let is_word = |word: &&str| {
        let varies = |character: char| character.is_ascii_digit() || "─·░▒▓╪█–".contains(character);
        word.chars().any(char::is_alphabetic)
            && !word.contains(varies)
            && !["s", "ms", "µs"].contains(word)
    };
    let mut lines: Vec<String> = picture
        .lines()
        .map(|line| {
            line.split_whitespace()
                .filter(is_word)
                .collect::<Vec<_>>()
                .join(" ")
        })
        .collect();
    lines.dedup();
    lines
}

/// The picture of a run is no drawing of a dream.
#[test]
fn the_picture_of_the_readme_is_what_its_first_command_prints() {
    let picture = blocks("text").concat();
    let said = first_command();
    assert!(said.contains("✓ confirmed"), "{said}");
    assert!(outline(&picture).len() > 10, "{:?}", outline(&picture));
    assert_eq!(outline(&picture), outline(said.trim_end()), "{said}");
}

#[test]
fn the_commands_of_the_readme_are_those_of_the_program() {
    let help = jaunt(&["--help"], "");
    let help = String::from_utf8_lossy(&help.stdout).into_owned();
    let list = help
        .split("Commands:\n")
        .nth(1)
        .unwrap()
        .split("\n\n")
        .next()
        .unwrap();
    let mut known: Vec<&str> = list
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    known.sort_unstable();
    let mut told: Vec<String> = rows("| command | does |\n")
        .iter()
        .map(|row| row.strip_prefix("jaunt ").unwrap().to_owned())
        .collect();
    told.sort_unstable();
    assert_eq!(told, known);
}

#[test]
fn the_crates_of_the_readme_are_those_of_the_house() {
    let top = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    let mut known: Vec<String> = std::fs::read_dir(top)
        .unwrap()
        .map(|entry| format!("crates/{}", entry.unwrap().file_name().to_string_lossy()))
        .collect();
    known.sort_unstable();
    let mut told = rows("| crate | in one sentence |\n");
    told.sort_unstable();
    assert_eq!(told, known);
}

#[test]
fn what_init_writes_is_sound_and_never_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().to_str().unwrap();
    assert_eq!(jaunt(&["init", dir], "").status.code(), Some(0));
    let journey = folder.path().join("journeys/home.toml");
    let checked = jaunt(
        &["check", folder.path().join("journeys").to_str().unwrap()],
        "",
    );
    assert_eq!(checked.status.code(), Some(0));
    let rules = jaunt(&["slo", "rules", journey.to_str().unwrap()], "");
    let said = String::from_utf8_lossy(&rules.stderr).into_owned();
    assert_eq!(rules.status.code(), Some(0), "{said}");
    std::fs::write(&journey, "mine").unwrap();
    assert_eq!(jaunt(&["init", dir], "").status.code(), Some(0));
    assert_eq!(std::fs::read_to_string(&journey).unwrap(), "mine");
}

/// The name of the file that a block says it is, or adds to; a journey says none.
fn file_of(block: &str) -> Option<&str> {
    let name = block.strip_prefix("# ")?.split(['\n', ',']).next()?;
    name.ends_with(".toml").then_some(name)
}

/// Serves the page that the first journey asks for; its address.
fn home_page() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    // The thread ends with the program.
    std::thread::spawn(move || {
        for stream in listener.incoming().take(100).flatten() {
            let _gone = answer(stream);
        }
    });
    address
}

fn answer(mut stream: TcpStream) -> std::io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    lines.find(|line| line.as_ref().map_or(true, String::is_empty));
    let page = "<title>home</title>";
    let length = page.len();
    write!(
        stream,
        "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: {length}\r\n\
         connection: close\r\n\r\n{page}"
    )
}

/// Runs a line of the README by a shell in `folder`; its exit code is 0 or what the line says.
fn walk(folder: &Path, line: &str) {
    let program = Path::new(env!("CARGO_BIN_EXE_jaunt")).parent().unwrap();
    let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap());
    let ran = Command::new("sh")
        .args(["-c", line])
        .current_dir(folder)
        .env("PATH", path)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let expected = line
        .split_once("# exit ")
        .map_or(0, |(_, code)| code.parse().unwrap());
    let said = String::from_utf8_lossy(&ran.stderr).into_owned();
    let told = String::from_utf8_lossy(&ran.stdout).into_owned();
    assert_eq!(ran.status.code(), Some(expected), "{line}\n{told}{said}");
}

/// All blocks after the first journey, in their order: files are written, commands run.
#[test]
fn who_follows_the_readme_from_init_to_a_signed_agreement_arrives() {
    let home = tempfile::tempdir().unwrap();
    walk(home.path(), "jaunt init slo");
    let folder = home.path().join("slo");
    let journey = folder.join("journeys/home.toml");
    let text = std::fs::read_to_string(&journey).unwrap();
    let own = text.replace("https://example.com", &home_page());
    assert_ne!(own, text);
    std::fs::write(&journey, own).unwrap();

    let way = README.split("\n## Around the clock\n").nth(1).unwrap();
    let way = way.split("\n## Reference\n").next().unwrap();
    let mut commands = 0;
    for block in way.split("```").skip(1).step_by(2) {
        let (language, body) = block.split_once('\n').unwrap();
        if language == "toml" {
            let mut file = OpenOptions::new()
                .append(true)
                .create(true)
                .open(folder.join(file_of(body).unwrap()))
                .unwrap();
            write!(file, "\n{body}").unwrap();
        } else {
            body.lines().for_each(|line| walk(&folder, line));
            commands += body.lines().count();
        }
    }
    assert!(commands >= 10, "{commands}");
    // What was added last to the agent's configuration is sound, too.
    walk(&folder, "jaunt agent --config agent.toml --check");
    walk(&folder, "jaunt hub --config hub.toml --check");
    let signed = std::fs::read_to_string(folder.join("agreement.toml")).unwrap();
    assert_eq!(signed.matches("\n[[signed]]\n").count(), 2, "{signed}");
}

#[test]
fn each_format_of_a_run_is_well_formed() {
    let line = passing(&["run", "--shop", "--format", "json"]);
    assert_eq!(line.lines().count(), 1);
    let run: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert_eq!(run["verdict"], "pass");
    assert!(!line.contains("correct-horse"), "{line}");
    let tap = passing(&["run", "--shop", "--format", "tap"]);
    assert!(tap.starts_with("TAP version 14\n1..1\n"), "{tap}");
}

/// Reads the document by the schema that CI systems go by; `tests/install` brings xmllint along.
fn assert_valid_junit(document: &[u8]) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("report.xml");
    std::fs::write(&path, document).unwrap();
    let schema = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../tests/fixtures/junit-10.xsd"
    );
    let checked = Command::new("xmllint")
        .args([
            "--noout",
            "--nonet",
            "--schema",
            schema,
            path.to_str().unwrap(),
        ])
        .output();
    let Ok(checked) = checked else {
        let strict = std::env::var_os("JAUNT_TEST_STRICT").is_some();
        assert!(!strict, "xmllint is not installed");
        return;
    };
    let said = String::from_utf8_lossy(&checked.stderr).into_owned();
    assert!(checked.status.success(), "{said}");
}

#[test]
fn junit_of_a_run_that_passed_is_valid() {
    let document = passing(&["run", "--shop", "--format", "junit"]);
    assert_valid_junit(document.as_bytes());
}

#[test]
fn junit_of_a_run_that_failed_is_valid() {
    // Nobody listens on the first port; one that was just given back may be taken by a neighbour.
    let port = 1;
    let journey = format!(
        "journey = \"gone\"\n[[step]]\nid = \"first\"\nrequest = \"GET http://127.0.0.1:{port}/\"\nstatus = 200\n\
         [[step]]\nid = \"then\"\nrequest = \"GET http://127.0.0.1:{port}/\"\nstatus = 200\n"
    );
    let ran = jaunt(&["run", "-", "--format", "junit"], &journey);
    let said = String::from_utf8_lossy(&ran.stdout).into_owned();
    assert_eq!(ran.status.code(), Some(1), "{said}");
    assert!(
        said.contains("type=\"connect.refused\"") && said.contains("<skipped"),
        "{said}"
    );
    assert_valid_junit(&ran.stdout);
}
