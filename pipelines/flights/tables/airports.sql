-- The airports, by the code that flights carry (but see flights.sql for October 2015).
-- 322 rows that every dashboard joins twice: a copy on every node (DISTSTYLE ALL) makes that join local.
CREATE TABLE IF NOT EXISTS flights.airports (
    iata_code VARCHAR(3)   NOT NULL,
    airport   VARCHAR(128),
    city      VARCHAR(64),
    state     VARCHAR(2),
    country   VARCHAR(3),
    latitude  DECIMAL(8, 5),            -- degrees north; three airports have none
    longitude DECIMAL(8, 5),            -- degrees east
    PRIMARY KEY (iata_code)
)
DISTSTYLE ALL
SORTKEY (iata_code);
