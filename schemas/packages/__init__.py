"""Packages: schemas as their publishers hand them out become installed bundles."""
