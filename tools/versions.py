"""The versions of what is brought before a lock file can speak."""

UV = "0.13.9"
NODE_WHEEL = "24.19.0"
RASA_PYTHON = (3, 10)
"""Rasa 3.6.21 runs on nothing newer."""

OLDEST_NODE = 18
"""Older npm does not read our lock file."""

TWILIO_SPECS = "@twilio/cli-core@9.0.0"
TWILIO_SPECS_INTEGRITY = (
    "sha512-FPHm5gXAUwM2oATmQi3AGYPFz4Urg5G5/vDkpUu5WqNuwueQaS93HwXjdX1OM+miuq0LMimdfbXDTLEp4Nsjfg=="
)
"""For tests: an npm package (MIT) that holds the OpenAPI descriptions of Twilio's REST side; of it only the
tarball is fetched, since what it depends on is a command line that nobody needs here."""
