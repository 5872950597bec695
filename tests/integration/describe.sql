-- Everything about the views of the schemas :schemas (a regular expression), one line each: `schema.view|aspect|value`.
-- Names in values are as the current search_path shows them, so object ids compare between databases.
CREATE TEMP TABLE described AS
SELECT c.oid, c.relkind, format('%I.%I', n.nspname, c.relname) AS view
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname ~ :'schemas' AND c.relkind IN ('m', 'v');

-- A row type's text is what all columns show.
SELECT format('SELECT %L, %L, count(*) || %L || coalesce(md5(string_agg(r, E''\n'' ORDER BY r)), '''') FROM (SELECT replace(replace(t::text, E''\n'', '' ''), E''\r'', '' '') AS r FROM %s t) x',
              view, 'content', ' rows ', view)
FROM described ORDER BY view COLLATE "C"
\gexec

WITH shown AS (
    SELECT pg_get_viewdef(oid) AS short, oid FROM described
), facts (oid, aspect, value) AS (
    SELECT d.oid, 'kind', d.relkind::text || ' ' || pg_get_userbyid(c.relowner) || ' ' || coalesce(c.reloptions::text, '')
           || ' populated ' || c.relispopulated || coalesce(' ' || am.amname, '')
    FROM described d JOIN pg_class c USING (oid) LEFT JOIN pg_am am ON am.oid = c.relam
    UNION ALL
    SELECT oid, 'definition', short FROM shown
    UNION ALL
    SELECT d.oid, 'column ' || attnum, concat_ws(' ', quote_ident(attname), format_type(atttypid, atttypmod), attcollation::regcollation,
           attstorage, attstattarget, ARRAY(SELECT o FROM unnest(attoptions) AS o WHERE o !~ '^pg_attver=')::text)
    FROM described d JOIN pg_attribute ON attrelid = d.oid WHERE attnum > 0
    UNION ALL
    SELECT d.oid, 'index', pg_get_indexdef(indexrelid) || ' clustered ' || indisclustered || ' valid ' || indisvalid || coalesce(' comment ' || obj_description(indexrelid, 'pg_class'), '')
    FROM described d JOIN pg_index ON indrelid = d.oid
    UNION ALL
    SELECT d.oid, 'statistics', pg_get_statisticsobjdef(s.oid) || ' ' || s.stxstattarget || coalesce(' comment ' || obj_description(s.oid, 'pg_statistic_ext'), '')
    FROM described d JOIN pg_statistic_ext s ON stxrelid = d.oid
    UNION ALL
    SELECT d.oid, 'comment ' || objsubid, description
    FROM described d JOIN pg_description ON objoid = d.oid AND classoid = 'pg_class'::regclass
    UNION ALL
    SELECT d.oid, 'privilege', a.value
    FROM described d JOIN pg_class c USING (oid), LATERAL (SELECT x::text FROM unnest(c.relacl) x) a (value)
    UNION ALL
    SELECT d.oid, 'privilege on ' || attname, x::text
    FROM described d JOIN pg_attribute ON attrelid = d.oid, unnest(attacl) x
)
SELECT view, aspect, replace(value, E'\n', ' ') FROM facts JOIN described USING (oid) ORDER BY view COLLATE "C", aspect, 3;

-- The same with every name qualified.
SET search_path = '';
SELECT view, 'qualified definition', replace(pg_catalog.pg_get_viewdef(oid), E'\n', ' ')
FROM pg_temp.described ORDER BY view COLLATE pg_catalog."C";
