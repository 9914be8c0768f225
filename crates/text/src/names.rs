//! The nearest of some names, and lists of names for people.

/// The name nearest to `word`, if one is near enough to have been meant: at most a third of its
/// length away (Damerau–Levenshtein), and at least one slip is forgiven.
pub fn nearest<'n>(word: &str, names: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    // Longer words are no slips of known names, and the distance is quadratic.
    if word.len() > 64 {
        return None;
    }
    let allowed = (word.chars().count() / 3).max(1);
    names
        .into_iter()
        .map(|name| (strsim::damerau_levenshtein(word, name), name))
        .filter(|(distance, name)| *distance <= allowed && *name != word)
        // Of two as near, the one that was begun right and has a letter too many: `slos`.
        .min_by_key(|(distance, name)| (*distance, !word.starts_with(name)))
        .map(|(_, name)| name)
}

/// Names for people: `` `a`, `b` or `c` ``; at most 24 of them.
pub fn list<'n>(names: impl IntoIterator<Item = &'n str>, last: &str) -> String {
    let names: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
    match names.split_last() {
        None => String::new(),
        Some((only, [])) => only.clone(),
        Some(_) if names.len() > 24 => {
            let shown: Vec<_> = names.iter().take(24).map(String::as_str).collect();
            format!("{} …", shown.join(", "))
        }
        Some((end, others)) => format!("{} {last} {end}", others.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_finds_its_name_and_a_stranger_does_not() {
        let names = ["request", "resolve", "status", "eq", "ne"];
        for (word, expected) in [
            ("reqeust", Some("request")),
            ("staus", Some("status")),
            ("eg", Some("eq")),
            ("nes", Some("ne")),
            ("banana", None),
            ("", None),
        ] {
            assert_eq!(nearest(word, names), expected, "{word}");
        }
    }

    #[test]
    fn a_list_reads_as_people_say_it() {
        assert_eq!(list(["a", "b", "c"], "or"), "`a`, `b` or `c`");
        assert_eq!(list(["a"], "or"), "`a`");
    }
}
