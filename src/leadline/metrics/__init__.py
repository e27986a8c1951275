"""Numbers computed: facts become finest states, states merge into observations, each with its interval."""
