"""What an operator does with a deployment: look at webhooks and events, replay, resolve, pause, remove."""
