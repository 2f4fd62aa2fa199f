-- The causes of a delay are stated only for flights that arrived 15 minutes late or more.
SELECT COUNT(*)
FROM flights.flights
WHERE (arrival_delay < 15 OR arrival_delay IS NULL)
  AND (
    air_system_delay IS NOT NULL
    OR security_delay IS NOT NULL
    OR airline_delay IS NOT NULL
    OR late_aircraft_delay IS NOT NULL
    OR weather_delay IS NOT NULL
  )
