-- The airlines, by the code that flights carry.
-- 14 rows that every dashboard joins: a copy on every node (DISTSTYLE ALL) makes that join local.
CREATE TABLE IF NOT EXISTS flights.airlines (
    iata_code VARCHAR(2)  NOT NULL,
    airline   VARCHAR(64),
    PRIMARY KEY (iata_code)
)
DISTSTYLE ALL
SORTKEY (iata_code);
