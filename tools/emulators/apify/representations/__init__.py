"""How the emulator's things look on the wire, as Apify's OpenAPI document describes them."""
