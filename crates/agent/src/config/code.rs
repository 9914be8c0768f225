//! The codes of what can be wrong with the agent's file, beyond what any file can have.

jaunt_text::codes! {
    /// Every code of the agent's file.
    ALL {
        /// `env:` or `file:` names what is not there.
        UNREADABLE = "unreadable",
        /// A secret that stands in the file itself.
        PLAIN_SECRET = "plain-secret",
        /// A name with other than `a-z 0-9 -`.
        BAD_NAME = "bad-name",
        /// A name that two have.
        TWICE = "twice",
        /// A text that is no address, URL, shard or exception.
        BAD_VALUE = "bad-value",
        /// Keys of which only one may stand, or which need each other.
        KEYS_TOGETHER = "keys-together",
        /// Two customers of whom one could read the other's secrets.
        SHARED_SECRETS = "shared-secrets",
        /// A pattern for all customers that gives all of them the same secrets.
        OPEN_PATTERN = "open-pattern",
    }
}
