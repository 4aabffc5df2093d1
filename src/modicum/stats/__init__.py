"""Pure statistics: losses in, p-values, e-values and intervals out.  Import from its modules."""
