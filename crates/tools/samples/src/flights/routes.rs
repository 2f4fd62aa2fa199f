//! Who flies where: every route of every airline, and how often.

use super::airports::{Airport, all, miles};
use super::carriers::{self, ALL, Carrier, Zone};

/// One airline's flights from one airport to another.
#[derive(Debug, Clone, Copy)]
pub(super) struct Route {
    /// Index into the airlines.
    pub(super) carrier: usize,
    /// Index into the airports.
    pub(super) origin: usize,
    /// Index into the airports.
    pub(super) destination: usize,
    /// Statute miles.
    pub(super) distance: i32,
    /// Usual minutes between wheels off and wheels on.
    pub(super) air_time: i32,
    /// Minutes that the destination's clock is ahead of the origin's.
    pub(super) clock: i32,
}

/// All routes, to be drawn from by how often they are flown, in constant time (Walker's alias method).
#[derive(Debug)]
pub(super) struct Routes {
    routes: Vec<Route>,
    /// Per route: keep it if the coin is below this, else take the other.
    alias: Vec<(u64, usize)>,
}

/// One route and its share of its airline's flights.
type Weighted = (Route, u64);

const COIN_BITS: u32 = 32;

impl Routes {
    /// The routes between all airports.
    pub(super) fn new(airports: &[Airport]) -> Routes {
        let mut weighted: Vec<Weighted> = Vec::new();
        for (index, carrier) in ALL.iter().enumerate() {
            let routes = of_carrier(airports, index, carrier);
            let sum: u64 = routes.iter().map(|(_, weight)| weight).sum();
            let scale = |weight: u64| (weight * u64::from(carrier.share) * 100_000 / sum.max(1)).max(1);
            weighted.extend(routes.into_iter().map(|(route, weight)| (route, scale(weight))));
        }
        add_unreached(airports, &mut weighted);
        let alias = alias(&weighted.iter().map(|(_, weight)| *weight).collect::<Vec<_>>());
        Routes { routes: weighted.into_iter().map(|(route, _)| route).collect(), alias }
    }

    /// A route for 64 random bits.
    #[inline]
    pub(super) fn pick(&self, random: u64) -> Option<&Route> {
        let index = (((random >> COIN_BITS) * self.routes.len() as u64) >> 32) as usize;
        let (limit, other) = *self.alias.get(index)?;
        let coin = random & ((1 << COIN_BITS) - 1);
        self.routes.get(if coin < limit { index } else { other })
    }
}

/// Hub to spoke and back, more often where more people are.
fn of_carrier(airports: &[Airport], index: usize, carrier: &Carrier) -> Vec<Weighted> {
    let regional = carrier.least_traffic == 1;
    let mut routes = Vec::new();
    for (hub_index, hub) in airports.iter().enumerate().filter(|(_, a)| carrier.hubs.contains(&a.code)) {
        for (spoke_index, spoke) in airports.iter().enumerate() {
            let second_hub = carrier.hubs.contains(&spoke.code);
            let served = second_hub || spoke.traffic >= carrier.least_traffic;
            let distance = miles(hub, spoke);
            let reached = distance > 60.0 && distance <= f64::from(carrier.longest);
            let zone = Zone::of(spoke.state);
            if !served || !reached || !carrier.zones.contains(&zone) || far_from_gateway(hub, zone, distance) {
                continue;
            }
            // Regional airlines feed hubs: they do not fly more often to a larger city.
            let demand = if regional { spoke.traffic.min(10) + 2 } else { spoke.traffic + 5 };
            let weight = u64::from(hub.traffic + 20) * u64::from(demand);
            routes.push((route(airports, index, hub_index, spoke_index), weight));
            if !second_hub {
                routes.push((route(airports, index, spoke_index, hub_index), weight));
            }
        }
    }
    routes
}

