"""The phone door: Twilio's webhooks on one side, `core.call` and reception on the other."""
