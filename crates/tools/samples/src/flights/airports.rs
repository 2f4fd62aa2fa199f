//! The airports: code, name, place, standard time and how busy they are.

/// One airport.
#[derive(Debug, Clone, Copy)]
pub(super) struct Airport {
    pub(super) code: &'static str,
    pub(super) name: &'static str,
    pub(super) city: &'static str,
    /// USPS code of a state or territory.
    pub(super) state: &'static str,
    /// Degrees north.
    pub(super) latitude: f64,
    /// Degrees east.
    pub(super) longitude: f64,
    /// Minutes ahead of UTC in standard time; summer time is ignored.
    pub(super) utc: i32,
    /// Departures a year, in thousands, at least 1.
    pub(super) traffic: u32,
}

/// All 322 airports by code.
pub(super) fn all() -> Vec<Airport> {
    include_str!("airports.csv").lines().skip(1).filter_map(parse).collect()
}

/// The number that stands for an airport in October: made up, and in the order of the codes.
pub(super) fn number(index: usize) -> u32 {
    10_135 + 19 * u32::try_from(index).unwrap_or(0)
}

/// Great-circle distance in statute miles.
pub(super) fn miles(a: &Airport, b: &Airport) -> f64 {
    const EARTH_RADIUS_MILES: f64 = 3958.8;
    let (north_a, north_b) = (a.latitude.to_radians(), b.latitude.to_radians());
    let east = (b.longitude - a.longitude).to_radians();
    let half = ((north_b - north_a) / 2.0).sin().powi(2) + north_a.cos() * north_b.cos() * (east / 2.0).sin().powi(2);
    2.0 * EARTH_RADIUS_MILES * half.sqrt().asin()
}

fn parse(line: &'static str) -> Option<Airport> {
    let mut fields = line.split(',');
    Some(Airport {
        code: fields.next()?,
        name: fields.next()?,
        city: fields.next()?,
        state: fields.next()?,
        latitude: fields.next()?.parse().ok()?,
        longitude: fields.next()?.parse().ok()?,
        utc: 60 * fields.next()?.parse::<i32>().ok()?,
        traffic: fields.next()?.parse().ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_table_is_an_airport() {
        let airports = all();
        assert_eq!(airports.len(), 322);
        assert!(airports.windows(2).all(|pair| pair[0].code < pair[1].code));
        assert!(airports.iter().all(|a| a.code.len() == 3 && a.state.len() == 2 && a.traffic > 0));
        assert!((10_000..100_000).contains(&number(321)));
    }

    #[test]
    fn distances_are_those_of_the_globe() {
        let airports = all();
        let find = |code: &str| *airports.iter().find(|a| a.code == code).unwrap();
        let check = |a: &str, b: &str, expected: f64| {
            let got = miles(&find(a), &find(b));
            assert!((got - expected).abs() < 8.0, "{a}-{b}: {got}");
        };
        check("ANC", "SEA", 1448.0);
        check("LAX", "MIA", 2342.0);
        check("SJU", "JFK", 1598.0);
        check("HNL", "GUM", 3801.0);
    }
}
