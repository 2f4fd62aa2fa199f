CREATE TABLE IF NOT EXISTS shapes.zstandard (
    id     INTEGER NOT NULL,
    name   VARCHAR(20),
    amount INTEGER
);
