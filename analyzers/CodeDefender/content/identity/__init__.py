"""Is a script what it says it is? Its bytes beside those of a published file (pure).

`naming` reads which library a script says it is, `witness` finds the file of a release that it is or is most
like, and `comparison` says what was added or changed. Nothing here asks anybody anything.
"""
