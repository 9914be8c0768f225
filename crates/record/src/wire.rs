//! The lasting encoding of a record: protobuf by field numbers.
