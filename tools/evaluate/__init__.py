"""`./jiesu eval TASK FILE`: how well customers are understood, on a labelled file that anybody may bring."""
