SET LOCAL search_path = :path
