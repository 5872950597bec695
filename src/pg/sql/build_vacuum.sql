-- :options (ANALYZE)
VACUUM :options :"schema".:"name";
