"""What Meguri promises about speed, each promise measured beside its floor in the same run."""
