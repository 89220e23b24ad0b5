"""How connectors use FEEL: evaluation, result mapping, references to secrets, masking, strict JSON."""
