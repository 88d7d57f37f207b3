"""What happens to persons: who lives in the county, falls ill, seeks care, is billed, and what the benefit pays."""
