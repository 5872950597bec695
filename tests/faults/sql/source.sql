-- Schemas, the reading role, and the tables that every view is computed from.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'faults_reader') THEN
        CREATE ROLE faults_reader LOGIN;
    END IF;
END
$$;
CREATE SCHEMA source;
CREATE SCHEMA sales;
CREATE SCHEMA stock;
CREATE SCHEMA app;
GRANT USAGE ON SCHEMA sales, stock, app TO faults_reader;
CREATE TABLE source.tick AS SELECT 1::pg_catalog.int8 AS generation;
CREATE TABLE source.item
(
    id     pg_catalog.int4 PRIMARY KEY,
    kind   pg_catalog.int4 NOT NULL,
    label  pg_catalog.text NOT NULL,
    amount pg_catalog.numeric NOT NULL
);
INSERT INTO source.item
SELECT g, g % 7, 'Label ' || g, g * 1.25 FROM pg_catalog.generate_series(1, 200) AS g;
