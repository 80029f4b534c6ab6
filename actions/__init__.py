"""What Rasa asks of us: the complaint form and the few replies that depend on what is known."""
