-- One row per scheduled flight.
-- Rows are spread evenly (DISTSTYLE EVEN): no column is joined with another large table. They are sorted by airline, because that
-- is what dashboards filter by.
-- Times of day are text, HHMM in local time with leading zeros, as the vendor writes them: 2400 occurs and is no time of Redshift's.
-- Durations and delays are minutes; a negative delay is an early flight.
CREATE TABLE IF NOT EXISTS flights.flights (
    year                SMALLINT NOT NULL,
    month               SMALLINT NOT NULL,
    day                 SMALLINT NOT NULL,
    day_of_week         SMALLINT,       -- 1 is Monday
    airline             VARCHAR(2),
    flight_number       INTEGER,
    tail_number         VARCHAR(8),
    origin_airport      VARCHAR(5),     -- IATA code; five digits in October 2015
    destination_airport VARCHAR(5),
    scheduled_departure VARCHAR(4),
    departure_time      VARCHAR(4),
    departure_delay     SMALLINT,
    taxi_out            SMALLINT,
    wheels_off          VARCHAR(4),
    scheduled_time      SMALLINT,
    elapsed_time        SMALLINT,
    air_time            SMALLINT,
    distance            INTEGER,        -- miles
    wheels_on           VARCHAR(4),
    taxi_in             SMALLINT,
    scheduled_arrival   VARCHAR(4),
    arrival_time        VARCHAR(4),
    arrival_delay       SMALLINT,
    diverted            BOOLEAN,        -- 0 or 1 in the file
    cancelled           BOOLEAN,        -- 0 or 1 in the file
    cancellation_reason VARCHAR(1),     -- A airline, B weather, C air traffic system, D security
    air_system_delay    SMALLINT,       -- the five causes are empty unless the flight arrived 15 minutes late or more
    security_delay      SMALLINT,
    airline_delay       SMALLINT,
    late_aircraft_delay SMALLINT,
    weather_delay       SMALLINT
)
DISTSTYLE EVEN
SORTKEY (airline);
