"""What every function of the small stack imports from its layer."""

FROM_LAYER = "from the layer"
