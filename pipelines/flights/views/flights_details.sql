-- Each flight with a real date, its airline's name and both airports in words.
CREATE OR REPLACE VIEW flights.flights_details AS
SELECT
    -- 1. The date: 2015, 1, 31 becomes 20150131 becomes 2015-01-31.
    TO_DATE(CAST(CAST(f.year AS INTEGER) * 10000 + CAST(f.month AS INTEGER) * 100 + f.day AS VARCHAR), 'YYYYMMDD') AS flight_date,
    f.day_of_week,

    -- 2. The airline in words; its code where the name is not known. Filter by airline_code: the table is sorted by it.
    f.airline AS airline_code,
    COALESCE(al.airline, f.airline) AS airline,
    f.flight_number,
    f.tail_number,

    -- 3. Both airports in words; the code (five digits in October 2015) where the airport is not known.
    f.origin_airport AS origin_code,
    COALESCE(o.airport, f.origin_airport) AS origin_airport,
    o.city AS origin_city,
    o.state AS origin_state,
    f.destination_airport AS destination_code,
    COALESCE(d.airport, f.destination_airport) AS destination_airport,
    d.city AS destination_city,
    d.state AS destination_state,

    -- 4. Times as HHMM, delays and durations in minutes, distance in miles: as the vendor states them.
    f.scheduled_departure,
    f.departure_time,
    f.departure_delay,
    f.taxi_out,
    f.wheels_off,
    f.scheduled_time,
    f.elapsed_time,
    f.air_time,
    f.distance,
    f.wheels_on,
    f.taxi_in,
    f.scheduled_arrival,
    f.arrival_time,
    f.arrival_delay,
    f.diverted,
    f.cancelled,

    -- 5. The reason of a cancellation in words.
    CASE f.cancellation_reason
        WHEN 'A' THEN 'airline'
        WHEN 'B' THEN 'weather'
        WHEN 'C' THEN 'air traffic system'
        WHEN 'D' THEN 'security'
        ELSE f.cancellation_reason
    END AS cancellation_reason,

    -- 6. The causes of a delay of 15 minutes or more.
    f.air_system_delay,
    f.security_delay,
    f.airline_delay,
    f.late_aircraft_delay,
    f.weather_delay
FROM flights.flights AS f
-- Left joins: a flight whose airline or airport is not known is a flight all the same.
LEFT JOIN flights.airlines AS al ON al.iata_code = f.airline
LEFT JOIN flights.airports AS o ON o.iata_code = f.origin_airport
LEFT JOIN flights.airports AS d ON d.iata_code = f.destination_airport
-- Bound late: the view survives whatever happens to the tables.
WITH NO SCHEMA BINDING;
