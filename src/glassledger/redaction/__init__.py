"""What is done to personal columns before anything else may see them."""
