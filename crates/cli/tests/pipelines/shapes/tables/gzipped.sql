CREATE TABLE IF NOT EXISTS shapes.gzipped (
    id     INTEGER NOT NULL,
    name   VARCHAR(20),
    amount INTEGER
);
