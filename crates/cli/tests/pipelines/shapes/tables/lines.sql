CREATE TABLE IF NOT EXISTS shapes.lines (
    id     INTEGER NOT NULL,
    name   VARCHAR(20),
    amount INTEGER
);
