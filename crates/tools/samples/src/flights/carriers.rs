//! The airlines and where they fly.

/// A part of the country that not every airline serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Zone {
    /// The 48 states that touch each other.
    Mainland,
    /// Alaska.
    Alaska,
    /// Hawaii.
    Hawaii,
    /// Puerto Rico and the Virgin Islands.
    Caribbean,
    /// Guam and American Samoa.
    Pacific,
}

/// One airline.
#[derive(Debug)]
pub(super) struct Carrier {
    pub(super) code: &'static str,
    pub(super) name: &'static str,
    /// Share of all flights, in thousandths.
    pub(super) share: u32,
    /// Airports where its routes begin or end.
    pub(super) hubs: &'static [&'static str],
    /// Parts of the country that it serves.
    pub(super) zones: &'static [Zone],
    /// Airports with fewer thousand departures a year are not served.
    pub(super) least_traffic: u32,
    /// Longer routes are not flown, in miles.
    pub(super) longest: u32,
    /// Flight numbers run from 1 to this.
    pub(super) numbers: u32,
    /// The letters at the end of its tail numbers.
    pub(super) tail: &'static str,
}

impl Zone {
    /// Where a state or territory lies.
    pub(super) fn of(state: &str) -> Zone {
        match state {
            "AK" => Zone::Alaska,
            "HI" => Zone::Hawaii,
            "PR" | "VI" => Zone::Caribbean,
            "GU" | "AS" => Zone::Pacific,
            _ => Zone::Mainland,
        }
    }
}

use Zone::{Alaska, Caribbean, Hawaii, Mainland, Pacific};

const EVERYWHERE: &[Zone] = &[Mainland, Alaska, Hawaii, Caribbean];

/// The 14 airlines, in the order in which the vendor lists them.
#[rustfmt::skip]
pub(super) const ALL: [Carrier; 14] = [
    carrier("UA", "United Air Lines Inc.", 89, &["ORD", "IAH", "DEN", "SFO", "EWR", "IAD", "LAX"], EVERYWHERE, (10, 4000), 2100, "UA"),
    carrier("AA", "American Airlines Inc.", 125, &["DFW", "ORD", "MIA", "LAX", "JFK"], &[Mainland, Hawaii, Caribbean], (10, 4000), 2600, "AA"),
    carrier("US", "US Airways Inc.", 34, &["CLT", "PHX", "PHL", "DCA"], &[Mainland, Caribbean], (10, 3000), 2200, "US"),
    carrier("F9", "Frontier Airlines Inc.", 16, &["DEN", "ORD", "MCO"], &[Mainland], (16, 2500), 2000, "FR"),
    carrier("B6", "JetBlue Airways", 46, &["JFK", "BOS", "FLL", "MCO", "LGB", "SJU"], &[Mainland, Caribbean], (11, 2800), 2900, "JB"),
    carrier("OO", "Skywest Airlines Inc.", 101, &["SLC", "DEN", "SFO", "LAX", "ORD", "MSP", "PHX"], &[Mainland], (1, 900), 6500, "SW"),
    carrier("AS", "Alaska Airlines Inc.", 30, &["SEA", "PDX", "ANC"], &[Mainland, Alaska, Hawaii], (17, 2900), 900, "AS"),
    carrier("NK", "Spirit Air Lines", 20, &["FLL", "DFW", "LAS", "ORD", "DTW"], &[Mainland], (20, 2300), 1000, "NK"),
    carrier("WN", "Southwest Airlines Co.", 217, &["MDW", "BWI", "LAS", "DEN", "DAL", "HOU", "PHX", "ATL", "MCO", "OAK", "LAX", "STL", "BNA", "SAN"], &[Mainland, Caribbean], (9, 2400), 6800, "WN"),
    carrier("DL", "Delta Air Lines Inc.", 151, &["ATL", "MSP", "DTW", "SLC", "JFK", "LGA", "SEA"], EVERYWHERE, (6, 4600), 2800, "DL"),
    carrier("EV", "Atlantic Southeast Airlines", 98, &["IAH", "ATL", "EWR", "ORD", "DTW", "DFW", "IAD"], &[Mainland], (1, 900), 6200, "EV"),
    carrier("HA", "Hawaiian Airlines Inc.", 13, &["HNL", "OGG"], &[Mainland, Hawaii], (11, 2800), 600, "HA"),
    carrier("MQ", "American Eagle Airlines Inc.", 50, &["DFW", "ORD", "LGA"], &[Mainland], (1, 800), 3600, "MQ"),
    carrier("VX", "Virgin America", 10, &["SFO", "LAX", "DAL"], &[Mainland], (40, 2700), 2000, "VA"),
];

/// Who serves an airport that no route above reaches, and from where.
pub(super) fn last_resort(zone: Zone) -> (&'static str, &'static [&'static str]) {
    match zone {
        Alaska => ("AS", &["ANC", "JNU", "FAI"]),
        Hawaii => ("HA", &["HNL"]),
        Caribbean => ("B6", &["SJU"]),
        Pacific => ("UA", &["HNL"]),
        Mainland => ("EV", &["IAH", "ATL", "EWR", "ORD", "DTW", "DFW", "IAD"]),
    }
}

#[expect(clippy::too_many_arguments, reason = "one line of a table")]
const fn carrier(
    code: &'static str,
    name: &'static str,
    share: u32,
    hubs: &'static [&'static str],
    zones: &'static [Zone],
    (least_traffic, longest): (u32, u32),
    numbers: u32,
    tail: &'static str,
) -> Carrier {
    Carrier { code, name, share, hubs, zones, least_traffic, longest, numbers, tail }
}
