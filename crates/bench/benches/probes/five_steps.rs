//! A journey of five steps over HTTPS: `jaunt run` beside hurl.
//!
//! Whole processes, as one starts them in a pipeline: reading the file and the roots is part of it.

use crate::{
    Trouble, cpu,
    kind::Kind,
    process::{installed, jaunt},
    server::Site,
    table::{median, ratio},
};
use std::{
    path::PathBuf,
    process::{Command, Stdio},
};

/// Journeys in a round: enough that the kernel's steps of 10 ms are a few per cent.
const JOURNEYS: u32 = 40;
const STEPS: usize = 5;

/// Measures both, if both are there, and prints the table.
pub(crate) fn bench(site: &Site, rounds: usize) -> Result<(), Trouble> {
    let (Some(jaunt), Some(hurl)) = (jaunt()?, hurl()) else {
        println!(
            "\nskipped: a journey of five steps needs hurl (in PATH or named by HURL) and jaunt \
             (`cargo build --release -p jaunt`)"
        );
        return Ok(());
    };
    let (ours, theirs) = (
        site.folder().join("five.toml"),
        site.folder().join("five.hurl"),
    );
    std::fs::write(&ours, journey(site))?;
    std::fs::write(&theirs, hurl_file(site))?;
    let mut jaunt = Command::new(jaunt);
    jaunt.arg("run").arg(&ours);
    let mut hurl = Command::new(hurl);
    hurl.arg("--no-output")
        .arg("--cacert")
        .arg(site.ca())
        .arg(&theirs);

    println!(
        "\nCPU, user + system, per journey of five steps over HTTPS in µs: median of the rounds.\n"
    );
    println!("| journey | jaunt | hurl | jaunt/hurl |\n| --- | ---: | ---: | ---: |");
    let (mut a, mut b) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        a.push(spent(&mut jaunt, JOURNEYS, JOURNEYS)?);
        b.push(spent(&mut hurl, JOURNEYS, JOURNEYS)?);
    }
    row("a process each", &a, &b);
    let many = (JOURNEYS * 5).to_string();
    jaunt.args(["--repeat", &many]);
    hurl.args(["--repeat", &many]);
    let (mut a, mut b) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        a.push(spent(&mut jaunt, 1, JOURNEYS * 5)?);
        b.push(spent(&mut hurl, 1, JOURNEYS * 5)?);
    }
    row(&format!("{many} in one process"), &a, &b);
    Ok(())
}

fn row(name: &str, ours: &[f64], theirs: &[f64]) {
    let micros = |rounds| median(rounds).unwrap_or_default();
    let (a, b) = (micros(ours), micros(theirs));
    println!("| {name} | {a:.0} | {b:.0} | {} |", ratio(ours, theirs));
}

/// CPU in µs per journey, of `times` processes that carry out `journeys` together.
fn spent(command: &mut Command, times: u32, journeys: u32) -> Result<f64, Trouble> {
    let before = cpu::of_children()?;
    for _ in 0..times {
        let status = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .status()?;
        if !status.success() {
            return Err(format!("{command:?} has failed: {status}").into());
        }
    }
    let after = cpu::of_children()?;
    Ok(after.saturating_sub(before).as_secs_f64() * 1e6 / f64::from(journeys))
}

fn hurl() -> Option<PathBuf> {
    let named = std::env::var_os("HURL").map(PathBuf::from);
    named
        .filter(|file| file.is_file())
        .or_else(|| installed("hurl"))
}

fn journey(site: &Site) -> String {
    let (at, ca) = (site.target(Kind::Https).address, site.ca());
    let mut text = format!(
        "journey = \"five\"\n[defaults]\ntls.ca = \"{}\"\n",
        ca.display()
    );
    for n in 1..=STEPS {
        let path = if n == 1 {
            String::new()
        } else {
            "{{step1.id}}".to_owned()
        };
        text += &format!(
            "[[step]]\nid = \"step{n}\"\nrequest = \"GET https://{at}/{path}\"\nstatus = 200\n\
             expect = [{{ json = \"$.status\", eq = \"confirmed\" }}]\n"
        );
        if n == 1 {
            text += "capture.id = { json = \"$.id\" }\n";
        }
    }
    text
}

fn hurl_file(site: &Site) -> String {
    let at = site.target(Kind::Https).address;
    let mut text = String::new();
    for n in 1..=STEPS {
        let path = if n == 1 { "" } else { "{{id}}" };
        text += &format!("GET https://{at}/{path}\nHTTP 200\n");
        if n == 1 {
            text += "[Captures]\nid: jsonpath \"$.id\"\n";
        }
        text += "[Asserts]\njsonpath \"$.status\" == \"confirmed\"\n\n";
    }
    text
}