/// Islands and Alaska are reached from the coast or from a very large hub.
fn far_from_gateway(hub: &Airport, spoke: Zone, distance: f64) -> bool {
    let home = Zone::of(hub.state);
    match spoke {
        Zone::Mainland => home == Zone::Hawaii && distance > 2600.0,
        _ => home == Zone::Mainland && distance > 1700.0 && hub.traffic < 100,
    }
}

/// Gives an airport without a route one to the nearest airport of the airline of last resort.
fn add_unreached(airports: &[Airport], weighted: &mut Vec<Weighted>) {
    for (index, airport) in airports.iter().enumerate() {
        if weighted.iter().any(|(route, _)| route.origin == index) {
            continue;
        }
        let (code, bases) = carriers::last_resort(Zone::of(airport.state));
        let carrier = ALL.iter().position(|c| c.code == code);
        let base = airports
            .iter()
            .enumerate()
            .filter(|(other, a)| *other != index && bases.contains(&a.code))
            .min_by(|(_, a), (_, b)| miles(airport, a).total_cmp(&miles(airport, b)));
        if let (Some(carrier), Some((base, _))) = (carrier, base) {
            // About two flights a day each way in a full year.
            weighted.push((route(airports, carrier, index, base), 12_000));
            weighted.push((route(airports, carrier, base, index), 12_000));
        }
    }
}

fn route(airports: &[Airport], carrier: usize, origin: usize, destination: usize) -> Route {
    let (from, to) = (&airports[origin], &airports[destination]);
    let distance = miles(from, to);
    // Seven and a half miles a minute, climb and descent; jet streams help eastwards.
    let wind = if to.longitude > from.longitude { 0.96 } else { 1.05 };
    let air_time = 14.0 + distance / 7.7 * wind;
    Route {
        carrier,
        origin,
        destination,
        distance: distance.round() as i32,
        air_time: air_time.round() as i32,
        clock: to.utc - from.utc,
    }
}

fn alias(weights: &[u64]) -> Vec<(u64, usize)> {
    let count = weights.len() as u64;
    let total: u64 = weights.iter().sum();
    // Scaled so that the mean is `total`; each column of height `total` holds one weight and the rest of another.
    let mut heights: Vec<u64> = weights.iter().map(|weight| weight * count).collect();
    let mut table: Vec<(u64, usize)> = (0..weights.len()).map(|index| (1 << COIN_BITS, index)).collect();
    let (mut small, mut large): (Vec<usize>, Vec<usize>) = (0..weights.len()).partition(|i| heights[*i] < total);
    while let (Some(low), Some(high)) = (small.pop(), large.pop()) {
        let limit = (u128::from(heights[low]) << COIN_BITS) / u128::from(total);
        table[low] = (u64::try_from(limit).unwrap_or(u64::MAX), high);
        heights[high] -= total - heights[low];
        if heights[high] < total { small.push(high) } else { large.push(high) }
    }
    table
}

/// The airports with the routes between them.
pub(super) fn network() -> (Vec<Airport>, Routes) {
    let airports = all();
    let routes = Routes::new(&airports);
    (airports, routes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_airport_is_left_and_reached() {
        let (airports, routes) = network();
        for (index, airport) in airports.iter().enumerate() {
            assert!(routes.routes.iter().any(|r| r.origin == index), "{}", airport.code);
            assert!(routes.routes.iter().any(|r| r.destination == index), "{}", airport.code);
        }
        assert!(routes.routes.iter().all(|r| r.origin != r.destination && r.distance > 0 && r.air_time > 14));
    }

    #[test]
    fn routes_are_drawn_as_often_as_they_weigh() {
        let weights = [1, 2, 3, 10, 0, 4];
        let table = alias(&weights);
        let mut drawn = [0u64; 6];
        for (index, (limit, other)) in table.into_iter().enumerate() {
            drawn[index] += limit;
            drawn[other] += (1 << COIN_BITS) - limit;
        }
        let unit = (6u64 << COIN_BITS) / 20;
        for (drawn, weight) in drawn.into_iter().zip(weights) {
            assert!(drawn.abs_diff(unit * weight) < 100, "{drawn} {weight}");
        }
    }
}
