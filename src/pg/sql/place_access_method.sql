-- :access_method DEFAULT
SET LOCAL default_table_access_method = :access_method;
