//! Every name that goes out, written once, beside what it means.
//!
//! The reference page is generated from here ([`crate::reference`]), and a test holds what is sent
//! against it. Backends that nest attributes refuse documents in which one name is the prefix of
//! another; a test keeps that from happening.

pub mod attribute;
pub mod event;
pub mod metric;
mod store;

pub use attribute::Attribute;
pub use event::Event;
pub use metric::{Instrument, Metric};
pub use store::Spelling;

/// The scope under which everything is sent.
pub const SCOPE: &str = "jaunt";

/// The version of the semantic conventions whose names are used.
pub const SCHEMA_URL: &str = "https://opentelemetry.io/schemas/1.43.0";

/// Declares names, each with its meaning as doc comment, and the list of all.
macro_rules! names {
    ($kind:ident: $($(#[doc = $about:literal])+ $member:ident = $name:literal $(, $field:ident: $value:expr)*;)+) => {
        $(
            $(#[doc = $about])+
            pub const $member: $kind = $kind {
                name: $name,
                about: concat!($($about, "\n"),+),
                $($field: $value,)*
            };
        )+
        /// All of them, in the order of declaration.
        pub const ALL: &[&$kind] = &[$(&$member,)+];
    };
}
pub(crate) use names;

#[cfg(test)]
mod tests {
    use super::*;

    fn no_prefix(names: &[&str]) {
        for name in names {
            for other in names {
                assert!(
                    !other.starts_with(&format!("{name}.")),
                    "`{name}` is the prefix of `{other}`"
                );
            }
        }
        let distinct: std::collections::BTreeSet<_> = names.iter().collect();
        assert_eq!(distinct.len(), names.len(), "a name stands there twice");
    }

    #[test]
    fn no_name_is_the_prefix_of_another() {
        no_prefix(&attribute::ALL.iter().map(|it| it.name).collect::<Vec<_>>());
        no_prefix(&metric::ALL.iter().map(|it| it.name).collect::<Vec<_>>());
        no_prefix(&event::ALL.iter().map(|it| it.name).collect::<Vec<_>>());
    }

    #[test]
    fn every_name_is_lower_case_and_says_what_it_means() {
        let names = (attribute::ALL.iter().map(|it| (it.name, it.about)))
            .chain(metric::ALL.iter().map(|it| (it.name, it.about)))
            .chain(event::ALL.iter().map(|it| (it.name, it.about)));
        for (name, about) in names {
            assert!(
                name.chars()
                    .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "._".contains(c)),
                "{name}"
            );
            assert!(about.trim().len() > 5, "{name}");
        }
    }
}
