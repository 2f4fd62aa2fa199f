-- Times have four digits, from 0000 to 2400. A spreadsheet on the way drops leading zeros: 0005 becomes 5.
SELECT COUNT(*)
FROM flights.flights
WHERE LENGTH(scheduled_departure) <> 4 OR scheduled_departure > '2400'
   OR LENGTH(departure_time) <> 4 OR departure_time > '2400'
   OR LENGTH(wheels_off) <> 4 OR wheels_off > '2400'
   OR LENGTH(wheels_on) <> 4 OR wheels_on > '2400'
   OR LENGTH(scheduled_arrival) <> 4 OR scheduled_arrival > '2400'
   OR LENGTH(arrival_time) <> 4 OR arrival_time > '2400'
