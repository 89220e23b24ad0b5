"""The stand-in, judged by Camunda's own clients."""
