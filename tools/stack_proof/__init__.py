"""Shows that template.yaml becomes a stack, as far as that can be shown without an AWS account."""
