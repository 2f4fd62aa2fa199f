-- Flights of an airline that the airlines' file does not have.
SELECT COUNT(*)
FROM flights.flights AS f
LEFT JOIN flights.airlines AS a ON a.iata_code = f.airline
WHERE f.airline IS NOT NULL
  AND a.iata_code IS NULL
  -- Until the airlines arrive for the first time, nothing can be said.
  AND (SELECT COUNT(*) FROM flights.airlines) > 0
