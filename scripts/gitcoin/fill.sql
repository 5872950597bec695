-- Fills the tables of schema.sql with the rounds from :first to :last of generate.sql, as of :stamp (a text that marks
-- where a row comes from: the archive's copies differ from the indexer's).
INSERT INTO rounds
SELECT id, chain_id, '0x0000000000000000000000000000000000000000', match_in_usd * 1000000000000000::numeric, match_in_usd,
       jsonb_build_object('name', name, 'source', :'stamp', 'eligibility', jsonb_build_array('open source', 'no token')),
       strategy, starts_at, ends_at, block,
       CASE WHEN r < 80 THEN pg_temp.transaction_hash(r, 'ready') END,
       CASE WHEN r < 80 THEN (
           SELECT jsonb_agg(jsonb_build_object('applicationId', a.id, 'matchAmountInUsd', a.match_in_usd,
                                               'matchPoolPercentage', a.match_share) ORDER BY a.number)
           FROM g_applications AS a
           WHERE a.r = g_rounds.r AND a.match_in_usd > 0)
       END
FROM g_rounds
WHERE r BETWEEN :first AND :last;

INSERT INTO applications
SELECT id, chain_id, round_id, project_id, status,
       jsonb_build_object('application', jsonb_build_object(
           'recipient', recipient,
           'project', jsonb_build_object('title', initcap(replace(project_id, '-', ' ')), 'source', :'stamp'))),
       recipient, block - 900, block - 100
FROM g_applications
WHERE r BETWEEN :first AND :last;

INSERT INTO donations
SELECT id, chain_id, round_id, application_id::text, donor, recipient, project_id, transaction_hash, block_number,
       '0x0000000000000000000000000000000000000000', amount_in_usd * 1000000000000000, amount_in_usd, at
FROM g_donations
WHERE r BETWEEN :first AND :last;

INSERT INTO applications_payouts
SELECT r * 100 + number, chain_id, id, round_id, '0x0000000000000000000000000000000000000000',
       match_in_usd * 1000000000000000, match_in_usd, pg_temp.transaction_hash(r * 100 + number, 'payout'),
       pg_temp.address(r, 'operator'), ends_at + interval '6 days'
FROM g_applications
WHERE r BETWEEN :first AND :last AND r < 80 AND match_in_usd > 0;
