//! Which addresses may be called: public ones, and what the operator allows.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

/// A network: `10.0.0.0/8`, `fd00::/8`, or a single address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    bits: u8,
}

impl Network {
    const fn v4(a: u8, b: u8, c: u8, d: u8, bits: u8) -> Network {
        Network { address: IpAddr::V4(Ipv4Addr::new(a, b, c, d)), bits }
    }

    const fn v6(first: u16, second: u16, bits: u8) -> Network {
        Network { address: IpAddr::V6(Ipv6Addr::new(first, second, 0, 0, 0, 0, 0, 0)), bits }
    }

    /// Whether an address lies in it.
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.address, address) {
            (IpAddr::V4(network), IpAddr::V4(address)) => {
                let unlike = u32::from(network) ^ u32::from(address);
                unlike.checked_shr(32 - u32::from(self.bits)).unwrap_or(0) == 0
            }
            (IpAddr::V6(network), IpAddr::V6(address)) => {
                let unlike = u128::from(network) ^ u128::from(address);
                unlike.checked_shr(128 - u32::from(self.bits)).unwrap_or(0) == 0
            }
            _ => false,
        }
    }
}

impl FromStr for Network {
    type Err = String;

    fn from_str(text: &str) -> Result<Network, String> {
        let wrong = || format!("`{text}` is no network; write it like 10.0.0.0/8, fd00::/8 or 127.0.0.1");
        let (address, bits) = match text.trim().split_once('/') {
            Some((address, bits)) => (address, Some(bits.parse::<u8>().map_err(|_| wrong())?)),
            None => (text.trim(), None),
        };
        let address: IpAddr = address.parse().map_err(|_| wrong())?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        match bits.unwrap_or(most) {
            bits if bits <= most => Ok(Network { address, bits }),
            _ => Err(wrong()),
        }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.bits)
    }
}

/// IPv4 that is not the public internet (the IANA special-purpose registry), each with a word for people.
const CLOSED_V4: &[(Network, &str)] = &[
    (Network::v4(0, 0, 0, 0, 8), "this network"),
    (Network::v4(10, 0, 0, 0, 8), "private"),
    (Network::v4(100, 64, 0, 0, 10), "shared by a provider's customers"),
    (Network::v4(127, 0, 0, 0, 8), "loopback"),
    (Network::v4(169, 254, 0, 0, 16), "link-local"),
    (Network::v4(172, 16, 0, 0, 12), "private"),
    (Network::v4(192, 0, 0, 0, 24), "reserved for protocols"),
    (Network::v4(192, 0, 2, 0, 24), "for documentation"),
    (Network::v4(192, 88, 99, 0, 24), "a relay"),
    (Network::v4(192, 168, 0, 0, 16), "private"),
    (Network::v4(198, 18, 0, 0, 15), "for benchmarks"),
    (Network::v4(198, 51, 100, 0, 24), "for documentation"),
    (Network::v4(203, 0, 113, 0, 24), "for documentation"),
    (Network::v4(224, 0, 0, 0, 4), "multicast"),
    (Network::v4(240, 0, 0, 0, 4), "reserved"),
    // Public by its number, and yet a cloud host's own service, reachable from every machine there.
    (Network::v4(168, 63, 129, 16, 32), "a cloud host's own"),
];

/// Of IPv6 only this is handed out to the public …
const OPEN_V6: Network = Network::v6(0x2000, 0, 3);
/// … and of that not these.
const CLOSED_V6: &[(Network, &str)] = &[
    // Protocol assignments, Teredo, benchmarks, identifiers.
    (Network::v6(0x2001, 0, 23), "reserved for protocols"),
    (Network::v6(0x2001, 0x0db8, 32), "for documentation"),
    (Network::v6(0x2002, 0, 16), "a relay"),
    (Network::v6(0x3fff, 0, 20), "for documentation"),
];
/// IPv4 behind a translator.
const TRANSLATED: Network = Network::v6(0x0064, 0xff9b, 96);

/// What may be called.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    allow: Vec<Network>,
}

impl Filter {
    /// Public addresses, and these networks.
    pub fn allowing(allow: Vec<Network>) -> Filter {
        Filter { allow }
    }

    /// `Err` says in a word or two what kind of address it is.
    pub fn check(&self, address: IpAddr) -> Result<(), &'static str> {
        let meant = meant(address);
        if self.allow.iter().any(|network| network.contains(address) || network.contains(meant)) {
            return Ok(());
        }
        closed(meant).map_or(Ok(()), Err)
    }
}

/// The IPv4 address that some IPv6 addresses are only another spelling of.
fn meant(address: IpAddr) -> IpAddr {
    let IpAddr::V6(v6) = address else { return address };
    if let Some(v4) = v6.to_ipv4_mapped() {
        return IpAddr::V4(v4);
    }
    if TRANSLATED.contains(address) {
        let [.., a, b, c, d] = v6.octets();
        return IpAddr::V4(Ipv4Addr::new(a, b, c, d));
    }
    address
}

