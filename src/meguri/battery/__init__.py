"""What a battery is: identity, chemistry, stages of life, and what can happen to it. Pure values."""
