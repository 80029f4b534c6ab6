"""Everything on disk, and the only home of SQL."""
