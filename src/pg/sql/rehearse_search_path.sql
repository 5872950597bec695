-- :path public
SET LOCAL search_path = :path
