CREATE TABLE IF NOT EXISTS shapes.listed (
    id     INTEGER NOT NULL,
    name   VARCHAR(20),
    amount INTEGER
);
