"""The daily digest (ringkasan harian): one message a morning to each coordinator of an office, with
what is new and what waits for a hand. The pages stay the source; here stand counts and links."""
