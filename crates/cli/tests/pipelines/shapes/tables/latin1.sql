CREATE TABLE IF NOT EXISTS shapes.latin1 (
    id     INTEGER NOT NULL,
    name   VARCHAR(20),
    amount INTEGER
);
