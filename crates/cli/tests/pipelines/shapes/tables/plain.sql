CREATE TABLE IF NOT EXISTS shapes.plain (
    id     INTEGER NOT NULL,
    name   VARCHAR(20),
    amount INTEGER
);
