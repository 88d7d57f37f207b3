"""A file before anybody knows what it holds: formats, headings, cells, small tables; where results may stand."""
