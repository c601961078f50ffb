"""Frozen, versioned facts that cross a layer or outlive a process."""
