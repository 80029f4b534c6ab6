"""What is known of a complaint, and correcting it."""
