//! The codes of what can be wrong with an agreement: a closed list, lasting, written once.
//!
//! Those of any file are [`jaunt_text::code`]'s; those of objectives, windows, names and instants
//! are [`jaunt_journey::code`]'s, as their readers are.

jaunt_text::codes! {
    /// Every code of an agreement.
    ALL {
        /// A share that is no percentage, or shares of more than there is.
        BAD_SHARE = "bad-share",
        /// A text that must say something and is empty, or an address that is none.
        BAD_CONTACT = "bad-contact",
        /// A key of `[parties]` that is neither a phase nor a kind of failure.
        BAD_PARTY = "bad-party",
        /// A sum of money that is none.
        BAD_MONEY = "bad-money",
        /// The same SLO, row, party or signature twice.
        AGREED_TWICE = "agreed-twice",
        /// A signature that is none, or by another key than the party's own.
        BAD_SIGNATURE = "bad-signature",
        /// Signed when it was in force already.
        LATE_SIGNATURE = "late-signature",
        /// The journey says otherwise than the agreement.
        DIFFERS = "agreement-differs",
        /// The agreement speaks of a journey or SLO that there is not.
        NO_SUCH_SLO = "no-such-slo",
        /// An SLO of the customer that the agreement does not name (a warning).
        NOT_AGREED = "not-agreed",
        /// The text is not what was signed (a warning).
        CHANGED = "changed-since-signed",
    }
}
