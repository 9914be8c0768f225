//! The codes of what can be wrong with a journey: a closed list, lasting, written once.
//!
//! Those of any file (`syntax`, `unknown-key`, …) are [`jaunt_text::code`]'s.

jaunt_text::codes! {
    /// Every code of the language.
    ALL {
        /// A verb or version that is designed but not built yet.
        NOT_YET = "not-yet",
        /// A name with letters that it must not have.
        BAD_NAME = "bad-name",
        /// A name that is taken.
        DUPLICATE_NAME = "duplicate-name",
        /// The file belongs to another customer than its source.
        OTHER_CUSTOMER = "other-customer",
        /// A deadline that does not end before the next slot.
        LATE_DEADLINE = "late-deadline",
        /// A journey without steps.
        NO_STEPS = "no-steps",
        /// A step without a verb.
        NO_VERB = "no-verb",
        /// A step with more than one verb.
        SEVERAL_VERBS = "several-verbs",
        /// A request line that is not `METHOD URL`.
        BAD_REQUEST_LINE = "bad-request-line",
        /// A URL that cannot be dialled.
        BAD_URL = "bad-url",
        /// A status rule that is none.
        BAD_STATUS = "bad-status",
        /// A header that cannot be sent.
        BAD_HEADER = "bad-header",
        /// No kind of body, or more than one.
        ONE_BODY = "one-body",
        /// No kind of authentication, or more than one.
        ONE_AUTH = "one-auth",
        /// A question, name or server of the DNS that is none.
        BAD_DNS = "bad-dns",
        /// An endpoint that is not `HOST:PORT`.
        BAD_ENDPOINT = "bad-endpoint",
        /// A turn of an exchange that is none.
        BAD_EXCHANGE = "bad-exchange",
        /// A wait that is none.
        BAD_WAIT = "bad-wait",
        /// An expectation or capture that looks at nothing.
        NO_SUBJECT = "no-subject",
        /// An expectation or capture that looks at more than one thing.
        SEVERAL_SUBJECTS = "several-subjects",
        /// A subject that this verb does not have.
        WRONG_SUBJECT = "wrong-subject",
        /// An expectation that says nothing of its subject.
        NO_OPERATOR = "no-operator",
        /// An expectation with more than one operator.
        SEVERAL_OPERATORS = "several-operators",
        /// An operator that does not fit its subject.
        WRONG_OPERATOR = "wrong-operator",
        /// An operand of another type than its subject.
        WRONG_OPERAND = "wrong-operand",
        /// An `of` where nodes are counted.
        BAD_OF = "bad-of",
        /// A grade that this subject cannot have.
        BAD_ELSE = "bad-else",
        /// A regular expression that does not compile.
        BAD_REGEX = "bad-regex",
        /// A capture's regular expression without exactly one group.
        ONE_GROUP = "one-group",
        /// A JSON path, CSS selector or XPath that does not compile.
        BAD_PATH = "bad-path",
        /// A path whose cost grows faster than what is searched.
        COSTLY_PATH = "costly-path",
        /// Braces that are no reference.
        BAD_REFERENCE = "bad-reference",
        /// A reference to what is not defined.
        UNKNOWN_REFERENCE = "unknown-reference",
        /// A reference to what comes later.
        LATER_REFERENCE = "later-reference",
        /// A reference to what may be unset where it is used.
        UNSET_REFERENCE = "unset-reference",
        /// A reference where the text must stand as it is.
        LITERAL_ONLY = "literal-only",
        /// A secret where it would be seen.
        SECRET_IN_URL = "secret-in-url",
        /// A secret's source that is none.
        BAD_SOURCE = "bad-source",
        /// A variable's value that is none.
        BAD_VAR = "bad-var",
        /// A matrix that spreads out to nothing or to what has no name.
        BAD_MATRIX = "bad-matrix",
        /// A matrix of more journeys than we make.
        LARGE_MATRIX = "large-matrix",
        /// A quorum of more regions than there are.
        QUORUM = "quorum",
        /// A weight that is none, or of a region that there is not.
        BAD_WEIGHT = "bad-weight",
        /// An objective that is no percentage below 100 %.
        BAD_OBJECTIVE = "bad-objective",
        /// A window that is none.
        BAD_WINDOW = "bad-window",
        /// An SLO whose keys contradict each other.
        BAD_SLO = "bad-slo",
        /// A calendar entry that is none.
        BAD_CALENDAR = "bad-calendar",
        /// A correction that says nothing, contradicts itself, or that nobody else agreed to.
        BAD_CORRECTION = "bad-correction",
        /// A GraphQL step that never looks at `$.errors` (a warning).
        GRAPHQL_ERRORS = "graphql-errors",
        /// An SLO that this probing rate cannot tell from the next one (a warning).
        UNMEASURABLE = "unmeasurable",
    }
}
