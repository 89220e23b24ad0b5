"""The commands on a deployment; each module declares one, or one group."""
