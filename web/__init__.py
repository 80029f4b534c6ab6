"""The web door: the chat page, usable without JavaScript, the same conversation as JSON, and the page of one
complaint."""
