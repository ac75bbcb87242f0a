//! Card images to statements: columns, continuation, comments, symbols, words.
