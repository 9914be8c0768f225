//! What lies in `deploy/` is sound: its readers take it, and it starts what there is.

use crate::support::{
    jaunt::jaunt,
    place,
    skip::{self, or_skip},
};
use std::{fs, path::PathBuf, process::Command};

fn deploy(name: &str) -> PathBuf {
    place::workspace().join("deploy").join(name)
}

/// Every file of `deploy/`, with its text.
fn files() -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for folder in fs::read_dir(deploy("")).unwrap() {
        for file in fs::read_dir(folder.unwrap().path()).unwrap() {
            let path = file.unwrap().path();
            let text = fs::read_to_string(&path).unwrap();
            found.push((path, text));
        }
    }
    assert!(found.len() >= 6, "{found:?}");
    found
}

/// Every schema of Kubernetes, strictly: a key that it does not know is refused.
#[test]
fn kubernetes_knows_every_key_of_every_manifest() {
    let validate = or_skip!(skip::python_tool("bin/kubernetes-validate"));
    let manifest = deploy("kubernetes/agent.yaml");
    let ran = |file: &PathBuf| {
        let mut validate = Command::new(&validate);
        validate.args(["--strict", "-k", "1.36"]).arg(file);
        let ran = validate.output().unwrap();
        let said = [ran.stdout, ran.stderr].concat();
        (ran.status.success(), String::from_utf8(said).unwrap())
    };
    let (sound, said) = ran(&manifest);
    assert!(sound, "{said}");
    // That it would have noticed.
    let dir = tempfile::TempDir::new().unwrap();
    let wrong = dir.path().join("wrong.yaml");
    let text = fs::read_to_string(manifest).unwrap();
    fs::write(&wrong, text.replace("livenessProbe", "livelinessProbe")).unwrap();
    let (sound, said) = ran(&wrong);
    assert!(!sound, "{said}");
}

/// A pod that may write nowhere but its volume, is nobody, and is looked after.
#[test]
fn a_pod_has_no_rights_and_each_probe_asks_what_the_agent_serves() {
    let text = fs::read_to_string(deploy("kubernetes/agent.yaml")).unwrap();
    for part in [
        "runAsNonRoot: true",
        "readOnlyRootFilesystem: true",
        "allowPrivilegeEscalation: false",
        "drop: [\"ALL\"]",
        "seccompProfile: { type: RuntimeDefault }",
        "automountServiceAccountToken: false",
        "kind: PodDisruptionBudget",
        "kind: NetworkPolicy",
    ] {
        assert!(text.contains(part), "{part}");
    }
    for (probe, path) in [
        ("startupProbe", "/livez"),
        ("livenessProbe", "/livez"),
        ("readinessProbe", "/readyz"),
    ] {
        let asks = format!("{probe}:\n            httpGet: {{ path: {path}, port: health }}");
        assert!(text.contains(&asks), "{asks}");
    }
}

/// Every YAML file is read by a reader that is not ours.
#[test]
fn every_yaml_and_json_file_is_one() {
    let python = or_skip!(skip::python_tool("bin/python"));
    let mut read = 0;
    for (path, _) in files() {
        let load = match path.extension().and_then(|extension| extension.to_str()) {
            Some("yaml" | "yml") => "import sys, yaml; list(yaml.safe_load_all(open(sys.argv[1])))",
            Some("json") => "import sys, json; json.load(open(sys.argv[1]))",
            _ => continue,
        };
        let ran = Command::new(&python)
            .args(["-c", load])
            .arg(&path)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&ran.stderr).into_owned();
        assert!(ran.status.success(), "{}: {said}", path.display());
        read += 1;
    }
    assert!(read >= 4, "{read} files");
}

#[test]
fn what_starts_an_agent_is_a_command_with_flags_that_there_are() {
    let help = jaunt(["agent", "--help"]).go().stdout;
    let program = "/usr/bin/jaunt";
    let mut flags = 0;
    for (path, text) in files() {
        // Lines that start it: a unit's, a pod's arguments.
        let starts = |line: &&str| line.starts_with("ExecStart=") || line.contains("args: [");
        for line in text.lines().filter(starts) {
            let at = path.display();
            assert!(line.contains("agent"), "{at}: {line}");
            let words = line.split(['"', ' ', ',', '[', ']']);
            for flag in words.filter(|word| word.starts_with("--")) {
                assert!(help.contains(flag), "{at}: {flag}");
                flags += 1;
            }
        }
        // Where the container and the unit have the program is one place.
        for word in text
            .split_whitespace()
            .filter(|word| word.contains("/usr/bin/"))
        {
            assert!(word.contains(program), "{}: {word}", path.display());
        }
    }
    assert_eq!(flags, 2, "the unit's and the pod's");
}

/// What a unit waits for before it kills is longer than what an agent takes to drain.
#[test]
fn neither_systemd_nor_kubernetes_cuts_a_drain_short() {
    let unit = fs::read_to_string(deploy("systemd/jaunt-agent.service")).unwrap();
    let pod = fs::read_to_string(deploy("kubernetes/agent.yaml")).unwrap();
    for (text, key) in [
        (unit, "TimeoutStopSec="),
        (pod, "terminationGracePeriodSeconds: "),
    ] {
        let (_, rest) = text.split_once(key).unwrap();
        let seconds: u32 = rest.lines().next().unwrap().parse().unwrap();
        assert!(seconds > 30, "{key}{seconds}: `drain` is 30 s by default");
    }
}
