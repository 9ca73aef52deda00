"""Documents: attendance sheets and later certificates and letters, as files made by Typst."""
