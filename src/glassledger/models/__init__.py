"""Model families, the forms they compile to, and the one door through which they are fitted and loaded."""
