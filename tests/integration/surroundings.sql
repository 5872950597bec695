-- For surroundings.sh: what a view can carry (probe.attribute), on which views it is put (probe.subject), and what the
-- catalog says of all of it (probe.facts), by names alone. :'fingerprint': the text of swap_surroundings.sql.
CREATE SCHEMA probe;

-- The views of the set, with names for what is put on them.
CREATE VIEW probe.subject AS
SELECT c.oid, c.relkind AS kind, format('%I.%I', n.nspname, c.relname) AS view, quote_ident(n.nspname) AS schema,
       quote_ident(left(c.relname, 20) || ' "i"') AS index, quote_ident(left(c.relname, 20) || '"expr') AS expression,
       quote_ident(left(c.relname, 20) || ' ''st') AS statistics, quote_ident(left(c.relname, 20) || '; far ' || n.nspname) AS far,
       format('%I.%I', n.nspname, a.typname) AS array_type
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_type t ON t.oid = c.reltype
JOIN pg_type a ON a.oid = t.typarray
WHERE c.relkind IN ('m', 'v') AND n.nspname IN ('public', 'S p.ace');

-- kind: m, v, or a for both; put: how it is put there; undo: a change of it that a comparison has to notice, NULL: the
-- next one's; versions: NULL: all. Names in braces are columns of probe.subject.
CREATE TABLE probe.attribute (place serial, kind "char", put text, undo text, versions int4range);
INSERT INTO probe.attribute (kind, put, undo, versions) VALUES
    ('m', 'ALTER MATERIALIZED VIEW {view} SET (autovacuum_enabled = off, fillfactor = 71)',
          'ALTER MATERIALIZED VIEW {view} RESET (fillfactor)', NULL),
    ('m', 'ALTER MATERIALIZED VIEW {view} SET (toast.autovacuum_vacuum_threshold = 77)',
          'ALTER MATERIALIZED VIEW {view} RESET (toast.autovacuum_vacuum_threshold)', NULL),
    ('m', 'ALTER MATERIALIZED VIEW {view} ALTER part SET STATISTICS 321, ALTER id SET STATISTICS 0',
          'ALTER MATERIALIZED VIEW {view} ALTER id SET STATISTICS -1', NULL),
    ('m', 'ALTER MATERIALIZED VIEW {view} ALTER part SET (n_distinct = 7, n_distinct_inherited = -0.5)',
          'ALTER MATERIALIZED VIEW {view} ALTER part RESET (n_distinct)', NULL),
    ('m', 'ALTER MATERIALIZED VIEW {view} ALTER wide SET STORAGE EXTERNAL, ALTER "Na me" SET STORAGE PLAIN',
          'ALTER MATERIALIZED VIEW {view} ALTER wide SET STORAGE EXTENDED', NULL),
    ('m', 'ALTER MATERIALIZED VIEW {view} ALTER wide SET COMPRESSION pglz',
          'ALTER MATERIALIZED VIEW {view} ALTER wide SET COMPRESSION default', '[14,)'),
    ('m', 'ALTER TABLE {view} REPLICA IDENTITY FULL', 'ALTER TABLE {view} REPLICA IDENTITY NOTHING', NULL),
    ('m', 'ALTER MATERIALIZED VIEW {view} SET TABLESPACE "it surroundings"',
          'ALTER MATERIALIZED VIEW {view} SET TABLESPACE pg_default', NULL),
    ('m', 'ALTER MATERIALIZED VIEW {view} SET ACCESS METHOD "it Heap"',
          'ALTER MATERIALIZED VIEW {view} SET ACCESS METHOD heap', '[15,)'),
    ('m', 'ALTER MATERIALIZED VIEW {view} DEPENDS ON EXTENSION plpgsql',
          'ALTER MATERIALIZED VIEW {view} NO DEPENDS ON EXTENSION plpgsql', NULL),
    ('m', 'CREATE UNIQUE INDEX {index} ON {view} (id) WITH (fillfactor = 60, deduplicate_items = off) TABLESPACE "it surroundings"',
          'ALTER INDEX {schema}.{index} RESET (deduplicate_items)', NULL),
    ('m', 'ALTER MATERIALIZED VIEW {view} CLUSTER ON {index}', 'ALTER MATERIALIZED VIEW {view} SET WITHOUT CLUSTER', NULL),
    ('m', 'COMMENT ON INDEX {schema}.{index} IS ''it''''s \ unique''', 'COMMENT ON INDEX {schema}.{index} IS NULL', NULL),
    ('m', 'ALTER INDEX {schema}.{index} SET TABLESPACE "it surroundings"', 'ALTER INDEX {schema}.{index} SET TABLESPACE pg_default', NULL),
    ('m', 'CREATE INDEX {expression} ON {view} (lower("Na me") COLLATE "C" text_pattern_ops DESC, part) INCLUDE (id) WHERE part > 1',
          NULL, NULL),
    ('m', 'ALTER INDEX {schema}.{expression} ALTER COLUMN 1 SET STATISTICS 99',
          'ALTER INDEX {schema}.{expression} ALTER COLUMN 1 SET STATISTICS 98', NULL),
    ('m', 'ALTER INDEX {schema}.{expression} DEPENDS ON EXTENSION plpgsql',
          'ALTER INDEX {schema}.{expression} NO DEPENDS ON EXTENSION plpgsql', NULL),
    ('m', 'CREATE STATISTICS {schema}.{statistics} (ndistinct, mcv) ON id, part, "Na me" FROM {view}', NULL, NULL),
    ('m', 'ALTER STATISTICS {schema}.{statistics} SET STATISTICS 55', 'ALTER STATISTICS {schema}.{statistics} SET STATISTICS 54', NULL),
    ('m', 'ALTER STATISTICS {schema}.{statistics} OWNER TO it_surr_other',
          'ALTER STATISTICS {schema}.{statistics} OWNER TO it_surr_middle', NULL),
    ('m', 'COMMENT ON STATISTICS {schema}.{statistics} IS ''pairs''', 'COMMENT ON STATISTICS {schema}.{statistics} IS NULL', NULL),
    ('m', 'CREATE STATISTICS "far away".{far} ON id, lower("Na me") FROM {view}', 'DROP STATISTICS "far away".{far}', '[14,)'),
    ('m', 'CREATE STATISTICS "far away".{far} ON id, part FROM {view}', 'ALTER STATISTICS "far away".{far} SET SCHEMA {schema}', '(,14)'),
    ('m', 'ALTER STATISTICS "far away".{far} OWNER TO CURRENT_OWNER', 'ALTER STATISTICS "far away".{far} OWNER TO it_surr_app', NULL),
    ('m', 'COMMENT ON MATERIALIZED VIEW {view} IS ''a "comment"''', 'COMMENT ON MATERIALIZED VIEW {view} IS NULL', NULL),
    ('m', 'SECURITY LABEL FOR "It''s a provider" ON MATERIALIZED VIEW {view} IS ''secret''',
          'SECURITY LABEL FOR "It''s a provider" ON MATERIALIZED VIEW {view} IS NULL', NULL),
    ('v', 'ALTER VIEW {view} SET (security_barrier = true)', 'ALTER VIEW {view} RESET (security_barrier)', NULL),
    ('v', 'ALTER VIEW {view} SET (security_invoker = true)', 'ALTER VIEW {view} SET (security_invoker = false)', '[15,)'),
    ('v', 'ALTER VIEW {view} SET (check_option = local)', 'ALTER VIEW {view} SET (check_option = cascaded)', NULL),
    ('v', 'ALTER VIEW {view} ALTER part SET DEFAULT 42', 'ALTER VIEW {view} ALTER part SET DEFAULT 43', NULL),
    ('v', 'ALTER VIEW {view} ALTER "Na me" SET DEFAULT data.label(''it''''s'')', 'ALTER VIEW {view} ALTER "Na me" DROP DEFAULT', NULL),
    ('v', 'CREATE TRIGGER "T g" INSTEAD OF INSERT ON {view} FOR EACH ROW EXECUTE FUNCTION data.note(''it''''s'')',
          'DROP TRIGGER "T g" ON {view}', NULL),
    ('v', 'COMMENT ON TRIGGER "T g" ON {view} IS ''instead''', 'COMMENT ON TRIGGER "T g" ON {view} IS NULL', NULL),
    ('v', 'CREATE TRIGGER second AFTER UPDATE OF part, wide ON {view} EXECUTE FUNCTION data.note()', 'DROP TRIGGER second ON {view}', NULL),
    ('v', 'ALTER TRIGGER "T g" ON {view} DEPENDS ON EXTENSION plpgsql', 'ALTER TRIGGER "T g" ON {view} NO DEPENDS ON EXTENSION plpgsql', NULL),
    ('v', 'CREATE RULE "R u" AS ON DELETE TO {view} DO INSTEAD (INSERT INTO data.log VALUES (old."Na me" || '' deleted'');
             INSERT INTO data.log SELECT ''one more'' WHERE old.part = 0)', 'DROP RULE "R u" ON {view}', NULL),
    ('v', 'COMMENT ON RULE "R u" ON {view} IS ''deletes''', 'COMMENT ON RULE "R u" ON {view} IS NULL', NULL),
    ('v', 'COMMENT ON VIEW {view} IS ''a "comment"''', 'COMMENT ON VIEW {view} IS NULL', NULL),
    ('v', 'SECURITY LABEL FOR "It''s a provider" ON VIEW {view} IS ''secret''',
          'SECURITY LABEL FOR "It''s a provider" ON VIEW {view} IS NULL', NULL),
    ('a', 'COMMENT ON COLUMN {view}."Na me" IS ''column; -- "one"''', 'COMMENT ON COLUMN {view}."Na me" IS NULL', NULL),
    ('a', 'COMMENT ON TYPE {view} IS ''row''', 'COMMENT ON TYPE {view} IS NULL', NULL),
    ('a', 'COMMENT ON TYPE {array_type} IS ''rows''', 'COMMENT ON TYPE {array_type} IS NULL', NULL),
    ('a', 'COMMENT ON RULE "_RETURN" ON {view} IS ''query''', 'COMMENT ON RULE "_RETURN" ON {view} IS NULL', NULL),
    ('a', 'SECURITY LABEL FOR "It''s a provider" ON COLUMN {view}.part IS ''it''''s secret''',
          'SECURITY LABEL FOR "It''s a provider" ON COLUMN {view}.part IS NULL', NULL),
    ('a', 'SECURITY LABEL FOR "It''s a provider" ON TYPE {view} IS ''typed''',
          'SECURITY LABEL FOR "It''s a provider" ON TYPE {view} IS NULL', NULL),
    ('a', 'GRANT SELECT, UPDATE ON {view} TO it_surr_middle WITH GRANT OPTION', 'REVOKE GRANT OPTION FOR UPDATE ON {view} FROM it_surr_middle', NULL),
    ('a', 'SET ROLE it_surr_middle; GRANT SELECT ON {view} TO "It''s Q" WITH GRANT OPTION; RESET ROLE',
          'SET ROLE it_surr_middle; REVOKE GRANT OPTION FOR SELECT ON {view} FROM "It''s Q" CASCADE; RESET ROLE', NULL),
    ('a', 'SET ROLE "It''s Q"; GRANT SELECT ON {view} TO it_surr_reader; RESET ROLE', NULL, NULL),
    ('a', 'GRANT TRIGGER ON {view} TO it_surr_reader', 'REVOKE TRIGGER ON {view} FROM it_surr_reader', NULL),
    ('a', 'REVOKE DELETE, TRUNCATE ON {view} FROM CURRENT_OWNER', 'GRANT DELETE ON {view} TO it_surr_reader', NULL),
    ('a', 'GRANT MAINTAIN ON {view} TO it_surr_reader', 'REVOKE MAINTAIN ON {view} FROM it_surr_reader', '[17,)'),
    ('a', 'GRANT SELECT ON {view} TO PUBLIC', 'REVOKE SELECT ON {view} FROM PUBLIC', NULL),
    ('a', 'GRANT SELECT (id, "Na me") ON {view} TO it_surr_middle WITH GRANT OPTION', 'REVOKE GRANT OPTION FOR SELECT (id) ON {view} FROM it_surr_middle', NULL),
    ('a', 'GRANT INSERT (part) ON {view} TO PUBLIC', 'REVOKE INSERT (part) ON {view} FROM PUBLIC', NULL),
    ('a', 'REVOKE USAGE ON TYPE {view} FROM PUBLIC', 'GRANT USAGE ON TYPE {view} TO PUBLIC', NULL),
    ('a', 'GRANT USAGE ON TYPE {view} TO it_surr_middle WITH GRANT OPTION', 'REVOKE GRANT OPTION FOR USAGE ON TYPE {view} FROM it_surr_middle', NULL);

