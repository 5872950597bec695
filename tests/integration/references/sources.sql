-- What the constructed views read, and what stands in their way: tables, functions and types that have the names of
-- views of the set.  The same in the database that matswap fills and in the one that is built from scratch.
CREATE SCHEMA app;
CREATE SCHEMA "Odd ""s.é";
CREATE SCHEMA far;
CREATE SCHEMA data;

CREATE TABLE data.raw_orders (id int PRIMARY KEY, customer int, amount numeric, placed date, tags text[], doc jsonb);
INSERT INTO data.raw_orders
SELECT i, i % 7, i * 1.5, date '2024-01-01' + i, ARRAY['t' || i % 3, 'app.orders'],
       jsonb_build_object('n', i, 'orders', jsonb_build_array(i, i + 1))
FROM generate_series(1, 40) i;
CREATE TABLE data.raw_customers (id int PRIMARY KEY, name text, city text, boss int);
INSERT INTO data.raw_customers
SELECT i, 'name ' || i, (ARRAY['Zürich', 'Genève', 'Basel'])[i % 3 + 1], nullif(i / 2, 0) FROM generate_series(1, 9) i;

-- An unmanaged table, found after app.twice on the search path; app.later is found before the view of the second schema.
CREATE TABLE data.twice (a int, label text);
INSERT INTO data.twice VALUES (-1, 'data.twice, not the view');
CREATE TABLE app.later (a int, label text);
INSERT INTO app.later VALUES (-2, 'app.later, not the view');
-- An unmanaged table that has the name of a view of another schema.
CREATE TABLE data.orders (id int, label text);
INSERT INTO data.orders VALUES (-3, 'data.orders');

-- A schema whose name is that of a view, with a table that has the name of another view.
CREATE SCHEMA customers;
CREATE TABLE customers.orders (id int, label text);
INSERT INTO customers.orders VALUES (-4, 'customers.orders');

-- Functions and operators that have the names of views.
CREATE FUNCTION app.orders(n int) RETURNS int LANGUAGE sql IMMUTABLE RETURN n * 2;
CREATE FUNCTION app.customers(n int) RETURNS SETOF int LANGUAGE sql STABLE RETURN generate_series(1, n);
CREATE FUNCTION app.initial(t text) RETURNS text LANGUAGE sql IMMUTABLE RETURN upper(left(t, 1));
CREATE FUNCTION "Odd ""s.é".double(n int) RETURNS int LANGUAGE sql IMMUTABLE RETURN n * 2;
CREATE AGGREGATE app.total(int) (sfunc = int4pl, stype = int, initcond = '0');
CREATE OPERATOR app.<+> (leftarg = int, rightarg = int, function = int4pl);
CREATE TYPE app.pair AS (a int, orders text);
CREATE TYPE app.color AS ENUM ('orders', 'customers');
CREATE DOMAIN app.amount AS numeric CHECK (VALUE > -1000);
CREATE COLLATION app.plain (provider = libc, locale = 'C');

-- The owner of one view, which is filled with the owner's privileges.
GRANT USAGE, CREATE ON SCHEMA app TO it_references_writer;
GRANT USAGE ON SCHEMA data TO it_references_writer;
GRANT SELECT ON data.raw_orders TO it_references_writer;
