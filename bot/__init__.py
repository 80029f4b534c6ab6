"""What Rasa loads from us: components that understand, replies by name, the importer that joins the words."""
