"""A client of Camunda 8: its model, its ports, gRPC and REST v2, authentication."""
