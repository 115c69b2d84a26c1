"""Folders: files that a system takes, and files in which it answers, on this host or behind SFTP."""
