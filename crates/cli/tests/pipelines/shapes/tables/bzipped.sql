CREATE TABLE IF NOT EXISTS shapes.bzipped (
    id     INTEGER NOT NULL,
    name   VARCHAR(20),
    amount INTEGER
);
