//! The rules by name, and which of them refuses an address.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

/// Declares the rules: a member, its lasting name, and the blocks it refuses.
macro_rules! rules {
    ($($(#[$meta:meta])* $member:ident = $text:literal,)+) => {
        /// The rule by which an address was refused; its name goes into metrics.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Rule { $($(#[$meta])* $member,)+ }

        impl Rule {
            /// Every rule.
            pub const ALL: &'static [Self] = &[$(Self::$member,)+];

            /// Its lasting name.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$member => $text,)+ }
            }
        }
    };
}

rules! {
    /// `0.0.0.0/8` (RFC 791 §3.2) and `::`: on Linux a way to reach this very host.
    Unspecified = "unspecified",
    /// `127.0.0.0/8` (RFC 1122 §3.2.1.3) and `::1` (RFC 4291).
    Loopback = "loopback",
    /// `10/8`, `172.16/12`, `192.168/16` (RFC 1918) and unique local `fc00::/7` (RFC 4193).
    Private = "private",
    /// `169.254.0.0/16` (RFC 3927) and `fe80::/10` (RFC 4291).
    LinkLocal = "link-local",
    /// Where clouds answer a machine about itself, its credentials included.
    Metadata = "metadata",
    /// `100.64.0.0/10`, shared address space behind carriers' translators (RFC 6598).
    Cgnat = "cgnat",
    /// `224.0.0.0/4` (RFC 5771) and `ff00::/8` (RFC 4291).
    Multicast = "multicast",
    /// `255.255.255.255` (RFC 919).
    Broadcast = "broadcast",
    /// Documentation: `192.0.2/24`, `198.51.100/24`, `203.0.113/24` (RFC 5737), `2001:db8::/32`
    /// (RFC 3849), `3fff::/20` (RFC 9637).
    Documentation = "documentation",
    /// Benchmarking: `198.18.0.0/15` (RFC 2544), `2001:2::/48` (RFC 5180).
    Benchmarking = "benchmarking",
    /// Set aside by IETF protocols: `192.0.0.0/24` (RFC 6890), `192.31.196.0/24` (AS112, RFC 7535),
    /// `192.52.193.0/24` (AMT, RFC 7450), `192.88.99.0/24` (RFC 7526), `192.175.48.0/24` (RFC 7534),
    /// `2001::/23` (RFC 2928) and `2620:4f:8000::/48` (RFC 7534).
    Protocol = "protocol",
    /// Reserved: `240.0.0.0/4` (RFC 1112 §4), and all of IPv6 outside `2000::/3` (RFC 4291 §2.4)
    /// that no other rule names, discard-only `100::/64` (RFC 6666) included.
    Reserved = "reserved",
    /// `::ffff:0:0/96`: IPv4 in an IPv6 socket (RFC 4291 §2.5.5.2).
    V4Mapped = "v4-mapped",
    /// `::/96`: deprecated IPv4-compatible addresses (RFC 4291 §2.5.5.1), and SIIT's `::ffff:0:0:0/96`
    /// (RFC 2765).
    V4Compatible = "v4-compatible",
    /// `64:ff9b::/96` (RFC 6052) and `64:ff9b:1::/48` (RFC 8215): a translator's way to IPv4.
    Nat64 = "nat64",
    /// `2002::/16`: IPv4 through relays (RFC 3056).
    SixToFour = "6to4",
    /// `2001::/32`: IPv4 through servers (RFC 4380).
    Teredo = "teredo",
    /// Any unicast address whose interface part is ISATAP's `::5efe:a.b.c.d` (RFC 5214 §6.1).
    Isatap = "isatap",
    /// `fec0::/10`: deprecated site-local addresses (RFC 3879).
    SiteLocal = "site-local",
}

impl Rule {
    /// The rule that refuses `address`; `None` where it is globally reachable unicast.
    pub(super) fn of(address: IpAddr) -> Option<Self> {
        match address {
            IpAddr::V4(address) => of_v4(address),
            IpAddr::V6(address) => of_v6(address),
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

fn of_v4(address: Ipv4Addr) -> Option<Rule> {
    match address.octets() {
        // AWS, Azure, GCP and kin; ECS tasks; Alibaba; Azure's wire server; Oracle's classic.
        [169, 254, 169, 254]
        | [169, 254, 170, 2 | 23]
        | [100, 100, 100, 200]
        | [168, 63, 129, 16]
        | [192, 0, 0, 192] => Some(Rule::Metadata),
        [0, ..] => Some(Rule::Unspecified),
        [127, ..] => Some(Rule::Loopback),
        [10, ..] | [172, 16..=31, ..] | [192, 168, ..] => Some(Rule::Private),
        [169, 254, ..] => Some(Rule::LinkLocal),
        [100, 64..=127, ..] => Some(Rule::Cgnat),
        [192, 0, 2, _] | [198, 51, 100, _] | [203, 0, 113, _] => Some(Rule::Documentation),
        [198, 18..=19, ..] => Some(Rule::Benchmarking),
        [192, 0, 0, _]
        | [192, 31, 196, _]
        | [192, 52, 193, _]
        | [192, 88, 99, _]
        | [192, 175, 48, _] => Some(Rule::Protocol),
        [224..=239, ..] => Some(Rule::Multicast),
        [255, 255, 255, 255] => Some(Rule::Broadcast),
        [240..=255, ..] => Some(Rule::Reserved),
        _ => None,
    }
}

fn of_v6(address: Ipv6Addr) -> Option<Rule> {
    match address.segments() {
        // AWS's metadata, DNS and time services; GCP's; Oracle's are link-local.
        [0xfd00, 0x0ec2, 0, 0, 0, 0, 0, 0x23 | 0x123 | 0x253 | 0x254]
        | [0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254] => Some(Rule::Metadata),
        [0, 0, 0, 0, 0, 0, 0, 0] => Some(Rule::Unspecified),
        [0, 0, 0, 0, 0, 0, 0, 1] => Some(Rule::Loopback),
        [0, 0, 0, 0, 0, 0xffff, ..] => Some(Rule::V4Mapped),
        [0, 0, 0, 0, 0, 0, ..] | [0, 0, 0, 0, 0xffff, 0, ..] => Some(Rule::V4Compatible),
        [0x64, 0xff9b, 0, 0, 0, 0, ..] | [0x64, 0xff9b, 1, ..] => Some(Rule::Nat64),
        [0xfc00..=0xfdff, ..] => Some(Rule::Private),
        [0xfe80..=0xfebf, ..] => Some(Rule::LinkLocal),
        [0xfec0..=0xfeff, ..] => Some(Rule::SiteLocal),
        [0xff00..=0xffff, ..] => Some(Rule::Multicast),
        [0x2001, 0xdb8, ..] | [0x3fff, 0..=0xfff, ..] => Some(Rule::Documentation),
        [0x2001, 2, 0, ..] => Some(Rule::Benchmarking),
        [0x2001, 0, ..] => Some(Rule::Teredo),
        [0x2001, 1..=0x1ff, ..] | [0x2620, 0x4f, 0x8000, ..] => Some(Rule::Protocol),
        [0x2002, ..] => Some(Rule::SixToFour),
        [_, _, _, _, 0 | 0x200, 0x5efe, ..] => Some(Rule::Isatap),
        [0x2000..=0x3fff, ..] => None,
        _ => Some(Rule::Reserved),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ipnet::{Ipv4Net, Ipv6Net};
    use proptest::prelude::*;

    /// The registries' blocks that are not globally reachable, with the rule that names each.
    const BLOCKS: &[(&str, Rule)] = &[
        ("0.0.0.0/8", Rule::Unspecified),
        ("10.0.0.0/8", Rule::Private),
        ("100.64.0.0/10", Rule::Cgnat),
        ("127.0.0.0/8", Rule::Loopback),
        ("169.254.0.0/16", Rule::LinkLocal),
        ("172.16.0.0/12", Rule::Private),
        ("192.0.0.0/24", Rule::Protocol),
        ("192.0.2.0/24", Rule::Documentation),
        ("192.31.196.0/24", Rule::Protocol),
        ("192.52.193.0/24", Rule::Protocol),
        ("192.88.99.0/24", Rule::Protocol),
        ("192.168.0.0/16", Rule::Private),
        ("192.175.48.0/24", Rule::Protocol),
        ("198.18.0.0/15", Rule::Benchmarking),
        ("198.51.100.0/24", Rule::Documentation),
        ("203.0.113.0/24", Rule::Documentation),
        ("224.0.0.0/4", Rule::Multicast),
        ("240.0.0.0/4", Rule::Reserved),
        ("255.255.255.255/32", Rule::Broadcast),
        ("::/128", Rule::Unspecified),
        ("::1/128", Rule::Loopback),
        ("::/96", Rule::V4Compatible),
        ("::ffff:0:0/96", Rule::V4Mapped),
        ("::ffff:0:0:0/96", Rule::V4Compatible),
        ("64:ff9b::/96", Rule::Nat64),
        ("64:ff9b:1::/48", Rule::Nat64),
        ("100::/64", Rule::Reserved),
        ("2001::/32", Rule::Teredo),
        ("2001:2::/48", Rule::Benchmarking),
        ("2001:10::/28", Rule::Protocol),
        ("2001:20::/28", Rule::Protocol),
        ("2001:db8::/32", Rule::Documentation),
        ("2002::/16", Rule::SixToFour),
        ("2620:4f:8000::/48", Rule::Protocol),
        ("3fff::/20", Rule::Documentation),
        ("4000::/3", Rule::Reserved),
        ("5f00::/16", Rule::Reserved),
        ("fc00::/7", Rule::Private),
        ("fe80::/10", Rule::LinkLocal),
        ("fec0::/10", Rule::SiteLocal),
        ("ff00::/8", Rule::Multicast),
    ];

    /// The first and the last address of a block.
    fn ends(block: &str) -> [IpAddr; 2] {
        match block.parse::<ipnet::IpNet>().unwrap() {
            ipnet::IpNet::V4(net) => [net.network().into(), net.broadcast().into()],
            ipnet::IpNet::V6(net) => [net.network().into(), net.broadcast().into()],
        }
    }

    #[test]
    fn every_block_of_the_registries_is_refused_to_both_of_its_ends() {
        for (block, rule) in BLOCKS {
            let named = ends(block).map(Rule::of);
            assert!(named.iter().all(Option::is_some), "{block}: {named:?}");
            assert!(named.contains(&Some(*rule)), "{block}: {named:?}");
        }
    }

    #[test]
    fn what_lies_just_outside_a_block_is_public() {
        for address in [
            "1.0.0.0",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "126.255.255.255",
            "128.0.0.0",
            "169.253.255.255",
            "169.255.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "192.0.1.0",
            "192.0.3.0",
            "192.167.255.255",
            "192.169.0.0",
            "198.17.255.255",
            "198.20.0.0",
            "203.0.112.255",
            "223.255.255.255",
            "2000::",
            "2001:200::",
            "2001:db7:ffff::",
            "2001:db9::",
            "2003::",
            "2606:4700::1111",
            "2a00:1450:4001:81c::200e",
            "3ffe::",
            "3fff:1000::",
        ] {
            assert_eq!(Rule::of(address.parse().unwrap()), None, "{address}");
        }
    }

    #[test]
    fn a_clouds_metadata_service_is_named_as_such() {
        for address in [
            "169.254.169.254",
            "169.254.170.2",
            "100.100.100.200",
            "168.63.129.16",
            "192.0.0.192",
            "fd00:ec2::254",
            "fd20:ce::254",
        ] {
            assert_eq!(
                Rule::of(address.parse().unwrap()),
                Some(Rule::Metadata),
                "{address}"
            );
        }
    }

    #[test]
    fn a_rules_name_is_its_own() {
        let names: std::collections::BTreeSet<_> = Rule::ALL.iter().map(|r| r.as_str()).collect();
        assert_eq!(names.len(), Rule::ALL.len());
    }

    fn blocks_v4() -> Vec<Ipv4Net> {
        BLOCKS
            .iter()
            .filter_map(|(block, _)| block.parse().ok())
            .collect()
    }

    fn blocks_v6() -> Vec<Ipv6Net> {
        BLOCKS
            .iter()
            .filter_map(|(block, _)| block.parse().ok())
            .collect()
    }

    proptest! {
        #[test]
        fn ipv4_is_refused_exactly_within_a_block_or_by_name(bits: u32) {
            let address = Ipv4Addr::from(bits);
            let inside = blocks_v4().iter().any(|block| block.contains(&address));
            let rule = of_v4(address);
            prop_assert_eq!(rule.is_some(), inside || rule == Some(Rule::Metadata));
        }

        #[test]
        fn ipv6_outside_global_unicast_and_within_a_block_is_refused(bits: u128) {
            let address = Ipv6Addr::from(bits);
            let inside = blocks_v6().iter().any(|block| block.contains(&address));
            if inside || address.segments()[0] >> 13 != 1 {
                prop_assert!(of_v6(address).is_some(), "{}", address);
            }
        }

        #[test]
        fn no_form_that_carries_an_ipv4_address_is_admitted(bits: u32) {
            let [a, b, c, d] = bits.to_be_bytes();
            let (high, low) = (u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]));
            for form in [
                [0, 0, 0, 0, 0, 0xffff, high, low],
                [0, 0, 0, 0, 0, 0, high, low],
                [0, 0, 0, 0, 0xffff, 0, high, low],
                [0x64, 0xff9b, 0, 0, 0, 0, high, low],
                [0x64, 0xff9b, 1, 0, 0, 0, high, low],
                [0x2002, high, low, 0, 0, 0, 0, 1],
                [0x2001, 0, high, low, 0, 0, !high, !low],
                [0x2a00, 1, 2, 3, 0, 0x5efe, high, low],
                [0x2a00, 1, 2, 3, 0x200, 0x5efe, high, low],
            ] {
                prop_assert!(of_v6(form.into()).is_some(), "{}", Ipv6Addr::from(form));
            }
        }
    }
}
