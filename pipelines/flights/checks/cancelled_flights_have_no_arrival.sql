-- A cancelled flight never arrived, so nothing about its arrival is known. (It may have left the gate: that is no error.)
SELECT COUNT(*)
FROM flights.flights
WHERE cancelled
  AND (
    arrival_time IS NOT NULL
    OR arrival_delay IS NOT NULL
    OR wheels_on IS NOT NULL
    OR elapsed_time IS NOT NULL
    OR air_time IS NOT NULL
  )
