// Placeholder, replaced with the first type of this module.
