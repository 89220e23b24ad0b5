"""What the functions need when they run in SAM's containers: AWS, Apify and Camunda on this machine."""
