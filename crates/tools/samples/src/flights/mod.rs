//! A year of flights with its airlines and airports, as three vendor files.

mod airports;
mod broken;
mod calendar;
mod carriers;
mod curve;
mod routes;
mod rows;

use std::io::{self, Write};

pub use broken::{Kind, UnknownKind, write_flights_broken};

use rows::Rows;

/// Rows of `flights.csv` in the full year 2015, about 590 MB.
pub const FULL_YEAR: u64 = 5_819_079;

/// The first line of `flights.csv`, without its line end.
pub const HEADER: &str = "YEAR,MONTH,DAY,DAY_OF_WEEK,AIRLINE,FLIGHT_NUMBER,TAIL_NUMBER,ORIGIN_AIRPORT,\
DESTINATION_AIRPORT,SCHEDULED_DEPARTURE,DEPARTURE_TIME,DEPARTURE_DELAY,TAXI_OUT,WHEELS_OFF,SCHEDULED_TIME,\
ELAPSED_TIME,AIR_TIME,DISTANCE,WHEELS_ON,TAXI_IN,SCHEDULED_ARRIVAL,ARRIVAL_TIME,ARRIVAL_DELAY,DIVERTED,CANCELLED,\
CANCELLATION_REASON,AIR_SYSTEM_DELAY,SECURITY_DELAY,AIRLINE_DELAY,LATE_AIRCRAFT_DELAY,WEATHER_DELAY";

/// Output is handed to the writer in pieces of about this many bytes.
const CHUNK: usize = 256 * 1024;

/// Airports that the vendor lists without coordinates.
const WITHOUT_COORDINATES: [&str; 3] = ["ECP", "PBG", "UST"];

/// How many flights, and which.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Rows after the header, spread over the year.
    pub rows: u64,
    /// Another seed gives other flights of the same nature.
    pub seed: u64,
    /// The year, 1 to 9999.
    pub year: u16,
}

/// How much has been written so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    /// Rows after the header.
    pub rows: u64,
    /// Bytes, the header included.
    pub bytes: u64,
}

/// The files of one delivery, in the order in which a vendor sends them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum File {
    /// `airlines.json`
    Airlines,
    /// `airports.csv`
    Airports,
    /// `flights.csv`
    Flights,
}

/// A sample could not be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// No calendar year.
    #[error("year {year} is not a year from 1 to 9999")]
    Year {
        /// The year of the options.
        year: u16,
    },
    /// The writer failed.
    #[error("the sample could not be written")]
    Write(#[source] io::Error),
}

impl Default for Options {
    fn default() -> Self {
        Options { rows: FULL_YEAR, seed: 1, year: 2015 }
    }
}

impl File {
    /// All files of one delivery.
    pub const ALL: [File; 3] = [File::Airlines, File::Airports, File::Flights];

    /// The file's name.
    pub fn name(self) -> &'static str {
        match self {
            File::Airlines => "airlines.json",
            File::Airports => "airports.csv",
            File::Flights => "flights.csv",
        }
    }
}

/// Writes the 14 airlines as one indented JSON array without a final line end.
///
/// # Errors
/// The writer's.
pub fn write_airlines(mut out: impl Write) -> Result<(), WriteError> {
    let objects: Vec<String> = carriers::ALL
        .iter()
        .map(|c| format!("  {{\n    \"IATA_CODE\": \"{}\",\n    \"AIRLINE\": \"{}\"\n  }}", c.code, c.name))
        .collect();
    let text = format!("[\n{}\n]", objects.join(",\n"));
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(WriteError::Write)
}

/// Writes the 322 airports as CSV; three have no coordinates.
///
/// # Errors
/// The writer's.
pub fn write_airports(mut out: impl Write) -> Result<(), WriteError> {
    let mut text = String::from("IATA_CODE,AIRPORT,CITY,STATE,COUNTRY,LATITUDE,LONGITUDE\n");
    for airport in airports::all() {
        let place = if WITHOUT_COORDINATES.contains(&airport.code) {
            String::from(",")
        } else {
            format!("{:.5},{:.5}", airport.latitude, airport.longitude)
        };
        text += &format!("{},{},{},{},USA,{place}\n", airport.code, airport.name, airport.city, airport.state);
    }
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(WriteError::Write)
}

/// Writes `flights.csv`; calls `progress` a few times per megabyte and at the end.
///
/// # Errors
/// The writer's, and a year outside 1 to 9999.
pub fn write_flights(
    mut out: impl Write,
    options: &Options,
    mut progress: impl FnMut(Progress),
) -> Result<Progress, WriteError> {
    let mut rows = Rows::new(options)?;
    let mut done = Progress::default();
    let mut chunk = Vec::with_capacity(CHUNK + rows::LONGEST);
    chunk.extend_from_slice(HEADER.as_bytes());
    chunk.push(b'\n');
    loop {
        let more = rows.next_into(&mut chunk);
        done.rows += u64::from(more);
        if chunk.len() >= CHUNK || !more {
            out.write_all(&chunk).map_err(WriteError::Write)?;
            done.bytes += chunk.len() as u64;
            chunk.clear();
            progress(done);
        }
        if !more {
            out.flush().map_err(WriteError::Write)?;
            return Ok(done);
        }
    }
}

#[cfg(test)]
mod tests;
