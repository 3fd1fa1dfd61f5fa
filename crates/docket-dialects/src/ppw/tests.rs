//! Tests of the served half.
