"""The agents' door: login, queue, complaint page, takeover. It reads, asks, saves and shows; deciding is done
in `core` and by `reception.desk.Agents`."""
