-- Flights that arrived late, by date, airline, origin and destination: how many, and their delays, air time and distance.
CREATE OR REPLACE VIEW flights.delayed_flights_agg AS
SELECT
    -- 1. One row per date, airline, origin and destination.
    v.flight_date,
    v.airline_code,
    v.airline,
    v.origin_code,
    v.origin_airport,
    v.destination_code,
    v.destination_airport,

    -- 2. How many flights.
    COUNT(*) AS delayed_flights,

    -- 3. Sums: minutes, and miles for the distance.
    SUM(v.departure_delay) AS departure_delay_sum,
    SUM(v.arrival_delay) AS arrival_delay_sum,
    SUM(v.air_system_delay) AS air_system_delay_sum,
    SUM(v.security_delay) AS security_delay_sum,
    SUM(v.airline_delay) AS airline_delay_sum,
    SUM(v.late_aircraft_delay) AS late_aircraft_delay_sum,
    SUM(v.weather_delay) AS weather_delay_sum,
    SUM(v.air_time) AS air_time_sum,
    SUM(v.distance) AS distance_sum,

    -- 4. Averages. The cast keeps the fraction: Redshift's average of whole numbers is a whole number. The causes of a delay are
    --    averaged over the flights that state them (delays of 15 minutes or more).
    AVG(CAST(v.departure_delay AS DOUBLE PRECISION)) AS departure_delay_avg,
    AVG(CAST(v.arrival_delay AS DOUBLE PRECISION)) AS arrival_delay_avg,
    AVG(CAST(v.air_system_delay AS DOUBLE PRECISION)) AS air_system_delay_avg,
    AVG(CAST(v.security_delay AS DOUBLE PRECISION)) AS security_delay_avg,
    AVG(CAST(v.airline_delay AS DOUBLE PRECISION)) AS airline_delay_avg,
    AVG(CAST(v.late_aircraft_delay AS DOUBLE PRECISION)) AS late_aircraft_delay_avg,
    AVG(CAST(v.weather_delay AS DOUBLE PRECISION)) AS weather_delay_avg,
    AVG(CAST(v.air_time AS DOUBLE PRECISION)) AS air_time_avg,
    AVG(CAST(v.distance AS DOUBLE PRECISION)) AS distance_avg
FROM flights.flights_details AS v
-- 5. Late at arrival, and flown.
WHERE v.arrival_delay > 0
  AND NOT v.cancelled
GROUP BY
    v.flight_date,
    v.airline_code,
    v.airline,
    v.origin_code,
    v.origin_airport,
    v.destination_code,
    v.destination_airport
WITH NO SCHEMA BINDING;
