"""REST APIs: requests, pages, retries; what comes back are records, and the cursor from which to go on."""
