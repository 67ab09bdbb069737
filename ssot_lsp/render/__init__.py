"""What a run found, for people and for programs: a report in, pieces of text out.

- `text` shows the source line with the span marked, and sums up.
- `concise` has a line per finding.
- `json` is a contract with other programs.
- `sarif` is for what collects the results of tools, `github` annotates a pull request.
- `report` and `report_html` are about a whole suite, `factory` about what the factories offer.
- `mended` and `verified` are about fixes: as a diff, and as what the user's tests said to each.
- `terminal` makes text safe for one, counts its columns, colours it.
"""
