"""The chat door: the customer's page, usable without JavaScript, and the same conversation as JSON."""
