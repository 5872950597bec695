-- :search_path public
SET LOCAL search_path = :search_path;
