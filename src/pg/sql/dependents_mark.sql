-- :object VIEW apps.matswap_16384
-- What the swap has replaced, until it is dropped.
COMMENT ON :object IS :'marker';
