"""Malformed candle files: clean ones in every layout, damage, and a slow reader of our own to say what must survive."""
