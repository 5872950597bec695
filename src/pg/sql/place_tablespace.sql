-- :tablespace DEFAULT
SET LOCAL default_tablespace = :tablespace;
