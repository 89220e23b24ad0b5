"""What the templates say to a modeller; names, types and defaults come from the models."""
