"""The supervisor's figures: tables, charts and exports."""
