-- Gitcoin's grants, invented: 80 rounds with 30 applications each and 300,000 donations, as temporary views from which
-- indexer.sql and warehouse.sql take their parts. Every value follows from its row's number, so that each run of the
-- demo, on whatever machine, sees the same data.

-- A number in [0, n) for row i and purpose `salt`. hashint8extended is what hash partitioning distributes bigint by, so
-- its values don't change between releases.
CREATE FUNCTION pg_temp.pick(i bigint, salt bigint, n integer) RETURNS integer
    LANGUAGE sql IMMUTABLE
    AS 'SELECT ((hashint8extended(i, salt) & 2147483647) % n)::integer';

-- (To be inlined, these may use each argument once only, and nothing that isn't immutable, as `text || bigint` isn't.)
CREATE FUNCTION pg_temp.address(i bigint, kind text) RETURNS text
    LANGUAGE sql IMMUTABLE
    AS $$ SELECT '0x' || left(repeat(md5(kind || i::text), 2), 40) $$;

CREATE FUNCTION pg_temp.transaction_hash(i bigint, kind text) RETURNS text
    LANGUAGE sql IMMUTABLE
    AS $$ SELECT '0x' || repeat(md5(kind || i::text), 2) $$;

-- Rounds 1 to 25 ran on networks whose indexer was switched off: the archive holds them. Rounds 21 to 80 come from the
-- live indexer, which has caught up on five of the archive's. Round 80 is open; the ones before are paid out.
CREATE TEMPORARY VIEW g_rounds AS
SELECT r,
       'round-' || lpad(r::text, 3, '0')                                  AS id,
       (ARRAY[1, 10, 137, 424, 42161])[1 + r % 5]                         AS chain_id,
       timestamptz '2023-01-02 12:00+00' + r * interval '9 days'          AS starts_at,
       timestamptz '2023-01-02 12:00+00' + r * interval '9 days' + interval '14 days' AS ends_at,
       (20 + 5 * pg_temp.pick(r, 1, 60)) * 1000                           AS match_in_usd,
       (ARRAY['Climate', 'Open Source', 'Community', 'Education', 'Public Health', 'Developer Tooling', 'Local Chapters',
              'Citizen Science'])[1 + r % 8] || ' ' || (r + 7) / 8        AS name,
       (ARRAY['allov1.QF', 'allov2.DonationVotingMerkleDistributionDirectTransferStrategy'])[1 + r / 41] AS strategy,
       17000000 + r * 64000                                               AS block
FROM generate_series(1, 80) AS r;

CREATE TEMPORARY VIEW g_applications AS
SELECT r.r, r.id AS round_id, r.chain_id, r.ends_at, r.block, a AS number, a::text AS id,
       'project-' || pg_temp.pick(r.r * 100 + a, 2, 700)                  AS project_id,
       pg_temp.address(pg_temp.pick(r.r * 100 + a, 2, 700), 'project')    AS recipient,
       (ARRAY['APPROVED', 'APPROVED', 'APPROVED', 'APPROVED', 'APPROVED', 'APPROVED', 'APPROVED', 'REJECTED', 'PENDING'])
           [CASE WHEN a <= 20 THEN 1 ELSE 1 + pg_temp.pick(r.r * 100 + a, 3, 9) END] AS status,
       -- The published matching result of a round that is paid out.
       CASE WHEN a <= 20 THEN round(r.match_in_usd * a / 210.0, 2) ELSE 0 END AS match_in_usd,
       CASE WHEN a <= 20 THEN round(a / 210.0, 6) ELSE 0 END              AS match_share
FROM g_rounds AS r, generate_series(1, 30) AS a;

-- More donations in later rounds; a few donors give often, and most gifts are small.
CREATE TEMPORARY VIEW g_donations AS
SELECT d.i, r.r, pg_temp.transaction_hash(d.i, 'donation')                AS id,
       r.id AS round_id, r.chain_id, a.application_id,
       'project-' || pg_temp.pick(r.r * 100 + a.application_id, 2, 700)   AS project_id,
       pg_temp.address(pg_temp.pick(d.i, 5, 1 + pg_temp.pick(d.i, 6, 25000)), 'donor') AS donor,
       pg_temp.address(pg_temp.pick(r.r * 100 + a.application_id, 2, 700), 'project')  AS recipient,
       pg_temp.transaction_hash(d.i, 'transaction')                       AS transaction_hash,
       r.block + pg_temp.pick(d.i, 7, 60000)                              AS block_number,
       r.starts_at + pg_temp.pick(d.i, 8, 14 * 86400) * interval '1 second' AS at,
       round((100 + d.p * d.p * d.p * d.p / 25000000) / 100.0, 2)         AS amount_in_usd
FROM (SELECT i, 1 + greatest(pg_temp.pick(i, 4, 80), pg_temp.pick(i, 11, 160) - 80) AS r,
             pg_temp.pick(i, 9, 1000)::bigint AS p
      FROM generate_series(1, 300000) AS i) AS d
JOIN g_rounds AS r ON r.r = d.r
CROSS JOIN LATERAL (SELECT 1 + pg_temp.pick(d.i, 10, 20) AS application_id) AS a;
