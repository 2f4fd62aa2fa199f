CREATE TABLE IF NOT EXISTS shapes.lenient (
    id     INTEGER NOT NULL,
    name   VARCHAR(20),
    amount INTEGER
);
