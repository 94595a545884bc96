"""The only readers and writers: the operation folder, the plan file, templates and schemas."""
