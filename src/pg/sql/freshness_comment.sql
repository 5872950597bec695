COMMENT ON VIEW matswap.freshness IS :'definition';
