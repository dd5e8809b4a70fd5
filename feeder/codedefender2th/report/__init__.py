"""What was fed, judged and decided, from TheHive alone: read, summed up per script, shown.

`reading` asks TheHive page by page, `summing` keeps one row for each script and nothing of an alert,
`document` is the report as data, and `formats` shows it as HTML, CSV and JSON.
"""
