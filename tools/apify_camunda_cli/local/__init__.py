"""Runs a process, or keeps everything running, on this machine."""
