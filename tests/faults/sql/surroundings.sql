-- What surrounds the live views and stands in no file: it has to be carried from generation to generation.
CREATE UNIQUE INDEX orders_id ON sales.orders (id);
CREATE INDEX orders_kind ON sales.orders (kind) WITH (fillfactor = 80);
CREATE INDEX customers_name ON sales.customers (pg_catalog.lower(name));
CREATE UNIQUE INDEX bins_bin ON stock.bins (bin);
CREATE INDEX parts_amount ON stock.parts (amount DESC) WHERE amount > 10;
CREATE INDEX parts_bin ON stock.parts (bin);
CREATE STATISTICS sales.orders_pairs (dependencies, ndistinct) ON kind, amount FROM sales.orders;
ALTER MATERIALIZED VIEW sales.orders ALTER COLUMN amount SET STATISTICS 50;
ALTER MATERIALIZED VIEW stock.bins SET (fillfactor = 70);
ALTER MATERIALIZED VIEW stock.parts CLUSTER ON parts_bin;
COMMENT ON MATERIALIZED VIEW sales.orders IS 'orders, it''s said';
COMMENT ON COLUMN sales.orders.amount IS 'in EUR';
COMMENT ON INDEX sales.orders_kind IS 'for the report';
COMMENT ON STATISTICS sales.orders_pairs IS 'kind decides';
COMMENT ON VIEW sales.open_orders IS 'an ordinary one';
CREATE VIEW app.overview WITH (security_barrier = true) AS
SELECT s.generation, s.kind::pg_catalog.text AS what, s.amount FROM sales.summary AS s
 UNION ALL
SELECT x.generation, 'shortage', x.missing FROM stock.shortage AS x;
COMMENT ON VIEW app.overview IS 'not of the set, but reads it';
GRANT SELECT ON sales.orders, sales.customers, sales.open_orders, sales.by_kind, sales.summary, stock.bins,
      stock.parts, stock.by_bin, stock.demand, stock.shortage, app.overview TO faults_reader;
GRANT SELECT (id) ON sales.orders TO faults_reader WITH GRANT OPTION;
-- What can't be replaced in its place, and has to be made anew; and a policy, which can.
CREATE FUNCTION app.shortages() RETURNS SETOF stock.shortage LANGUAGE sql STABLE COST 7 AS 'SELECT * FROM stock.shortage';
COMMENT ON FUNCTION app.shortages() IS 'has the row type in its signature';
REVOKE EXECUTE ON FUNCTION app.shortages() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.shortages() TO faults_reader;
CREATE VIEW app.missing AS SELECT s.generation, s.bin, s AS whole FROM app.shortages() AS s;
GRANT SELECT ON app.missing TO faults_reader;
CREATE TABLE app.note (id pg_catalog.int4, note pg_catalog.text);
ALTER TABLE app.note ENABLE ROW LEVEL SECURITY;
CREATE POLICY ordered ON app.note FOR SELECT TO faults_reader USING (id IN (SELECT o.id FROM sales.orders AS o));
