"""A grammar of group messages: the families' own wordings, and what turns them into lines.

`families` reads the text files beside this one, `places` spells addresses, `composing` puts a
message together with its labels, `voicing` types it as one kind of person would.
"""
