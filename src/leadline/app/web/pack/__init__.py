"""The review pack: one set of contents, written as PDF, PPTX and XLSX; texts, numbers and charts as on the pages."""
