"""The texts of the messages (templat pesan): which kinds there are, what each may print, and the words
that an office puts in the place of ours."""
