"""The seven steps, and the departments' part in them."""
