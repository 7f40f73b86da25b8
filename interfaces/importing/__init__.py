"""Old data of clinics: extracts as CSV, read by a mapping, become the same commands that people give one by one."""