CREATE FUNCTION probe.filled(text text, s probe.subject) RETURNS text LANGUAGE sql AS $$
    SELECT replace(replace(replace(replace(replace(replace(replace(replace(text, '{view}', s.view), '{schema}', s.schema),
           '{index}', s.index), '{expression}', s.expression), '{statistics}', s.statistics), '{far}', s.far),
           '{array_type}', s.array_type), 'CURRENT_OWNER', pg_get_userbyid((SELECT relowner FROM pg_class WHERE oid = s.oid)))
$$;

-- Puts every attribute on every view that can have it.
CREATE FUNCTION probe.put_all() RETURNS int LANGUAGE plpgsql AS $$
DECLARE
    statement text;
    count int := 0;
BEGIN
    FOR statement IN
        SELECT probe.filled(a.put, s)
        FROM probe.attribute a
        JOIN probe.subject s ON a.kind IN (s.kind, 'a')
        WHERE coalesce(current_setting('server_version_num')::int / 10000 <@ a.versions, true)
        ORDER BY a.place, s.view
    LOOP
        EXECUTE statement;
        count := count + 1;
    END LOOP;
    RETURN count;
END $$;

CREATE FUNCTION probe.facts() RETURNS SETOF text LANGUAGE sql SET search_path = pg_catalog AS $$
    WITH relation AS (
        SELECT s.oid, s.kind, s.view AS name, c.relowner, c.relacl, c.reloptions, c.reltoastrelid, c.reltype, c.relreplident,
               c.reltablespace, c.relam
        FROM probe.subject s JOIN pg_class c USING (oid)
    ), index AS (
        SELECT r.name AS of, i.*, c.reltablespace
        FROM relation r JOIN pg_index i ON i.indrelid = r.oid JOIN pg_class c ON c.oid = i.indexrelid
    )
    SELECT concat_ws('|', 'relation', r.name, r.kind, r.relowner::regrole, r.relacl, r.reloptions, t.reloptions, r.relreplident,
                     m.amname, s.spcname, pg_get_viewdef(r.oid))
    FROM relation r
    LEFT JOIN pg_class t ON t.oid = r.reltoastrelid
    LEFT JOIN pg_am m ON m.oid = r.relam
    LEFT JOIN pg_tablespace s ON s.oid = r.reltablespace
    UNION ALL
    SELECT concat_ws('|', 'privilege', r.name, o.what, grantor::regrole, CASE WHEN grantee = 0 THEN 'PUBLIC' ELSE grantee::regrole::text END,
                     privilege_type, is_grantable)
    FROM relation r,
         LATERAL (SELECT '' AS what, coalesce(r.relacl, acldefault('r', r.relowner)) AS acl
                  UNION ALL SELECT attname, attacl FROM pg_attribute WHERE attrelid = r.oid
                  UNION ALL SELECT 'row type', typacl FROM pg_type WHERE typrelid = r.oid) o,
         aclexplode(o.acl)
    UNION ALL
    SELECT concat_ws('|', 'column', r.name, a.attname, format_type(a.atttypid, a.atttypmod), a.attacl, nullif(a.attstattarget, -1),
                     ARRAY(SELECT o FROM unnest(a.attoptions) o WHERE o !~ '^pg_attver='), a.attstorage,
                     to_jsonb(a) ->> 'attcompression', pg_get_expr(d.adbin, d.adrelid))
    FROM relation r
    JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0
    LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    UNION ALL
    SELECT concat_ws('|', 'index', i.of, pg_get_indexdef(i.indexrelid), i.indisclustered, i.indisvalid, i.indisreplident, s.spcname,
                     (SELECT string_agg(a.attnum || ':' || a.attstattarget, ',' ORDER BY a.attnum)
                      FROM pg_attribute a WHERE a.attrelid = i.indexrelid AND a.attstattarget <> -1))
    FROM index i LEFT JOIN pg_tablespace s ON s.oid = i.reltablespace
    UNION ALL
    SELECT concat_ws('|', 'statistics', r.name, pg_get_statisticsobjdef(e.oid), e.stxowner::regrole, nullif(e.stxstattarget, -1))
    FROM relation r JOIN pg_statistic_ext e ON e.stxrelid = r.oid
    UNION ALL
    SELECT concat_ws('|', 'rule', r.name, pg_get_ruledef(w.oid), w.ev_enabled)
    FROM relation r JOIN pg_rewrite w ON w.ev_class = r.oid
    UNION ALL
    SELECT concat_ws('|', 'trigger', r.name, pg_get_triggerdef(t.oid), t.tgenabled)
    FROM relation r JOIN pg_trigger t ON t.tgrelid = r.oid
    UNION ALL
    SELECT concat_ws('|', 'comment', i.type, i.identity, d.description)
    FROM pg_description d, pg_identify_object(d.classoid, d.objoid, d.objsubid) i
    WHERE d.objoid >= 16384 AND i.identity !~ '_old"?(\.|$)'
    UNION ALL
    SELECT concat_ws('|', 'label', i.type, i.identity, l.provider, l.label)
    FROM pg_seclabel l, pg_identify_object(l.classoid, l.objoid, l.objsubid) i
    WHERE i.identity !~ '_old"?\.'
    UNION ALL
    SELECT concat_ws('|', 'extension', i.type, i.identity, x.extname, d.deptype)
    FROM pg_depend d
    JOIN pg_extension x ON x.oid = d.refobjid AND d.refclassid = 'pg_extension'::regclass,
    pg_identify_object(d.classid, d.objid, d.objsubid) i
    WHERE d.objid >= 16384 AND i.identity !~ '_old"?\.'
    ORDER BY 1
