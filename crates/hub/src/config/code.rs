//! The codes of what can be wrong with the hub's file, beyond what any file of ours can have.

jaunt_text::codes! {
    /// Every code of the hub's own.
    ALL {
        /// A port that others can reach, and nobody has to say who they are.
        OPEN_PORT = "open-port",
        /// A text that is no hash, URL or name of a certificate.
        BAD_TOKEN = "bad-token",
    }
}
