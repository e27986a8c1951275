"""One view a page: from what is asked and read to the page's typed context. No state, no writing."""
