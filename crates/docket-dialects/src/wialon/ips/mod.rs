//! Wialon IPS, the text protocol of trackers: versions 1.1, 2.0 and 2.1, as bytes in and bytes out.
//!
//! Over TCP a [`Session`] takes what was read and says what is to be done, over UDP [`datagram`] does so with one
//! datagram. Neither does I/O: whoever owns the socket finds the unit, keeps the reports, and sends the answer when
//! they are kept.
//!
//! ```text
//! → #L#2.0;355000000000017;NA;6725                                  Event::Login, answered by Session::resolve
//! ← #AL#1
//! → #SD#150126;101500;5354.00000;N;02730.00000;E;0;0;200;9;4F85     Event::Packet: one report, and the answer
//! ← #ASD#1
//! ```
//!
//! Quirks, each with a test:
//! * a first login field with a `.` is a version, otherwise it is 1.1 and the field is the id;
//! * of version 2 the checksum is looked at first, then the number of fields, then the fields from left to right;
//! * checksums are compared as numbers: `0x`, lower case and missing zeros occur;
//! * a container's length is little-endian; what it holds is at most [`INFLATED_LIMIT`] and one packet;
//! * a speed, course or altitude that is `NA` stays unknown: it is not standing still; a half `NA` pair is an error;
//! * images and tachograph files are refused, their bytes passed over.

mod fields;
mod packet;
mod session;
#[cfg(test)]
mod tests;

pub use packet::INFLATED_LIMIT;
pub use session::{Datagram, Event, LINE_LIMIT, LOGIN_LIMIT, Session, Verdict, datagram};

/// CRC-16/ARC, the checksum of version 2.
pub fn checksum(bytes: &[u8]) -> u16 {
    let mut sum: u16 = 0;
    for byte in bytes {
        sum ^= u16::from(*byte);
        for _ in 0..8 {
            sum = if sum & 1 == 1 { (sum >> 1) ^ 0xA001 } else { sum >> 1 };
        }
    }
    sum
}
