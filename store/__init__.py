"""Everything on disk, and the only home of SQL.

Statements of every turn of a call are built once, at the head of a module: to build one takes three times as
long as to carry it out.
"""
