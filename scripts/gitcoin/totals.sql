SELECT 'donations' AS view, count(*) AS rows, sum(amount_in_usd) AS usd,
       sum(amount_in_usd) FILTER (WHERE round_id = 'round-080') AS usd_open_round
FROM donations
UNION ALL
SELECT 'all_donations', count(*), sum(amount_in_usd), sum(amount_in_usd) FILTER (WHERE round_id = 'round-080')
FROM all_donations
UNION ALL
SELECT 'all_matching', count(*), sum(match_amount_in_usd), sum(match_amount_in_usd) FILTER (WHERE round_id = 'round-080')
FROM all_matching
UNION ALL
SELECT 'allo_gmv_leaderboard_events', count(*), sum(gmv_in_usd), sum(gmv_in_usd) FILTER (WHERE round_id = 'round-080')
FROM allo_gmv_leaderboard_events
ORDER BY view;
