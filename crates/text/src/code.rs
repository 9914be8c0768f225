//! The codes of what can be wrong with any file, written once.

/// Declares codes with their meaning, and the list of them all.
#[macro_export]
macro_rules! codes {
    ($(#[$all_meta:meta])* $all:ident { $($(#[$meta:meta])* $name:ident = $text:literal,)+ }) => {
        $($(#[$meta])* pub const $name: &str = $text;)+

        $(#[$all_meta])*
        pub const $all: &[&str] = &[$($name,)+];
    };
}

codes! {
    /// Every code of this layer.
    ALL {
        /// The text is no TOML.
        SYNTAX = "syntax",
        /// The file is larger than we read.
        TOO_LARGE = "too-large",
        /// Brackets or dotted keys are nested deeper than we read.
        TOO_DEEP = "too-deep",
        /// The file is not UTF-8.
        NOT_UTF8 = "not-utf8",
        /// More problems than are worth telling.
        TOO_MANY = "too-many-problems",
        /// A key that nobody knows here.
        UNKNOWN_KEY = "unknown-key",
        /// A key that is known, but further up.
        MISPLACED_KEY = "misplaced-key",
        /// A key that must be there.
        MISSING_KEY = "missing-key",
        /// A value of another type.
        WRONG_TYPE = "wrong-type",
        /// A number or text outside its range.
        OUT_OF_RANGE = "out-of-range",
        /// A text that is none of the names that may stand here.
        UNKNOWN_NAME = "unknown-name",
        /// A duration without its unit, or in a form that we do not know.
        DURATION_UNIT = "duration-unit",
        /// A duration that is too short, too long or negative.
        DURATION_RANGE = "duration-range",
        /// A size without its unit, or out of range.
        BAD_SIZE = "bad-size",
    }
}