fn closed(address: IpAddr) -> Option<&'static str> {
    let table = if address.is_ipv4() { CLOSED_V4 } else { CLOSED_V6 };
    if let Some((_, what)) = table.iter().find(|(network, _)| network.contains(address)) {
        return Some(what);
    }
    match address {
        IpAddr::V4(_) => None,
        IpAddr::V6(_) if OPEN_V6.contains(address) => None,
        IpAddr::V6(v6) if v6.is_loopback() => Some("loopback"),
        IpAddr::V6(v6) if v6.is_multicast() => Some("multicast"),
        IpAddr::V6(v6) if v6.is_unique_local() => Some("private"),
        IpAddr::V6(v6) if v6.is_unicast_link_local() => Some("link-local"),
        IpAddr::V6(_) => Some("not public"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(text: &str) -> Result<(), &'static str> {
        Filter::default().check(text.parse().unwrap())
    }

    #[test]
    fn inner_addresses_are_refused_in_every_spelling() {
        for text in [
            "127.0.0.1",
            "127.255.0.3",
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "100.100.100.200",
            "100.127.255.255",
            "192.0.0.192",
            "192.0.2.9",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.7",
            "203.0.113.7",
            "224.0.0.1",
            "239.1.1.1",
            "240.0.0.1",
            "255.255.255.255",
            "168.63.129.16",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:10.1.2.3",
            "::ffff:169.254.169.254",
            "::127.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b::a9fe:a9fe",
            "64:ff9b:1::1",
            "fe80::1",
            "fec0::1",
            "fc00::1",
            "fd00:ec2::254",
            "ff02::1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "100::1",
            "3fff::1",
            "4000::1",
        ] {
            assert!(check(text).is_err(), "{text} must be refused");
        }
    }

    #[test]
    fn public_addresses_are_called() {
        for text in [
            "8.8.8.8",
            "1.1.1.1",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "169.253.0.1",
            "223.255.255.255",
            "2606:4700:4700::1111",
            "2a00:1450:4001:80b::200e",
            "::ffff:8.8.8.8",
            "64:ff9b::808:808",
        ] {
            assert_eq!(check(text), Ok(()), "{text}");
        }
    }

    #[test]
    fn the_operator_allows_networks() {
        let allow = ["127.0.0.1/32", "10.2.0.0/16", "fd00::/8"].map(|text| text.parse().unwrap());
        let filter = Filter::allowing(allow.to_vec());
        let check = |text: &str| filter.check(text.parse().unwrap()).is_ok();
        assert!(check("127.0.0.1") && check("10.2.255.1") && check("fd12::1") && check("::ffff:127.0.0.1"));
        assert!(!check("127.0.0.2") && !check("10.3.0.1") && !check("fc00::1"));
    }

    #[test]
    fn networks_are_read() {
        let network = |text: &str| text.parse::<Network>().map(|network| network.to_string());
        assert_eq!(network("10.0.0.0/8").as_deref(), Ok("10.0.0.0/8"));
        assert_eq!(network(" 127.0.0.1 ").as_deref(), Ok("127.0.0.1/32"));
        assert_eq!(network("::1").as_deref(), Ok("::1/128"));
        for text in ["", "localhost", "10.0.0.0/33", "10.0.0/8", "::/129", "10.0.0.0/-1", "10.0.0.0/"] {
            assert!(network(text).is_err(), "{text}");
        }
        assert!("0.0.0.0/0".parse::<Network>().unwrap().contains("8.8.8.8".parse().unwrap()));
    }

    proptest! {
        #[test]
        fn mapped_addresses_are_judged_as_what_they_map(bits: u32) {
            let v4 = Ipv4Addr::from(bits);
            let filter = Filter::default();
            prop_assert_eq!(filter.check(IpAddr::V6(v4.to_ipv6_mapped())), filter.check(IpAddr::V4(v4)));
        }

        #[test]
        fn what_the_library_calls_inner_is_refused(bits: u32) {
            let v4 = Ipv4Addr::from(bits);
            let inner = v4.is_private() || v4.is_loopback() || v4.is_link_local() || v4.is_broadcast()
                || v4.is_multicast() || v4.is_documentation() || v4.is_unspecified();
            prop_assert!(!inner || Filter::default().check(IpAddr::V4(v4)).is_err());
        }

        #[test]
        fn of_ipv6_only_what_is_handed_out_is_called(bits: u128) {
            let v6 = Ipv6Addr::from(bits);
            let handed_out = (bits >> 125) == 1 || (bits >> 96) == 0x0064_ff9b || v6.to_ipv4_mapped().is_some();
            prop_assert!(handed_out || Filter::default().check(IpAddr::V6(v6)).is_err());
        }

        #[test]
        fn a_network_holds_what_shares_its_first_bits(network: u32, address: u32, bits in 0_u8..=32) {
            let network = Network { address: IpAddr::V4(Ipv4Addr::from(network)), bits };
            let mask = u32::MAX.checked_shl(32 - u32::from(bits)).unwrap_or(0);
            let IpAddr::V4(start) = network.address else { unreachable!() };
            let expected = u32::from(start) & mask == address & mask;
            prop_assert_eq!(network.contains(IpAddr::V4(Ipv4Addr::from(address))), expected);
        }
    }
}