$$;

SELECT format('CREATE FUNCTION probe.fingerprint(oid[]) RETURNS text LANGUAGE sql AS %L', :'fingerprint') \gexec

-- One line for each undo of an attribute, on one view of each kind, that the facts or the fingerprint do not notice.
CREATE FUNCTION probe.unnoticed() RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    undo text;
    facts text := md5((SELECT string_agg(f, E'\n') FROM probe.facts() f));
    oids oid[] := (SELECT array_agg(oid ORDER BY oid) FROM probe.subject);
    fingerprint text := probe.fingerprint(oids);
    noticed boolean[];
BEGIN
    FOR undo IN
        SELECT probe.filled(a.undo, s)
        FROM probe.attribute a
        JOIN probe.subject s ON a.kind IN (s.kind, 'a')
        WHERE a.undo IS NOT NULL AND s.view IN (SELECT max(o.view) FROM probe.subject o GROUP BY o.kind)
          AND coalesce(current_setting('server_version_num')::int / 10000 <@ a.versions, true)
        ORDER BY a.place, s.view
    LOOP
        BEGIN
            EXECUTE undo;
            noticed := ARRAY[facts <> md5((SELECT string_agg(f, E'\n') FROM probe.facts() f)),
                             fingerprint <> probe.fingerprint(oids)];
            RAISE EXCEPTION USING ERRCODE = 'MS001';
        EXCEPTION WHEN SQLSTATE 'MS001' THEN
            NULL; -- undone
        END;
        IF NOT noticed[1] OR NOT noticed[2] THEN
            RETURN NEXT concat_ws(' ', CASE WHEN NOT noticed[1] THEN 'facts' END, CASE WHEN NOT noticed[2] THEN 'fingerprint' END, undo);
        END IF;
    END LOOP;
END $$;
