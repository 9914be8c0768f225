//! How much of a document is looked at: what a hostile server sends must not keep a thread busy for
//! hours, nor fill the memory with copies.

use serde_json::Value as Json;

/// How many values what a JSON path found may hold in all: overlapping finds hold some many times.
const VALUES: usize = 1_000_000;

/// How many elements an XML document may have, and how deep they may be nested: what a path costs is
/// bounded by their product.
const ELEMENTS: usize = 500_000;
const DEEPEST: usize = 256;

/// How many, where a path goes through the siblings of each.
const WITH_SIBLINGS: usize = 20_000;

/// What a parser of HTML may do, which walks up from each tag: tags times their depth.
const WORK: usize = 200_000_000;

/// Elements that hold nothing, or are closed by what follows them.
const UNNESTED: &[&str] = &[
    "area", "base", "br", "col", "dd", "dt", "embed", "hr", "img", "input", "li", "link", "meta",
    "option", "p", "param", "source", "td", "th", "tr", "track", "wbr",
];

/// Elements whose content is no markup.
const RAW: &[&str] = &["script", "style", "textarea", "title"];

/// Whether `found` can be kept.
pub(super) fn json_fits(found: &[&Json]) -> bool {
    let mut left = VALUES;
    found.iter().all(|one| takes(one, &mut left))
}

fn takes(value: &Json, left: &mut usize) -> bool {
    if *left == 0 {
        return false;
    }
    *left -= 1;
    match value {
        Json::Array(items) => items.iter().all(|item| takes(item, left)),
        Json::Object(fields) => fields.values().all(|field| takes(field, left)),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => true,
    }
}

/// Whether `path` can be looked up in this XML.
pub(super) fn xml_fits(text: &str, path: &str) -> bool {
    let nesting = nesting(text, &[], &[]);
    let most = match path.contains("-sibling") {
        true => WITH_SIBLINGS,
        false => ELEMENTS,
    };
    nesting.elements <= most && nesting.deepest <= DEEPEST
}

/// Whether this HTML can be read.
pub(super) fn html_fits(text: &str) -> bool {
    let nesting = nesting(text, UNNESTED, RAW);
    nesting.elements.saturating_mul(nesting.deepest) <= WORK
}

/// Tags of a document, and how deep they lie.
#[derive(Debug, Default, PartialEq, Eq)]
struct Nesting {
    elements: usize,
    deepest: usize,
}

/// Counts tags, without a parser's care: what it takes for nested may not be, and never the other way
/// round, but for the elements named in `unnested`.
fn nesting(text: &str, unnested: &[&str], raw: &[&str]) -> Nesting {
    let mut found = Nesting::default();
    let mut depth = 0_usize;
    let mut rest = text;
    while let Some((_, tag)) = rest.split_once('<') {
        rest = tag;
        if let Some(comment) = tag.strip_prefix("!--") {
            rest = comment.split_once("-->").map_or("", |(_, rest)| rest);
            continue;
        }
        if let Some(data) = tag.strip_prefix("![CDATA[") {
            rest = data.split_once("]]>").map_or("", |(_, rest)| rest);
            continue;
        }
        if let Some(end) = tag.strip_prefix('/') {
            depth = depth.saturating_sub(usize::from(!is_any(end, unnested)));
            continue;
        }
        if !tag.starts_with(|c: char| c.is_alphabetic() || c == '_' || c == ':') {
            continue;
        }
        found.elements += 1;
        if let Some(name) = raw.iter().find(|name| is_any(tag, &[name])) {
            let end = format!("</{name}");
            rest = tag
                .find(&end)
                .and_then(|at| tag.get(at + end.len()..))
                .unwrap_or("");
            continue;
        }
        let closed = raw.is_empty()
            && tag
                .split_once('>')
                .is_some_and(|(tag, _)| tag.ends_with('/'));
        if !closed && !is_any(tag, unnested) {
            depth += 1;
            found.deepest = found.deepest.max(depth);
        }
    }
    found
}

/// Whether a tag's name is one of `names`, in whichever case.
fn is_any(tag: &str, names: &[&str]) -> bool {
    let end = tag
        .find(|c: char| !c.is_ascii_alphanumeric())
        .unwrap_or(tag.len());
    let name = tag.get(..end).unwrap_or_default();
    names.iter().any(|one| one.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_counted_and_how_deep_they_lie() {
        let of = |text| nesting(text, &[], &[]);
        for (text, elements, deepest) in [
            ("", 0, 0),
            ("<a/>", 1, 0),
            ("<a><b/><b>x</b></a>", 3, 2),
            ("<?xml version='1.0'?><!DOCTYPE a><a/>", 1, 0),
            ("<a><!-- <b><b> --><![CDATA[<c><c>]]></a>", 1, 1),
        ] {
            assert_eq!(of(text), Nesting { elements, deepest }, "{text}");
        }
    }

    #[test]
    fn a_page_fits_and_a_tower_does_not() {
        let page =
            "<ul><li>one<li>two</ul><p>x<br>y<script>if (a<b) { c<d }</script>".repeat(20_000);
        assert!(html_fits(&page));
        assert!(!html_fits(&"<div>".repeat(100_000)));
        let map = format!(
            "<urlset>{}</urlset>",
            "<url><loc>x</loc></url>".repeat(50_000)
        );
        assert!(xml_fits(&map, "//loc"));
        assert!(!xml_fits(&map, "//loc/following-sibling::x"));
        assert!(!xml_fits(&"<a>".repeat(257), "//a"));
    }

    #[test]
    fn what_is_found_many_times_over_is_counted_as_often() {
        let tower = (0..100).fold(Json::from(vec![0; 20_000]), |inner, _| {
            Json::from(vec![inner])
        });
        assert!(json_fits(&[&tower]));
        assert!(!json_fits(&[&tower; 60]));
    }
}
