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
//! * images and tachograph files are refused, their bytes passed over;
//! * a datagram may say a password behind the id (`id;password#SD#…`): the protocol has no login there, this is ours.

mod fields;
mod packet;
mod session;
#[cfg(test)]
mod tests;

pub use packet::INFLATED_LIMIT;
pub use session::{Datagram, Event, LINE_LIMIT, LOGIN_LIMIT, Session, Verdict, datagram};

/// What each byte makes of a checksum of 0.
const TABLE: [u16; 256] = table();

const fn table() -> [u16; 256] {
    let mut table = [0; 256];
    let mut byte: u16 = 0;
    while byte < 256 {
        let (mut sum, mut bit) = (byte, 0);
        while bit < 8 {
            sum = if sum & 1 == 1 { (sum >> 1) ^ 0xA001 } else { sum >> 1 };
            bit += 1;
        }
        table[byte as usize] = sum;
        byte += 1;
    }
    table
}

/// CRC-16/ARC, the checksum of version 2.
pub fn checksum(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |sum, byte| {
        let [low, high] = sum.to_le_bytes();
        u16::from(high) ^ TABLE.get(usize::from(low ^ byte)).copied().unwrap_or_default()
    })
}
