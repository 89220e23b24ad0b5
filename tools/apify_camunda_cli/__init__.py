"""The command `apify-camunda`, for a developer's or operator's machine; never shipped to Lambda."""
