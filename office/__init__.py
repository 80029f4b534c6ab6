"""The back room: one loop that delivers, keeps promises and finishes what was left lying."""
